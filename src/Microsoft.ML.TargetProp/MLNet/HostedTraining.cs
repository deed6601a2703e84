using System.Globalization;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.TargetProp.MLNet;

/// <summary>A training inside ML.NET: its host and its options can cancel it, its epochs are logged, and its divergence is an error of the host.</summary>
internal static class HostedTraining
{
    /// <summary>An action that throws when training is to end.</summary>
    public static Action Cancellation(IHost host, CancellationToken token) => () =>
    {
        host.CheckAlive();
        token.ThrowIfCancellationRequested();
    };

    /// <exception cref="InvalidOperationException">The training diverged; the message says when, and which option to change.</exception>
    public static T Run<T>(IHost host, Func<T> train)
    {
        try
        {
            return train();
        }
        catch (TrainingDivergedException error)
        {
            throw host.Except(error, error.Message);
        }
    }

    /// <summary>Logs the errors of an epoch.</summary>
    /// <param name="channel">Takes the line.</param>
    /// <param name="epoch">The epoch, as the line begins.</param>
    /// <param name="error">The error of the training rows, after its name.</param>
    /// <param name="validationError">The error of the validation rows; null without them.</param>
    public static void Log(IChannel channel, string epoch, FormattableString error, double? validationError) => channel.Info(string.Create(
        CultureInfo.InvariantCulture, $"{epoch}: {FormattableString.Invariant(error)}{(validationError is { } value ? FormattableString.Invariant($", validation error {value:G4}") : "")}"));
}
