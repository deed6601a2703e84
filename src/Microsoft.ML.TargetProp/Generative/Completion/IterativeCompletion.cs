using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Generative;

/// <summary>Fills what is missing: observed entries are clamped, the others alternate between inference and refilling (algorithms, §5).</summary>
internal static class IterativeCompletion
{
    /// <summary>Completes rows; each on its own, whatever the company.</summary>
    /// <param name="network">The live maps of <paramref name="model"/>.</param>
    /// <param name="model">Scale, variances and prior.</param>
    /// <param name="visible"><c>[rows, columns]</c>, float32, in the user's units; NaN where missing, which may be everywhere.</param>
    /// <param name="settings">What to fill with.</param>
    /// <param name="rowKeys">What identifies each row, for its draws.</param>
    /// <param name="onStep">
    /// Shown the rows at the start, after every round and, where the last round is not all, completed; in the user's units. It has them for the
    /// length of the call.
    /// </param>
    /// <exception cref="ArgumentException">The wrong width, or not one key for each row.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A setting is out of its range.</exception>
    public static CompletedRows Run(
        GenerativeNetwork network, GenerativeSnapshot model, Tensor visible, CompletionSettings settings, ReadOnlySpan<long> rowKeys, Action<Tensor>? onStep = null)
    {
        Check(network, visible, settings, rowKeys);
        using var guard = no_grad();
        if (network.Completing is { } completing)
            return Run(completing, model.Visible, visible, settings, rowKeys, onStep);
        using var scope = NewDisposeScope();
        var missing = visible.isnan();
        var rows = Fill(network, model.Visible, model.Settings, visible, settings, rowKeys, InUserUnits(onStep, model.Visible, visible, missing));
        Tensor Deviations() => model.Visible.SpreadToUser(tensor(model.GenerationVariances[0], device: visible.device).sqrt_().expand_as(rows).clone()).ZeroInPlace(missing.logical_not());
        return new(
            where(missing, model.Visible.FromModel(rows), visible).MoveToOuterDisposeScope(),
            settings.WithDeviations ? Deviations().MoveToOuterDisposeScope() : null);
    }

    /// <summary>With maps that were trained on masked rows.</summary>
    private static CompletedRows Run(
        CompletionModel completing, VisibleScale scale, Tensor visible, CompletionSettings settings, ReadOnlySpan<long> rowKeys, Action<Tensor>? onStep)
    {
        using var scope = NewDisposeScope();
        var missing = visible.isnan();
        var rows = scale.ToModel(visible, missing);
        var expected = completing.Expected(rows, missing, settings.Rounds);
        var onRows = InUserUnits(onStep, scale, visible, missing);
        if (onRows is not null && settings.Output == CompletionOutput.Expected)
            completing.ShowExpected(rows, missing, settings.Rounds, onRows);
        var filled = settings.Output == CompletionOutput.Expected ? expected : completing.Sampled(rows, missing, settings, rowKeys, onRows);
        return new(
            where(missing, scale.FromModel(filled), visible).MoveToOuterDisposeScope(),
            settings.WithDeviations ? scale.SpreadToUser(completing.Deviations(expected, missing)).MoveToOuterDisposeScope() : null);
    }

    /// <summary>The completed rows in the model's units, by the maps of the layers alone.</summary>
    public static Tensor Fill(
        GenerativeNetwork network, VisibleScale scale, InferenceSettings inference, Tensor visible, CompletionSettings settings, ReadOnlySpan<long> rowKeys,
        Action<Tensor>? onRows = null)
    {
        Check(network, visible, settings, rowKeys);
        using var scope = NewDisposeScope();
        var missing = visible.isnan();
        var rows = scale.ToModel(visible, missing);
        if (settings.Output == CompletionOutput.Sample)
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

    /// <summary>The same listener, for rows in the model's units.</summary>
    private static Action<Tensor>? InUserUnits(Action<Tensor>? onStep, VisibleScale scale, Tensor visible, Tensor missing) => onStep is null ? null : rows =>
    {
        using var scope = NewDisposeScope();
        onStep(where(missing, scale.FromModel(rows), visible));
    };

    /// <summary>One round: the code of what is there now, and the missing entries as that code generates them.</summary>
    private static Tensor Refill(GenerativeNetwork network, InferenceSettings settings, Tensor rows, Tensor missing)
    {
        using var scope = NewDisposeScope();
        // Nobody has seen the missing entries: within a round too they follow the code instead of holding it where they started.
        var h = IteratedInference.Run(network, rows, settings, missing);
        return where(missing, network.Down(1, h[1]), rows).MoveToOuterDisposeScope();
    }

    private static void Check(GenerativeNetwork network, Tensor visible, CompletionSettings settings, ReadOnlySpan<long> rowKeys)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(settings.Rounds, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(settings.Rounds, CompletionSettings.MostRounds);
        ArgumentOutOfRangeException.ThrowIfNegative(settings.Draw);
        if (visible.shape[1] != network.Shape.VisibleUnits)
            throw new ArgumentException($"The rows have {visible.shape[1]} columns, the model {network.Shape.VisibleUnits}.", nameof(visible));
        if (rowKeys.Length != visible.shape[0])
            throw new ArgumentException($"There are {rowKeys.Length} keys for {visible.shape[0]} rows.", nameof(rowKeys));
    }
}
