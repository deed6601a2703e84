using Microsoft.ML.TargetProp.Core;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Samples.Experiments.Studies;

/// <summary>
/// The log-likelihood of rows under a mixture of equal Gaussians around samples, docs/algorithm.md (9.6). It is the usual measure of a model whose
/// own likelihood cannot be computed (Breuleux, Bengio and Vincent 2011). In many dimensions it is a poor measure.
/// </summary>
internal static class ParzenWindow
{
    private const int RowsAtOnce = 500;

    /// <summary>log 1/n Σ_s N(row; s, σ² I) of every row, (9.6), in nats and double precision, <c>[rows]</c>.</summary>
    /// <param name="samples"><c>[n, columns]</c>.</param>
    /// <param name="rows"><c>[rows, columns]</c>.</param>
    /// <param name="deviation">σ, above 0.</param>
    public static Tensor LogLikelihood(Tensor samples, Tensor rows, double deviation)
    {
        if (!(deviation > 0 && double.IsFinite(deviation)))
            throw new ArgumentOutOfRangeException(nameof(deviation), deviation, "The width of the window must be a finite number above 0.");
        using var guard = no_grad();
        using var scope = NewDisposeScope();
        return cat(SquaredDistances(samples, rows, squares => LogMean(squares, samples.shape[1], deviation))).MoveToOuterDisposeScope();
    }

    /// <summary>The candidate with the highest likelihood of the validation rows. All candidates share one computation of the distances.</summary>
    public static double ChooseDeviation(Tensor samples, Tensor validation, IReadOnlyList<double> candidates)
    {
        using var guard = no_grad();
        using var scope = NewDisposeScope();
        var sums = cat(SquaredDistances(samples, validation, squares => stack(candidates.Select(c => LogMean(squares, samples.shape[1], c).sum())).unsqueeze(0))).sum(dim: 0L);
        return candidates[(int)sums.argmax().ToInt64()];
    }

    /// <summary>log 1/n Σ_s exp(−‖x − s‖² / 2σ²) − ½ columns · log 2πσ², from the squared distances, <c>[rows, n]</c>.</summary>
    private static Tensor LogMean(Tensor squares, long columns, double deviation) => squares.Times(-0.5 / (deviation * deviation)).logsumexp(1)
        .ShiftInPlace(-Math.Log(squares.shape[1]) - 0.5 * columns * Math.Log(2 * Math.PI * deviation * deviation));

    /// <summary>Computes the squared distances of every row to every sample, block by block, and collects what <paramref name="read"/> returns for each block.</summary>
    private static List<Tensor> SquaredDistances(Tensor samples, Tensor rows, Func<Tensor, Tensor> read)
    {
        var results = new List<Tensor>();
        var transposed = samples.t();
        var lengths = samples.mul(samples).to(ScalarType.Float64).sum(dim: 1L);
        for (var start = 0L; start < rows.shape[0]; start += RowsAtOnce)
        {
            using var scope = NewDisposeScope();
            var block = rows.narrow(0, start, Math.Min(RowsAtOnce, rows.shape[0] - start));
            // ‖x − s‖² = ‖x‖² + ‖s‖² − 2 x·s: one matrix product per block.
            var squares = block.mm(transposed).to(ScalarType.Float64).ScaleInPlace(-2).AddInPlace(lengths).AddInPlace(block.mul(block).to(ScalarType.Float64).sum(dim: 1L, keepdim: true));
            results.Add(read(squares).MoveToOuterDisposeScope());
        }
        return results;
    }
}
