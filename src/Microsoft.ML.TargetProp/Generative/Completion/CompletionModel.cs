using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Generative;

/// <summary>Completes rows with maps that were trained on masked rows, from a Gaussian start; live on a device. All in the model's units.</summary>
internal sealed class CompletionModel : IDisposable
{
    private readonly CompletionSnapshot _model;
    private readonly CompletionNetwork _network;
    private readonly ConditionalGaussian _fill;
    private readonly Tensor _logistic;
    private readonly Tensor _errorScale;

    public CompletionModel(IReadOnlyList<TargetPropVisibleUnits> visible, CompletionSnapshot model, Device device)
    {
        _model = model;
        _network = new(visible, model.HiddenUnits, model.Inference[0].Shape.Activation, device);
        _network.Inference.Load(model.Inference);
        _network.Refill.Load(model.Refill);
        _fill = new(model.Start, device);
        _logistic = tensor([.. visible.Select(v => v == TargetPropVisibleUnits.Logistic)], device: device).DetachFromDisposeScope();
        _errorScale = tensor(model.ErrorScale, device: device).DetachFromDisposeScope();
    }

    /// <summary>The conditional mean of the Gaussian, corrected round by round.</summary>
    /// <param name="rows"><c>[rows, columns]</c>; any finite number where missing.</param>
    /// <param name="missing">True where it is.</param>
    /// <param name="rounds">The most rounds; there are no more than were trained.</param>
    public Tensor Expected(Tensor rows, Tensor missing, int rounds)
    {
        using var scope = NewDisposeScope();
        return _network.Completed(_network.Held(_fill.Fill(rows, missing)), missing, rounds, _model.Trust).MoveToOuterDisposeScope();
    }

    /// <summary>Shows the start and what every round makes of it; the last is <see cref="Expected"/>.</summary>
    public void ShowExpected(Tensor rows, Tensor missing, int rounds, Action<Tensor> onRows)
    {
        // Begun anew for every round: there are two, and who only completes rows pays nothing.
        for (var round = 0; round <= Math.Min(rounds, _network.Rounds); round++)
        {
            using var scope = NewDisposeScope();
            onRows(Expected(rows, missing, round));
        }
    }

    /// <summary>Standard deviation of what was filled in; 0 at observed entries.</summary>
    public Tensor Deviations(Tensor expected, Tensor missing)
    {
        using var scope = NewDisposeScope();
        return Spread(expected, missing, _logistic, _fill).mul_(_errorScale).sqrt_().ZeroInPlace(missing.logical_not()).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// The variance to expect, but for a factor: that of the Gaussian start, σ², and in logistic columns p (1 − p) σ. A coin's variance alone says what a pixel
    /// may be, and not how much its neighbours tell of it: on 300 held-out digits that lost half of their pixels at random, errors were 0.65 of what it stated, with
    /// σ² instead of σ 1.29, and with σ 0.92. Fully trained, errors are 0.99 to 1.03 of what is stated, there and in whole blocks (study <c>inpainting</c>).
    /// </summary>
    public static Tensor Spread(Tensor expected, Tensor missing, Tensor logistic, ConditionalGaussian fill)
    {
        using var scope = NewDisposeScope();
        var variances = fill.Variances(missing);
        var coin = expected.sub(expected.mul(expected)).ClampMin(0).mul_(variances.sqrt());
        return where(logistic, coin, variances).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// A draw: the missing entries are drawn a few at a time, each given what is observed and what was drawn before it. In a picture they are
    /// drawn from the observed ones outwards; there every pixel is then filled with what the others lead to expect, without its own noise.
    /// </summary>
    /// <param name="rows"><c>[rows, columns]</c>; any finite number where missing.</param>
    /// <param name="missing">True where it is.</param>
    /// <param name="settings">Rounds is also the number of stages.</param>
    /// <param name="rowKeys">What identifies each row.</param>
    /// <param name="onRows">
    /// Shown the rows at every stage, with all that is still missing drawn at once, each entry by itself; of these draws only those of the stage stay.
    /// Then the result.
    /// </param>
    public Tensor Sampled(Tensor rows, Tensor missing, CompletionSettings settings, ReadOnlySpan<long> rowKeys, Action<Tensor>? onRows = null)
    {
        using var scope = NewDisposeScope();
        var order = new SamplingOrder((int)rows.shape[1], _model.ImageWidth, _model.ImageHeight, settings);
        var stages = order.Stages(missing, settings.Rounds);
        var x = rows;
        for (var stage = 0; stage < settings.Rounds; stage++)
        {
            using var within = NewDisposeScope();
            // What is drawn at this stage or later is still missing.
            var open = stages.GreaterThan(stage - 0.5);
            var now = open.logical_and(stages.GreaterThan(stage + 0.5).logical_not_());
            var expected = Expected(x, open, settings.Rounds);
            var noise = RowNoise.Normal(rowKeys, rows.shape[1], settings.Seed, settings.Draw, stage).to(rows.device);
            var drawn = _network.Held(expected.Plus(Deviations(expected, open).mul_(noise)));
            onRows?.Invoke(where(open, drawn, x));
            x = where(now, drawn, x).MoveToOuterDisposeScope();
        }
        var result = _model.ImageWidth > 0 ? Cleaned(x, missing, order, settings.Rounds) : x;
        onRows?.Invoke(result);
        return result.MoveToOuterDisposeScope();
    }

    private Tensor Cleaned(Tensor rows, Tensor missing, SamplingOrder order, int rounds)
    {
        foreach (var half in order.Halves(missing.device))
            rows = Expected(rows, missing.logical_and(half), rounds);
        return rows;
    }

    public void Dispose()
    {
        _network.Dispose();
        _fill.Dispose();
        _logistic.Dispose();
        _errorScale.Dispose();
    }
}
