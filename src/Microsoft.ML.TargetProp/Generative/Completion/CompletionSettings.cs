using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Generative;

/// <summary>What a missing entry is filled with.</summary>
internal enum CompletionOutput
{
    /// <summary>The expected value: the least squared error, a blend where several answers fit.</summary>
    Expected = 0,

    /// <summary>A draw: one answer of the several that fit, sharp.</summary>
    Sample = 1,
}

/// <summary>How rows are completed.</summary>
internal sealed record CompletionSettings
{
    /// <summary>The most rounds that may be asked for.</summary>
    public const int MostRounds = 100;

    public CompletionOutput Output { get; init; } = CompletionOutput.Expected;

    /// <summary>
    /// How often inference and refilling alternate, 1 to <see cref="MostRounds"/>. Maps that were trained on masked rows alternate as often as
    /// in their training at most, and draw a sample in as many stages.
    /// </summary>
    public int Rounds { get; init; } = 10;

    /// <summary>Of the draws; the expected value needs none.</summary>
    public int Seed { get; init; }

    /// <summary>Which of a row's draws, from 0: every number is another draw.</summary>
    public int Draw { get; init; }

    /// <summary>Whether to say how sure the filled entries are. In a wide vector that costs about as much as filling them; draws need it at every stage, asked for or not.</summary>
    public bool WithDeviations { get; init; }
}

/// <summary>Completed rows; the caller's dispose scope holds the tensors.</summary>
/// <param name="Values"><c>[rows, columns]</c>, in the user's units; observed entries are the user's own, bit for bit.</param>
/// <param name="Deviations">Standard deviation of every filled entry, in the user's units; 0 at observed ones. Null unless asked for.</param>
internal sealed record CompletedRows(Tensor Values, Tensor? Deviations);
