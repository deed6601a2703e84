using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;
using Tensor = TorchSharp.torch.Tensor;

namespace Microsoft.ML.TargetProp.Supervised;

/// <summary>
/// The outputs of a regression network and their losses. Unit 0 is the prediction, and each unit after it is a quantile. All units are linear and in
/// standardised units of the label. Labels are standardised before they reach the network.
/// </summary>
/// <param name="Loss">The loss of the prediction.</param>
/// <param name="HuberWidth">δ of the Huber loss, in standardised units.</param>
/// <param name="Quantiles">The probabilities τ of the quantiles, ascending; may be empty.</param>
/// <param name="Scale">The standardisation of the label.</param>
internal sealed record RegressionOutput(TargetPropRegressionLoss Loss, double HuberWidth, IReadOnlyList<float> Quantiles, LabelScale Scale)
{
    /// <summary>Most quantiles of a model.</summary>
    public const int MaxQuantiles = 999;

    /// <summary>True for probabilities above 0 and below 1, ascending.</summary>
    public static bool AreQuantiles(IReadOnlyList<float> probabilities) =>
        probabilities.All(p => p is > 0 and < 1) && probabilities.Zip(probabilities.Skip(1)).All(pair => pair.First < pair.Second);

    /// <summary>What is added to every quantile after training, in standardised units; empty for nothing.</summary>
    public IReadOnlyList<float> Shifts { get; init; } = [];

    /// <summary>Number of output units.</summary>
    public int Units => 1 + Quantiles.Count;

    /// <summary>e = ∂L/∂a_M for every row and unit, <c>[batch, outputs]</c>, docs/algorithm.md (13.2) to (13.5).</summary>
    /// <param name="outputs">a_M, <c>[batch, outputs]</c>.</param>
    /// <param name="labels">Standardised labels, <c>[batch]</c>.</param>
    public Tensor Error(Tensor outputs, Tensor labels)
    {
        if (OutputLayer.ArePlain(outputs, labels))
            return RowErrors(outputs, labels);
        using var scope = NewDisposeScope();
        var error = outputs.sub(labels.unsqueeze(1));
        var first = error.narrow(1, 0, 1);
        if (Loss == TargetPropRegressionLoss.Absolute)
            first.sign_();
        if (Loss == TargetPropRegressionLoss.Huber)
            first.ClampInPlace(HuberWidth);
        if (Quantiles.Count > 0)
        {
            var rest = error.narrow(1, 1, Quantiles.Count);
            rest.copy_(rest.GreaterThan(0).to(error.dtype).sub_(tensor(Quantiles.ToArray(), dtype: error.dtype, device: error.device)));
        }
        return error.MoveToOuterDisposeScope();
    }

    /// <summary>
    /// e of the prediction for d = a − z: d for the squared loss, docs/algorithm.md (13.2); its sign for the absolute loss, docs/algorithm.md (13.3);
    /// d held to ±δ for the Huber loss, docs/algorithm.md (13.4).
    /// </summary>
    public float PredictionError(float difference) => Loss switch
    {
        TargetPropRegressionLoss.Squared => difference,
        // MathF.Sign throws for NaN. A prediction that is NaN has to reach the check for divergence.
        TargetPropRegressionLoss.Absolute => float.IsNaN(difference) ? difference : MathF.Sign(difference),
        _ => Math.Clamp(difference, (float)-HuberWidth, (float)HuberWidth),
    };

    /// <summary>e = 1[z &lt; a] − τ of a quantile for d = a − z, docs/algorithm.md (13.5).</summary>
    public static float QuantileError(float difference, float probability) => (difference > 0 ? 1 : 0) - probability;

    /// <summary>The loss of every row, summed over the units: e is its derivative.</summary>
    /// <param name="outputs">The outputs of a row.</param>
    /// <param name="label">The standardised label.</param>
    public double LossOf(ReadOnlySpan<double> outputs, double label)
    {
        var loss = PredictionLoss(outputs[0] - label);
        for (var k = 0; k < Quantiles.Count; k++)
        {
            var difference = outputs[k + 1] - label;
            loss += difference * ((difference > 0 ? 1 : 0) - (double)Quantiles[k]);
        }
        return loss;
    }

    /// <summary>Weighted sums over a batch: the losses, the squared errors of the prediction (in standardised units), and the weights.</summary>
    public (double Loss, double SquaredError, double Weight) Sums(Tensor outputs, Batch batch)
    {
        double[] values = outputs.ToDoubles(), labels = batch.Labels.ToDoubles();
        var weights = batch.Weights?.ToDoubles();
        var (loss, squared, total) = (0.0, 0.0, 0.0);
        for (var row = 0; row < labels.Length; row++)
        {
            var weight = weights is null ? 1 : weights[row];
            var units = values.AsSpan(row * Units, Units);
            loss += weight * LossOf(units, labels[row]);
            squared += weight * (units[0] - labels[row]) * (units[0] - labels[row]);
            total += weight;
        }
        return (loss, squared, total);
    }

