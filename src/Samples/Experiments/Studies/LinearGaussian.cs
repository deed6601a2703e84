using Microsoft.ML.TargetProp.Samples.Experiments.Reporting;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Samples.Experiments.Studies;

/// <summary>
/// A model with a known answer: h ~ N(0, I), x | h ~ N(G h, v I), 20 columns of 10 causes. The best inference map is the posterior mean
/// F x = C Gᵀ x / v, C = (I + GᵀG / v)⁻¹, and with it the estimator F (x − G h) is C times the gradient Gᵀ (x − G h) / v.
/// </summary>
internal static class LinearGaussian
{
    private const int Columns = 20;
    private const int Causes = 10;
    private const int Rows = 2000;

    /// <summary>Adds the mean cosine of estimator and gradient at h = 0, for several variances v.</summary>
    public static Findings AddCosine(Findings findings)
    {
        MarkdownTable table = new("variance of x given h", "cosine of estimator and gradient");
        foreach (double variance in new[] { 0.01, 0.1, 1, 10 })
        {
            table.Add(variance.ToString(System.Globalization.CultureInfo.InvariantCulture), Cosine(variance).ToString("0.0000", System.Globalization.CultureInfo.InvariantCulture));
        }

        return findings with { Tables = [.. findings.Tables, table], Figures = [.. findings.Figures, new Figure("estimator-cosine", Cosine(1))] };
    }

    /// <summary>The mean cosine over rows drawn from the model.</summary>
    public static double Cosine(double variance)
    {
        using var scope = NewDisposeScope();
        var random = new Random(1);
        Tensor Draw(int rows, int columns) => tensor(Enumerable.Range(0, rows * columns).Select(_ => Normal(random)).ToArray()).reshape(rows, columns);
        Tensor g = Draw(Columns, Causes) / Math.Sqrt(Causes);
        Tensor x = Draw(Rows, Causes).mm(g.t()) + (Math.Sqrt(variance) * Draw(Rows, Columns));
        Tensor gradient = x.mm(g) / variance;
        Tensor estimator = gradient.mm(linalg.inv(eye(Causes, dtype: ScalarType.Float64) + (g.t().mm(g) / variance)));
        return ((estimator * gradient).sum(1) / (estimator.norm(1) * gradient.norm(1))).mean().ToDouble();
    }

    private static double Normal(Random random) => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
