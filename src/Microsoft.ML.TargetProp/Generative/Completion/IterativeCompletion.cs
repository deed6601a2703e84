using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Generative;

/// <summary>The choices of a completion.</summary>
internal sealed record CompletionSettings
{
    /// <summary>Most rounds allowed.</summary>
    public const int MaxRounds = 100;

    public TargetPropInpaintingOutput Output { get; init; } = TargetPropInpaintingOutput.ExpectedValue;

    /// <summary>
    /// Number of times that inference and refilling alternate, 1 to <see cref="MaxRounds"/>. Completion maps alternate at most as often as in their
    /// training, and draw a sample in this many stages.
    /// </summary>
    public int Rounds { get; init; } = 10;

    /// <summary>Seed of the draws. The expected value needs none.</summary>
    public int Seed { get; init; }

    /// <summary>Number of the draw, from 0. Every number gives another draw of the same row.</summary>
    public int Draw { get; init; }

    /// <summary>True to compute the standard deviations too. In a wide vector they cost about as much as the completion.</summary>
    public bool WithDeviations { get; init; }
}

/// <summary>Completed rows; the caller's dispose scope holds the tensors.</summary>
/// <param name="Values"><c>[rows, columns]</c>, in the user's units. Observed entries are the user's own, bit for bit.</param>
/// <param name="Deviations">Standard deviation of every filled entry, in the user's units; 0 at observed entries. Null unless asked for.</param>
internal sealed record CompletedRows(Tensor Values, Tensor? Deviations);

/// <summary>
/// Completes rows: with the completion maps where the model has them, else with the maps of the layers, by inferring and refilling in turn,
/// docs/algorithm.md (10.1).
/// </summary>
internal static class IterativeCompletion
{
    /// <summary>Completes rows. The result for a row does not depend on the other rows.</summary>
    /// <param name="network">The maps of <paramref name="model"/> on a device.</param>
    /// <param name="model">The scale, the variances and the E-step.</param>
    /// <param name="visible"><c>[rows, columns]</c>, float32, in the user's units; NaN at missing entries, which may be all.</param>
    /// <param name="settings">The choices.</param>
    /// <param name="rowKeys">A key of each row, for its draws.</param>
    /// <param name="onStep">
    /// Called with the rows at the start, after every round and, when the last round is not the result, with the result; in the user's units. The
    /// rows are valid during the call.
    /// </param>
    /// <exception cref="ArgumentException">The rows have the wrong width, or there is not one key for each row.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A setting is out of its range.</exception>
    public static CompletedRows Run(
        GenerativeNetwork network, GenerativeSnapshot model, Tensor visible, CompletionSettings settings, ReadOnlySpan<long> rowKeys, Action<Tensor>? onStep = null)
    {
        Check(network, visible, settings, rowKeys);
        using var guard = no_grad();
        if (network.Completion is { } completion)
            return Run(completion, model.Visible, visible, settings, rowKeys, onStep);
        using var scope = NewDisposeScope();
        var missing = visible.isnan();
        var rows = Fill(network, model.Visible, model.Settings, visible, settings, rowKeys, InUserUnits(onStep, model.Visible, visible, missing));
        Tensor Deviations() => model.Visible.SpreadToUser(tensor(model.GenerationVariances[0], device: visible.device).sqrt_().expand_as(rows).clone()).ZeroInPlace(missing.logical_not());
        return new(
            where(missing, model.Visible.FromModel(rows), visible).MoveToOuterDisposeScope(),
            settings.WithDeviations ? Deviations().MoveToOuterDisposeScope() : null);
    }

    /// <summary>Completes rows with the completion maps.</summary>
    private static CompletedRows Run(
        CompletionModel completion, VisibleScale scale, Tensor visible, CompletionSettings settings, ReadOnlySpan<long> rowKeys, Action<Tensor>? onStep)
    {
        using var scope = NewDisposeScope();
        var missing = visible.isnan();
        var rows = scale.ToModel(visible, missing);
        var onRows = InUserUnits(onStep, scale, visible, missing);
        var isSample = settings.Output == TargetPropInpaintingOutput.Sample;
        if (onRows is not null && !isSample)
            completion.ShowExpected(rows, missing, settings.Rounds, onRows);
        // A sample needs the expected value only for its deviations.
        var expected = isSample && !settings.WithDeviations ? null : completion.Expected(rows, missing, settings.Rounds);
        var filled = isSample ? completion.Sampled(rows, missing, settings, rowKeys, onRows) : expected!;
        return new(
            where(missing, scale.FromModel(filled), visible).MoveToOuterDisposeScope(),
            settings.WithDeviations ? scale.SpreadToUser(completion.Deviations(expected!, missing)).MoveToOuterDisposeScope() : null);
    }

    /// <summary>The rows completed with the maps of the layers, in the model's units.</summary>
    public static Tensor Fill(
        GenerativeNetwork network, VisibleScale scale, InferenceSettings inference, Tensor visible, CompletionSettings settings, ReadOnlySpan<long> rowKeys,
        Action<Tensor>? onRows = null)
    {
        Check(network, visible, settings, rowKeys);
        using var scope = NewDisposeScope();
        var missing = visible.isnan();
        var rows = scale.ToModel(visible, missing);
        if (settings.Output == TargetPropInpaintingOutput.Sample)
        {
            var noise = RowNoise.Normal(rowKeys, visible.shape[1], settings.Seed, settings.Draw, stage: 0).to(visible.device);
            rows.AddInPlace(noise.ZeroInPlace(missing.logical_not()));
        }
        onRows?.Invoke(rows);
        for (var round = 0; round < settings.Rounds; round++)
        {
            rows = Refill(network, inference, rows, missing);
            onRows?.Invoke(rows);
        }
        return rows.MoveToOuterDisposeScope();
    }

    /// <summary>The same callback for rows in the model's units.</summary>
    private static Action<Tensor>? InUserUnits(Action<Tensor>? onStep, VisibleScale scale, Tensor visible, Tensor missing) => onStep is null ? null : rows =>
    {
        using var scope = NewDisposeScope();
        onStep(where(missing, scale.FromModel(rows), visible));
    };

    /// <summary>One round of docs/algorithm.md (10.1): infers the code of the rows and fills the missing entries with g_1(h_1).</summary>
    private static Tensor Refill(GenerativeNetwork network, InferenceSettings settings, Tensor rows, Tensor missing)
    {
        using var scope = NewDisposeScope();
        // Within the round too, missing entries follow the code: their start value must not hold it.
        var h = IteratedInference.Run(network, rows, settings, missing);
        return where(missing, network.Down(1, h[1]), rows).MoveToOuterDisposeScope();
    }

    private static void Check(GenerativeNetwork network, Tensor visible, CompletionSettings settings, ReadOnlySpan<long> rowKeys)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(settings.Rounds, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(settings.Rounds, CompletionSettings.MaxRounds);
        ArgumentOutOfRangeException.ThrowIfNegative(settings.Draw);
        if (visible.shape[1] != network.Shape.VisibleUnits)
            throw new ArgumentException($"The rows have {visible.shape[1]} columns; the model has {network.Shape.VisibleUnits}.", nameof(visible));
        if (rowKeys.Length != visible.shape[0])
            throw new ArgumentException($"There are {rowKeys.Length} keys for {visible.shape[0]} rows; every row needs one.", nameof(rowKeys));
    }
}
