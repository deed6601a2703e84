using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Generative;

/// <summary>The Gaussian over the visible columns whose conditional mean is where missing entries start, in the model's units.</summary>
/// <param name="Mean"><c>[columns]</c>.</param>
/// <param name="Covariance">Row by row, <c>[columns, columns]</c>, positive definite; above <see cref="MostColumns"/> the variances, <c>[columns]</c>.</param>
internal sealed record GaussianParameters(float[] Mean, float[] Covariance)
{
    /// <summary>Wider vectors start at the mean of their columns: the covariance would be larger than the maps.</summary>
    public const int MostColumns = 2000;

    public static long CovarianceLength(int columns) => columns <= MostColumns ? (long)columns * columns : columns;

    /// <summary>Variance of a column that never varies, so that the covariance stays invertible.</summary>
    private const double LeastVariance = 1e-8;

    private const int MostExpectationSteps = 50;

    /// <summary>An expectation step takes about the cube of the columns for every row.</summary>
    private const double WorkOfExpectation = 1e9;

    /// <summary>Learns from the observed entries.</summary>
    /// <param name="rows"><c>[rows, columns]</c> in the model's units; any finite number where missing.</param>
    /// <param name="missing">True where it is.</param>
    public static GaussianParameters Learn(Tensor rows, Tensor missing)
    {
        using var scope = NewDisposeScope();
        if (rows.shape[1] > MostColumns)
            return FromColumns(rows, missing);
        var (mean, covariance) = FromPairs(rows, missing);
        if (missing.any().ToBoolean() && rows.shape[1] <= ConditionalGaussian.MostColumnsTogether)
            (mean, covariance) = Maximize(rows, missing, mean, covariance);
        return new(Floats(mean), Floats(covariance));
    }

    private static GaussianParameters FromColumns(Tensor rows, Tensor missing)
    {
        var observed = missing.logical_not().to(rows.dtype);
        var count = observed.sum(dim: 0L);
        var mean = rows.mul(observed).sum(dim: 0L).div_(count);
        var deviation = rows.sub(mean).mul_(observed);
        return new(Floats(mean), Floats(deviation.mul_(deviation).sum(dim: 0L).div_(count)));
    }

    /// <summary>Every mean from the rows that have the column, every covariance from the rows that have both; then shrunk and made positive.</summary>
    private static (Tensor Mean, Tensor Covariance) FromPairs(Tensor rows, Tensor missing)
    {
        var observed = missing.logical_not().to(ScalarType.Float64);
        var both = observed.t().mm(observed).ClampMin(1);
        var values = rows.to(ScalarType.Float64).mul(observed);
        var mean = values.sum(dim: 0L).div_(both.diagonal());
        values.sub_(mean).mul_(observed);
        return (mean, Shrink(values.t().mm(values).div_(both), rows.shape[0]));
    }

    /// <summary>Maximum likelihood from rows with gaps (Dempster, Laird and Rubin 1977).</summary>
    private static (Tensor Mean, Tensor Covariance) Maximize(Tensor rows, Tensor missing, Tensor mean, Tensor covariance)
    {
        var count = (long)Math.Min(rows.shape[0], Math.Clamp(WorkOfExpectation / Math.Pow(rows.shape[1], 3), 2000, 20_000));
        for (var step = 0; step < MostExpectationSteps; step++)
        {
            using var scope = NewDisposeScope();
            using var fill = new ConditionalGaussian(mean, covariance);
            var (sum, products) = (zeros_like(mean), zeros_like(covariance));
            for (var start = 0L; start < count; start += ConditionalGaussian.RowsTogether)
            {
                using var block = NewDisposeScope();
                var length = Math.Min(ConditionalGaussian.RowsTogether, count - start);
                var (filled, uncertainty) = fill.Expectation(rows.narrow(0, start, length), missing.narrow(0, start, length));
                sum.AddInPlace(filled.sum(dim: 0L));
                products.AddInPlace(filled.t().mm(filled)).AddInPlace(uncertainty);
            }
            mean = sum.Times(1.0 / count).MoveToOuterDisposeScope();
            var next = Shrink(products.Times(1.0 / count).sub_(outer(mean, mean)), count).MoveToOuterDisposeScope();
            var change = next.sub(covariance).abs_().max().ToDouble() / covariance.abs().max().ToDouble();
            covariance = next;
            if (change < 1e-4)
                break;
        }
        return (mean, covariance);
    }

    /// <summary>
    /// Shrinks the correlations towards none by the oracle-approximating weight (Chen, Wiesel, Eldar and Hero 2010), and raises what gaps
    /// may have left below it: few rows of many columns say little about how these vary together.
    /// </summary>
    private static Tensor Shrink(Tensor covariance, long rows)
    {
        var columns = covariance.shape[0];
        var deviation = covariance.diagonal().ClampMin(LeastVariance).sqrt();
        var spread = outer(deviation, deviation);
        var correlation = covariance.div(spread);
        var squares = correlation.mul(correlation).sum().ToDouble();
        var weight = columns == 1 ? 0 : Math.Clamp(
            ((1 - 2.0 / columns) * squares + (double)columns * columns) / ((rows + 1 - 2.0 / columns) * (squares - columns)), 1e-6, 1);
        var (values, vectors) = linalg.eigh(correlation);
        var raised = values.ClampMin(0).Times(1 - weight).ShiftInPlace(weight);
        return vectors.mul(raised).mm(vectors.t()).mul_(spread);
    }

    private static float[] Floats(Tensor tensor) => tensor.to(ScalarType.Float32).cpu().data<float>().ToArray();
}
