using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Generative;

/// <summary>Completes rows with the completion maps, from the conditional mean of a Gaussian; on a device. All values are in the model's units.</summary>
internal sealed class CompletionModel : IDisposable
{
    private readonly CompletionSnapshot _snapshot;
    private readonly CompletionNetwork _network;
    private readonly ConditionalGaussian _gaussian;
    private readonly Tensor _logistic;
    private readonly Tensor _errorScale;

    public CompletionModel(IReadOnlyList<TargetPropVisibleUnits> visible, CompletionSnapshot snapshot, Device device)
    {
        _snapshot = snapshot;
        _network = new(visible, snapshot.HiddenUnits, snapshot.Inference[0].Shape.Activation, device);
        _network.Inference.Load(snapshot.Inference);
        _network.Refill.Load(snapshot.Refill);
        _gaussian = new(snapshot.Gaussian, device);
        _logistic = tensor([.. visible.Select(v => v == TargetPropVisibleUnits.Logistic)], device: device).DetachFromDisposeScope();
        _errorScale = tensor(snapshot.ErrorScale, device: device).DetachFromDisposeScope();
    }

    /// <summary>The expected value: the conditional mean of the Gaussian, corrected round by round.</summary>
    /// <param name="rows"><c>[rows, columns]</c>; any finite number at missing entries.</param>
    /// <param name="missing">True at missing entries.</param>
    /// <param name="rounds">Most rounds; never more than were trained.</param>
    public Tensor Expected(Tensor rows, Tensor missing, int rounds)
    {
        using var scope = NewDisposeScope();
        return _network.Completed(_network.Clamped(_gaussian.Fill(rows, missing)), missing, rounds, _snapshot.StepScale).MoveToOuterDisposeScope();
    }

    /// <summary>Calls back with the Gaussian's completion and with the rows after every round. The last are those of <see cref="Expected"/>.</summary>
    public void ShowExpected(Tensor rows, Tensor missing, int rounds, Action<Tensor> onRows)
    {
        // Computed again for each of the few rounds, so that plain completion keeps no intermediate rows.
        for (var round = 0; round <= Math.Min(rounds, _network.Rounds); round++)
        {
            using var scope = NewDisposeScope();
            onRows(Expected(rows, missing, round));
        }
    }

    /// <summary>Standard deviation of the filled entries; 0 at observed entries.</summary>
    public Tensor Deviations(Tensor expected, Tensor missing)
    {
        using var scope = NewDisposeScope();
        return Spread(expected, missing, _logistic, _gaussian).mul_(_errorScale).sqrt_().ZeroInPlace(missing.logical_not()).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// The variance to expect, up to the error scale: the conditional variance σ² of the Gaussian, and p (1 − p) σ in logistic columns. The variance
    /// of a coin, p (1 − p), is what a pixel may have, and does not say how much its neighbours determine it. On 300 held-out digits that lost half of
    /// their pixels at random, the errors were 0.65 of the stated deviation with p (1 − p) alone, 1.29 with p (1 − p) σ², and 0.92 with p (1 − p) σ. After full
    /// training they are 0.99 to 1.03 of it, there and for whole blocks (study <c>inpainting</c>).
    /// </summary>
    public static Tensor Spread(Tensor expected, Tensor missing, Tensor logistic, ConditionalGaussian gaussian)
    {
        using var scope = NewDisposeScope();
        var variances = gaussian.Variances(missing);
        var coin = expected.sub(expected.mul(expected)).ClampMin(0).mul_(variances.sqrt());
        return where(logistic, coin, variances).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// A sample. Missing entries are drawn a few at a time, each given the observed entries and the earlier draws. In a picture they are drawn from
    /// the observed pixels outwards, and at the end every drawn pixel is replaced by its expected value given the others, which removes its own noise.
    /// </summary>
    /// <param name="rows"><c>[rows, columns]</c>; any finite number at missing entries.</param>
    /// <param name="missing">True at missing entries.</param>
    /// <param name="settings">Rounds is also the number of stages.</param>
    /// <param name="rowKeys">A key of each row.</param>
    /// <param name="onRows">
    /// Called at every stage with rows in which all entries that are still missing are drawn at once, each independently. Only the draws of the stage
    /// are kept. Called with the result at the end.
    /// </param>
    public Tensor Sampled(Tensor rows, Tensor missing, CompletionSettings settings, ReadOnlySpan<long> rowKeys, Action<Tensor>? onRows = null)
    {
        using var scope = NewDisposeScope();
        var order = new SamplingOrder((int)rows.shape[1], _snapshot.ImageWidth, _snapshot.ImageHeight, settings);
        var stages = order.Stages(missing, settings.Rounds);
        var x = rows;
        for (var stage = 0; stage < settings.Rounds; stage++)
        {
            using var within = NewDisposeScope();
            // Entries of this stage and of later stages are still missing.
            var remaining = stages.GreaterThan(stage - 0.5);
            var ofStage = remaining.logical_and(stages.GreaterThan(stage + 0.5).logical_not_());
            var expected = Expected(x, remaining, settings.Rounds);
            var noise = RowNoise.Normal(rowKeys, rows.shape[1], settings.Seed, settings.Draw, stage).to(rows.device);
            var drawn = _network.Clamped(expected.Plus(Deviations(expected, remaining).mul_(noise)));
            onRows?.Invoke(where(remaining, drawn, x));
            x = where(ofStage, drawn, x).MoveToOuterDisposeScope();
        }
        var result = _snapshot.ImageWidth > 0 ? Denoised(x, missing, order, settings.Rounds) : x;
        onRows?.Invoke(result);
        return result.MoveToOuterDisposeScope();
    }

    /// <summary>Replaces each half of the drawn pixels by its expected value given the other half.</summary>
    private Tensor Denoised(Tensor rows, Tensor missing, SamplingOrder order, int rounds)
    {
        foreach (var half in order.Halves(missing.device))
            rows = Expected(rows, missing.logical_and(half), rounds);
        return rows;
    }

    public void Dispose()
    {
        _network.Dispose();
        _gaussian.Dispose();
        _logistic.Dispose();
        _errorScale.Dispose();
    }
}
