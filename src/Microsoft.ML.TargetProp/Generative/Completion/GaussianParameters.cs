using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Generative;

/// <summary>A Gaussian over the visible columns, in the model's units. Missing entries start at its conditional mean, docs/algorithm.md (10.2).</summary>
/// <param name="Mean"><c>[columns]</c>.</param>
/// <param name="Covariance">Row by row, <c>[columns, columns]</c>, positive definite. With more than <see cref="MaxColumns"/> columns, the variances, <c>[columns]</c>.</param>
internal sealed record GaussianParameters(float[] Mean, float[] Covariance)
{
    /// <summary>Wider vectors have no covariance, which would be larger than the maps. Their missing entries start at the mean of the column.</summary>
    public const int MaxColumns = 2000;

    public static long CovarianceLength(int columns) => columns <= MaxColumns ? (long)columns * columns : columns;

    /// <summary>Least variance of a column, so that the covariance is invertible.</summary>
    private const double MinVariance = 1e-8;

    private const int MaxExpectationSteps = 50;

    /// <summary>Limits rows × columns³, the cost of an expectation step.</summary>
    private const double MaxExpectationWork = 1e9;

    /// <summary>Learns the Gaussian from the observed entries.</summary>
    /// <param name="rows"><c>[rows, columns]</c> in the model's units; any finite number at missing entries.</param>
    /// <param name="missing">True at missing entries.</param>
    public static GaussianParameters Learn(Tensor rows, Tensor missing)
    {
        using var scope = NewDisposeScope();
        if (rows.shape[1] > MaxColumns)
            return FromColumns(rows, missing);
        var (mean, covariance) = FromPairs(rows, missing);
        if (missing.any().ToBoolean() && rows.shape[1] <= ConditionalGaussian.MaxColumnsBatched)
            (mean, covariance) = Maximize(rows, missing, mean, covariance);
        return new(mean.ToFloats(), covariance.ToFloats());
    }

    private static GaussianParameters FromColumns(Tensor rows, Tensor missing)
    {
        var observed = missing.logical_not().to(rows.dtype);
        var count = observed.sum(dim: 0L);
        var mean = rows.mul(observed).sum(dim: 0L).div_(count);
        var deviation = rows.sub(mean).mul_(observed);
        return new(mean.ToFloats(), deviation.mul_(deviation).sum(dim: 0L).div_(count).ToFloats());
    }

    /// <summary>Computes every mean from the rows that have the column and every covariance from the rows that have both columns, then shrinks the covariance.</summary>
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
        var count = (long)Math.Min(rows.shape[0], Math.Clamp(MaxExpectationWork / Math.Pow(rows.shape[1], 3), 2000, 20_000));
        for (var step = 0; step < MaxExpectationSteps; step++)
        {
            using var scope = NewDisposeScope();
            using var gaussian = new ConditionalGaussian(mean, covariance);
            var (sum, products) = (zeros_like(mean), zeros_like(covariance));
            for (var start = 0L; start < count; start += ConditionalGaussian.RowsPerBatch)
            {
                using var block = NewDisposeScope();
                var length = Math.Min(ConditionalGaussian.RowsPerBatch, count - start);
                var (filled, uncertainty) = gaussian.Expectation(rows.narrow(0, start, length), missing.narrow(0, start, length));
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
    /// Shrinks the correlations towards 0, because few rows of many columns say little about how the columns vary together. Also raises eigenvalues
    /// below 0, which gaps can cause. A column that never varies gets <see cref="MinVariance"/>.
    /// </summary>
    private static Tensor Shrink(Tensor covariance, long rows)
    {
        var deviation = covariance.diagonal().ClampMin(MinVariance).sqrt();
        var spread = outer(deviation, deviation);
        var correlation = covariance.div(spread);
        var varies = covariance.diagonal().GreaterThan(MinVariance);
        var weight = ShrinkageWeight(correlation, varies.nonzero().squeeze(1), rows);
        correlation.diagonal().copy_(where(varies, correlation.diagonal(), ones_like(deviation)));
        var (values, vectors) = linalg.eigh(correlation);
        var raised = values.ClampMin(0).Times(1 - weight).ShiftInPlace(weight);
        return vectors.mul(raised).mm(vectors.t()).mul_(spread);
    }

    /// <summary>The oracle-approximating weight of shrinkage (Chen, Wiesel, Eldar and Hero 2010) for a correlation matrix.</summary>
    /// <param name="correlation">The matrix.</param>
    /// <param name="varying">
    /// Indices of the columns that vary. Only they count: the formula assumes that the trace is the number of columns, and constant columns have no
    /// correlation.
    /// </param>
    /// <param name="rows">Number of rows.</param>
    private static double ShrinkageWeight(Tensor correlation, Tensor varying, long rows)
    {
        var columns = varying.shape[0];
        if (columns < 2)
            return 0;
        var counted = correlation.index_select(0, varying).index_select(1, varying);
        var squares = counted.mul(counted).sum().ToDouble();
        return Math.Clamp(((1 - 2.0 / columns) * squares + (double)columns * columns) / ((rows + 1 - 2.0 / columns) * (squares - columns)), 1e-6, 1);
    }
}
