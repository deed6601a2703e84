using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Samples.Experiments.Measures;

/// <summary>
/// Linear regression with a squared penalty, in closed form: w = (XᵀX + λI)⁻¹ Xᵀy on columns of mean 0 and deviation 1. λ is the one of a grid with the
/// lowest generalised cross-validation n·RSS / (n − df)² (Golub, Heath and Wahba 1979), df = 1 + Σ sᵢ / (sᵢ + λ) over the eigenvalues sᵢ of XᵀX, so no rows
/// are held out.
/// </summary>
internal sealed class RidgeRegression
{
    private readonly double[] _means;
    private readonly double[] _weights;
    private readonly double _intercept;

    private RidgeRegression(double[] means, double[] weights, double intercept, double penalty)
    {
        _means = means;
        _weights = weights;
        _intercept = intercept;
        Penalty = penalty;
    }

    /// <summary>The chosen λ.</summary>
    public double Penalty { get; }

    /// <summary>Learns from rows. A gap (NaN) counts as the mean of its column.</summary>
    public static RidgeRegression Fit(IReadOnlyList<float[]> features, IReadOnlyList<float> labels)
    {
        (int rows, int columns) = (features.Count, features[0].Length);
        double[] means = [.. Enumerable.Range(0, columns).Select(c => features.Select(f => (double)f[c]).Where(double.IsFinite).DefaultIfEmpty().Average())];
        double[] deviations = [.. Enumerable.Range(0, columns).Select(c => Math.Sqrt(features.Average(f => Math.Pow(Centred(f[c], means[c]), 2))))];
        double[] scales = [.. deviations.Select((d, c) => d > 1e-12 * Math.Abs(means[c]) ? 1 / d : 0)];
        double intercept = labels.Average(l => (double)l);

        using IDisposable guard = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Tensor x = tensor([.. features.SelectMany(f => f.Select((v, c) => scales[c] * Centred(v, means[c])))], [rows, columns], float64);
        Tensor y = tensor([.. labels.Select(l => l - intercept)], [rows], float64);
        (Tensor eigenvalues, Tensor directions) = linalg.eigh(x.t().mm(x));
        double[] s = [.. eigenvalues.data<double>().Select(v => Math.Max(v, 0))];
        double[] z = [.. directions.t().mv(x.t().mv(y)).data<double>()];
        double squares = y.dot(y).item<double>();

        double penalty = Enumerable.Range(-20, 41).Select(i => rows * Math.Pow(10, i / 4.0)).MinBy(l => Validation(rows, squares, s, z, l));
        Tensor weights = directions.mv(tensor([.. z.Select((v, i) => v / (s[i] + penalty))], float64));
        return new RidgeRegression(means, [.. weights.data<double>().Select((w, c) => w * scales[c])], intercept, penalty);
    }

    /// <summary>The predictions for rows.</summary>
    public float[] Predict(IReadOnlyList<float[]> features) =>
        [.. features.Select(f => (float)(_intercept + f.Select((v, c) => _weights[c] * Centred(v, _means[c])).Sum()))];

    private static double Centred(float value, double mean) => float.IsFinite(value) ? value - mean : 0;

    private static double Validation(int rows, double squares, double[] s, double[] z, double penalty)
    {
        double residual = squares, freedom = 1;
        for (int i = 0; i < s.Length; i++)
        {
            double weight = z[i] / (s[i] + penalty);
            residual += (s[i] * weight * weight) - (2 * z[i] * weight);
            freedom += s[i] / (s[i] + penalty);
        }

        double left = rows - freedom;
        return left < 1e-3 * rows ? double.PositiveInfinity : rows * Math.Max(residual, 0) / (left * left);
    }
}