    /// <summary>Weighted sums over rows for a network that answers 0, the middle of the labels, for every row: the losses, and the weights.</summary>
    /// <param name="labels">Standardised labels, <c>[rows]</c>.</param>
    /// <param name="weights">Example weights, <c>[rows, 1]</c>, or null.</param>
    public (double Loss, double Weight) BlindGuess(Tensor labels, Tensor? weights)
    {
        double[] outputs = new double[Units], values = labels.ToDoubles();
        var rowWeights = weights?.ToDoubles();
        var (loss, total) = (0.0, 0.0);
        for (var row = 0; row < values.Length; row++)
        {
            var weight = rowWeights?[row] ?? 1;
            loss += weight * LossOf(outputs, values[row]);
            total += weight;
        }
        return (loss, total);
    }

    /// <summary>
    /// Turns the outputs of a row into a prediction and quantiles in the units of the label, in place. Quantiles are sorted, shifted and sorted again,
    /// docs/algorithm.md (13.6), so they never cross. The average of the outputs of several networks goes through this once.
    /// </summary>
    public void Finish(Span<float> outputs)
    {
        var quantiles = outputs[1..];
        quantiles.Sort();
        for (var k = 0; k < Shifts.Count; k++)
            quantiles[k] += Shifts[k];
        quantiles.Sort();
        foreach (ref var output in outputs)
            output = Scale.Restore(output);
    }

    private double PredictionLoss(double difference) => Loss switch
    {
        TargetPropRegressionLoss.Squared => difference * difference / 2,
        TargetPropRegressionLoss.Absolute => Math.Abs(difference),
        _ => Math.Abs(difference) <= HuberWidth ? difference * difference / 2 : HuberWidth * (Math.Abs(difference) - HuberWidth / 2),
    };

    private Tensor RowErrors(Tensor outputs, Tensor labels)
    {
        var error = empty_like(outputs);
        var from = TensorMemory.Floats(outputs);
        var to = TensorMemory.Floats(error);
        var known = MemoryMarshal.Cast<byte, float>(labels.bytes);
        for (var row = 0; row < known.Length; row++)
        {
            var start = row * Units;
            to[start] = PredictionError(from[start] - known[row]);
            for (var k = 0; k < Quantiles.Count; k++)
                to[start + 1 + k] = QuantileError(from[start + 1 + k] - known[row], Quantiles[k]);
        }
        return error;
    }
}

/// <summary>
/// The standardisation of the label, z = (y − offset) / spread, docs/algorithm.md (13.1). The network learns z, so rates and steps do not depend on the
/// units of the label.
/// </summary>
/// <param name="Offset">The median of the training labels.</param>
/// <param name="Spread">Above 0.</param>
internal sealed record LabelScale(double Offset, double Spread)
{
    /// <summary>The distance between the quartiles of a Gaussian, in standard deviations.</summary>
    private const double GaussianQuartiles = 1.349;

    /// <summary>
    /// The squared loss weighs a row by its distance. With labels of heavy tails, a spread from the quartiles alone would make steps of hundreds, so the
    /// standard deviation of z is held to this.
    /// </summary>
    private const double MaxDeviation = 4;

    public float Standardize(float label) => (float)((label - Offset) / Spread);

    public float Restore(float value) => (float)(Offset + Spread * value);

    /// <summary>
    /// Learns the standardisation: the median, and the distance between the quartiles as a part of a Gaussian's. Where more than half of the labels are
    /// equal, the standard deviation takes the place of the quartiles.
    /// </summary>
    /// <param name="labels">Finite labels.</param>
    /// <param name="loss">The loss of the prediction.</param>
    /// <returns>Null when all labels are equal.</returns>
    public static LabelScale? Learn(IReadOnlyList<float> labels, TargetPropRegressionLoss loss)
    {
        float[] ascending = [.. labels.Order()];
        if (ascending[0] == ascending[^1])
            return null;
        var mean = ascending.Average(l => (double)l);
        var deviation = Math.Sqrt(ascending.Average(l => (l - mean) * (l - mean)));
        var spread = (At(ascending, 0.75) - At(ascending, 0.25)) / GaussianQuartiles;
        if (spread == 0)
            spread = deviation;
        if (loss == TargetPropRegressionLoss.Squared)
            spread = Math.Max(spread, deviation / MaxDeviation);
        return new(At(ascending, 0.5), spread);
    }

    /// <summary>A quantile of sorted values, interpolated between neighbours.</summary>
    private static double At(float[] ascending, double probability)
    {
        var place = probability * (ascending.Length - 1);
        var below = (int)place;
        var above = Math.Min(below + 1, ascending.Length - 1);
        return ascending[below] + (place - below) * ((double)ascending[above] - ascending[below]);
    }
}
