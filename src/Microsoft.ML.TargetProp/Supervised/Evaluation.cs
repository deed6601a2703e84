using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Supervised;

/// <summary>Mean log-loss and fraction of mistakes over a data set.</summary>
internal readonly record struct Evaluation(double Loss, double Error)
{
    private const int RowsAtOnce = 1000;

    /// <summary>Measures a network on standardised rows, weighted by their example weights.</summary>
    public static Evaluation Of(TargetPropNetwork network, Examples examples)
    {
        var (loss, mistakes, weight) = (0.0, 0.0, 0.0);
        for (var start = 0L; start < examples.Rows; start += RowsAtOnce)
        {
            using var scope = NewDisposeScope();
            var batch = examples.Slice(start, RowsAtOnce);
            var logits = network.Logits(batch.Features);
            var sums = BatchSums(network.Shape.Output, logits, batch);
            loss += sums.Loss;
            mistakes += sums.Mistakes;
            weight += sums.Weight;
        }
        return new(loss / weight, mistakes / weight);
    }

    /// <summary>The weighted sums over one batch.</summary>
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
