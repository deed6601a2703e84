using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Supervised;

/// <summary>
/// Mean loss and error over a data set. For classes: log-loss and fraction of mistakes. For a number: the loss of standardised labels, and the root mean
/// squared error in the units of the label.
/// </summary>
internal readonly record struct Evaluation(double Loss, double Error)
{
    private const int RowsAtOnce = 1000;

    /// <summary>Measures the average of networks on rows, weighted by their example weights.</summary>
    public static Evaluation Of(Committee committee, Examples examples)
    {
        var (loss, mistakes, weight) = (0.0, 0.0, 0.0);
        for (var start = 0L; start < examples.Rows; start += RowsAtOnce)
        {
            using var scope = NewDisposeScope();
            var batch = examples.Slice(start, RowsAtOnce);
            var logits = committee.Logits(batch, examples.AreRaw);
            var sums = BatchSums(committee.Shape, logits, batch);
            loss += sums.Loss;
            mistakes += sums.Mistakes;
            weight += sums.Weight;
        }
        return From(committee.Shape, (loss, mistakes, weight));
    }

    /// <summary>The means of weighted sums.</summary>
    public static Evaluation From(NetworkShape shape, (double Loss, double Mistakes, double Weight) sums)
    {
        var error = sums.Mistakes / sums.Weight;
        return new(sums.Loss / sums.Weight, shape.Regression is { } regression ? regression.Scale.Spread * Math.Sqrt(error) : error);
    }

    /// <summary>The weighted sums over one batch. Mistakes are counted for classes; for a number they are squared errors.</summary>
    public static (double Loss, double Mistakes, double Weight) BatchSums(NetworkShape shape, Tensor logits, Batch batch) =>
        shape.Regression is { } regression ? regression.Sums(logits, batch) : BatchSums(shape.Output, logits, batch);

    /// <summary>The same for classes.</summary>
    public static (double Loss, double Mistakes, double Weight) BatchSums(OutputKind kind, Tensor logits, Batch batch)
    {
        if (batch.Weights is null && OutputLayer.ArePlain(logits, batch.Labels))
            return OutputLayer.Sums(kind, logits, batch.Labels);
        using var scope = NewDisposeScope();
        var losses = OutputLayer.Losses(kind, logits, batch.Labels);
        var mistakes = OutputLayer.Mistakes(kind, logits, batch.Labels).to(losses.dtype);
        var weight = (double)batch.Rows;
        if (batch.Weights is { } weights)
        {
            var row = weights.squeeze(1);
            losses.mul_(row);
            mistakes.mul_(row);
            weight = row.sum().ToDouble();
        }
        return (losses.sum().ToDouble(), mistakes.sum().ToDouble(), weight);
    }
}

/// <summary>
/// Measures how many discrete units send another level than an epoch before, on the same rows. A discrete network computes the same as before when no
/// unit changes its level, however much its weights have moved.
/// </summary>
internal sealed class UnitChanges : IDisposable
{
    private const int MaxRows = 1000;

    private readonly TargetPropNetwork _network;
    private readonly Tensor _features;
    private IReadOnlyList<Tensor> _levels;

    /// <param name="network">The network before the first epoch.</param>
    /// <param name="training">The training rows; the first ones are measured.</param>
    public UnitChanges(TargetPropNetwork network, Examples training)
    {
        _network = network;
        using var scope = NewDisposeScope();
        var rows = training.Slice(0, MaxRows).Features;
        _features = (training.AreRaw && network.Encoding is { } encoding ? encoding.Encode(rows, network.Device) : rows.clone()).DetachFromDisposeScope();
        _levels = Levels();
    }

    /// <summary>For each hidden layer, the fraction of units and rows whose level differs from the last call.</summary>
    public IReadOnlyList<double> SinceLastCall()
    {
        var (before, now) = (_levels, Levels());
        using var scope = NewDisposeScope();
        double[] changed = [.. before.Zip(now, (b, n) => b.ne(n).to(ScalarType.Float64).mean().item<double>())];
        Release(before);
        _levels = now;
        return changed;
    }

    public void Dispose()
    {
        Release(_levels);
        _features.Dispose();
    }

    private List<Tensor> Levels()
    {
        using var scope = NewDisposeScope();
        var levels = new List<Tensor>();
        var below = _features;
        foreach (var map in _network.Forward.SkipLast(1))
        {
            below = _network.Shape.Signal.Discretize(map.Apply(below));
            levels.Add(below.DetachFromDisposeScope());
        }
        return levels;
    }

    private static void Release(IReadOnlyList<Tensor> levels)
    {
        foreach (var level in levels)
            level.Dispose();
    }
}
