using System.Globalization;
using System.Numerics;
using Microsoft.ML.Runtime;
using static Microsoft.ML.TargetProp.MLNet.OptionRange;

namespace Microsoft.ML.TargetProp.MLNet;

/// <summary>The rows that several tables of options share.</summary>
internal static class SharedOptions
{
    /// <summary>From this many training rows on, networks are large, and an epoch takes long enough to be worth shortening.</summary>
    public const int ManyRows = 10_000;

    private const int Steps = 3000;

    private const int MaxChosenEpochs = 200;

    public static Option<T> InputColumnName<T>(Func<T, object?> get) => new(get, ColumnOrNull("for the output column"), "the name in OutputColumnName", nameof(InputColumnName));

    public static OpenOption<T, int[]> HiddenUnits<T>(Func<T, object?> get, int[] many, int[] few) => new(
        get, Layers, $"{OptionText.Of(many)} from {ManyRows} training rows on, {OptionText.Of(few)} below", (_, data) => [.. data.Rows >= ManyRows ? many : few], nameof(HiddenUnits));

    public static OpenOption<T, int> BatchSize<T>(Func<T, object?> get) => new(
        get, AtLeast(1), "the power of two at or above rows / 50, from 16 to 128",
        (_, data) => Math.Clamp((int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(1, data.Rows / 50)), 16, 128), nameof(BatchSize));

    public static OpenOption<T, int> MaxEpochs<T>(Func<T, object?> get, OpenOption<T, int> batchSize, int fewest = 20) => new(
        get, AtLeast(1), $"{Steps} mini-batches in all, in {fewest} to {MaxChosenEpochs} epochs",
        (options, data) => (int)Math.Clamp(Math.Ceiling((double)Steps * batchSize.Of(options, data) / data.Rows), fewest, MaxChosenEpochs), nameof(MaxEpochs));

    public static Option<T> Schedule<T>(Func<T, object?> get) => new(get, OneOf<TargetPropSchedule>(), null, nameof(Schedule));

    public static Option<T> Seed<T>(Func<T, object?> get) => new(get, Integer, "drawn from the seed of the MLContext", nameof(Seed));

    public static Option<T> ValidationSet<T>(Func<T, object?> get) => new(get, Any("rows with the columns of the training data"), "none", nameof(ValidationSet));

    public static Option<T> ValidationFraction<T>(Func<T, object?> get) => new(get, Fraction, null, nameof(ValidationFraction));

    public static OptionRule<T> OneValidation<T>(Func<T, object?> fraction, Func<T, object?> set) => new(
        fraction, o => fraction(o) is 0.0 || set(o) is null, _ => $"0 when {nameof(ValidationSet)} is given", nameof(ValidationFraction));

    public static Option<T> EarlyStoppingPatience<T>(Func<T, object?> get) => new(get, AtLeast(0, "0 (off) or more epochs"), null, nameof(EarlyStoppingPatience));

    public static Option<T> EpochCallback<T>(Func<T, object?> get) => new(get, Callback, "none", nameof(EpochCallback));

    public static Option<T> CancellationToken<T>(Func<T, object?> get) => new(get, Any("any token"), null, nameof(CancellationToken));

    /// <summary>Checks the options of validation once it is known whether <c>Fit</c> was given validation rows.</summary>
    public static void CheckValidation(IExceptionContext host, bool areGiven, double validationFraction, int earlyStoppingPatience)
    {
        if (earlyStoppingPatience > 0 && !areGiven && validationFraction == 0)
        {
            throw host.ExceptUserArg(nameof(EarlyStoppingPatience),
                $"{nameof(EarlyStoppingPatience)} is {earlyStoppingPatience}, but there are no validation rows. Pass validation data to Fit, or set {nameof(ValidationSet)} or {nameof(ValidationFraction)}.");
        }
        if (validationFraction > 0 && areGiven)
        {
            throw host.ExceptUserArg(nameof(ValidationFraction),
                string.Create(CultureInfo.InvariantCulture, $"{nameof(ValidationFraction)} is {validationFraction}, but validation data were given as well. Use one of the two."));
        }
    }
}
