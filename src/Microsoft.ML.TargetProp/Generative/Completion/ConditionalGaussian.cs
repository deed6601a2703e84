using System.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Generative;

/// <summary>
/// Conditional means and variances of a Gaussian, docs/algorithm.md (10.2), in double precision: the mean x_m = μ_m + Σ_mo Σ_oo⁻¹ (x_o − μ_o) and
/// the variance Σ_mm − Σ_mo Σ_oo⁻¹ Σ_om of the missing entries m given the observed entries o of each row. Few columns are solved for many rows in
/// one batch. Many columns are solved once for each distinct pattern of gaps, over the smaller of m and o.
/// </summary>
internal sealed class ConditionalGaussian : IDisposable
{
    /// <summary>Up to this many columns, a batch of one matrix per row is cheap.</summary>
    public const int MaxColumnsBatched = 64;

    /// <summary>Rows of a batch.</summary>
    public const int RowsPerBatch = 256;

    private readonly Tensor _mean;
    private readonly Tensor _covariance;
    private readonly Tensor? _precision;
    private readonly bool _independent;

    public ConditionalGaussian(GaussianParameters parameters, Device device)
    {
        using var scope = NewDisposeScope();
        var columns = parameters.Mean.Length;
        _mean = tensor(parameters.Mean, dtype: ScalarType.Float64, device: device).DetachFromDisposeScope();
        _independent = columns > GaussianParameters.MaxColumns;
        var covariance = tensor(parameters.Covariance, dtype: ScalarType.Float64, device: device);
        _covariance = (_independent ? covariance : covariance.view(columns, columns).clone()).DetachFromDisposeScope();
        if (columns > MaxColumnsBatched && !_independent)
            _precision = cholesky_inverse(linalg.cholesky(_covariance)).DetachFromDisposeScope();
    }

    /// <summary>For at most <see cref="MaxColumnsBatched"/> columns.</summary>
    public ConditionalGaussian(Tensor mean, Tensor covariance)
    {
        _mean = mean.clone().DetachFromDisposeScope();
        _covariance = covariance.clone().DetachFromDisposeScope();
    }

    /// <summary>The rows with their missing entries at the conditional mean, (10.2); a new tensor.</summary>
    /// <param name="rows"><c>[rows, columns]</c>, in the model's units; any finite number at missing entries.</param>
    /// <param name="missing">True at missing entries.</param>
    public Tensor Fill(Tensor rows, Tensor missing)
    {
        using var scope = NewDisposeScope();
        var mean = _independent ? _mean : InBatches(rows, missing, _precision is null ? MeansBatched : MeansByPattern);
        return where(missing, mean.to(rows.dtype), rows).MoveToOuterDisposeScope();
    }

    /// <summary>The conditional variance of every missing entry; 0 at observed entries. Float32.</summary>
    public Tensor Variances(Tensor missing)
    {
        using var scope = NewDisposeScope();
        var variances = _independent ? _covariance.expand_as(missing).clone()
            : InBatches(missing, missing, (_, gaps) => _precision is null ? VariancesBatched(gaps) : VariancesByPattern(gaps));
        return variances.to(ScalarType.Float32).ZeroInPlace(missing.logical_not()).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// The filled rows, and the sum over rows of the conditional covariance of their missing entries: the E-step of a Gaussian with gaps. For at most
    /// <see cref="MaxColumnsBatched"/> columns.
    /// </summary>
    public (Tensor Filled, Tensor Uncertainty) Expectation(Tensor rows, Tensor missing)
    {
        using var scope = NewDisposeScope();
        var exact = rows.to(ScalarType.Float64);
        var filled = where(missing, MeansBatched(exact, missing), exact);
        var gap = missing.to(ScalarType.Float64);
        var solved = SolvedBatched(missing);
        var conditional = _covariance.sub(solved.transpose(1, 2).bmm(solved)).mul_(gap.unsqueeze(1)).mul_(gap.unsqueeze(2));
        return (filled.MoveToOuterDisposeScope(), conditional.sum(dim: 0L).MoveToOuterDisposeScope());
    }

    private static Tensor InBatches(Tensor rows, Tensor missing, Func<Tensor, Tensor, Tensor> of)
    {
        var parts = new List<Tensor>();
        for (var start = 0L; start == 0 || start < rows.shape[0]; start += RowsPerBatch)
        {
            var length = Math.Min(RowsPerBatch, rows.shape[0] - start);
            using var scope = NewDisposeScope();
            parts.Add(of(rows.narrow(0, start, length), missing.narrow(0, start, length)).MoveToOuterDisposeScope());
        }
        return parts.Count == 1 ? parts[0] : cat(parts);
    }

    /// <summary>The Cholesky factor of Σ_oo of every row, with ones on the diagonal at missing entries, <c>[rows, columns, columns]</c>.</summary>
    private Tensor FactorBatched(Tensor observed)
    {
        var within = _covariance.mul(observed.unsqueeze(1)).mul_(observed.unsqueeze(2));
        return linalg.cholesky(within.AddInPlace(diag_embed(observed.neg().ShiftInPlace(1))));
    }

    private Tensor MeansBatched(Tensor rows, Tensor missing)
    {
        var observed = missing.logical_not().to(ScalarType.Float64);
        var deviation = rows.to(ScalarType.Float64).sub(_mean).mul_(observed);
        var weights = cholesky_solve(deviation.unsqueeze(2), FactorBatched(observed)).squeeze(2).mul_(observed);
        return weights.mm(_covariance).AddInPlace(_mean);
    }

    /// <summary>L⁻¹ Σ_o of every row, <c>[rows, columns, columns]</c>.</summary>
    private Tensor SolvedBatched(Tensor missing)
    {
        var observed = missing.logical_not().to(ScalarType.Float64);
        return linalg.solve_triangular(FactorBatched(observed), _covariance.mul(observed.unsqueeze(2)), upper: false);
    }

    private Tensor VariancesBatched(Tensor missing)
    {
        var solved = SolvedBatched(missing);
        return _covariance.diagonal().sub(solved.mul_(solved).sum(dim: 1L)).ClampMin(0);
    }

    private Tensor MeansByPattern(Tensor rows, Tensor missing)
    {
        var result = _mean.expand(rows.shape[0], -1).clone();
        foreach (var (members, gaps, observed) in Patterns(missing))
        {
            if (gaps.shape[0] == 0 || observed.shape[0] == 0)
                continue;
            using var scope = NewDisposeScope();
            var chosen = rows.index_select(0, members);
            var deviation = chosen.to(ScalarType.Float64).sub_(_mean);
            var given = deviation.index_select(1, observed);
            Tensor filled;
            if (gaps.shape[0] < observed.shape[0])
            {
                var pull = given.mm(Block(_precision!, observed, gaps));
                filled = cholesky_solve(pull.t(), linalg.cholesky(Block(_precision!, gaps, gaps))).t().neg();
            }
            else
            {
                filled = cholesky_solve(given.t(), linalg.cholesky(Block(_covariance, observed, observed))).t().mm(Block(_covariance, observed, gaps));
            }
            deviation.index_copy_(1, gaps, filled);
            result.index_copy_(0, members, deviation.AddInPlace(_mean));
        }
        return result;
    }

    private Tensor VariancesByPattern(Tensor missing)
    {
        var result = _covariance.diagonal().expand_as(missing).clone();
        foreach (var (members, gaps, observed) in Patterns(missing))
        {
            if (gaps.shape[0] == 0 || observed.shape[0] == 0)
                continue;
            using var scope = NewDisposeScope();
            Tensor variance;
            if (gaps.shape[0] < observed.shape[0])
            {
                variance = cholesky_inverse(linalg.cholesky(Block(_precision!, gaps, gaps))).diagonal();
            }
            else
            {
                var solved = linalg.solve_triangular(linalg.cholesky(Block(_covariance, observed, observed)), Block(_covariance, observed, gaps), upper: false);
                variance = _covariance.diagonal().index_select(0, gaps).sub(solved.mul_(solved).sum(dim: 0L)).ClampMin(0);
            }
            var row = _covariance.diagonal().clone().index_copy_(0, gaps, variance);
            result.index_copy_(0, members, row.expand(members.shape[0], -1).contiguous());
        }
        return result;
    }

    private static Tensor Block(Tensor matrix, Tensor rows, Tensor columns) => matrix.index_select(0, rows).index_select(1, columns);

    /// <summary>For every distinct pattern of gaps, its rows, its missing columns and its observed columns.</summary>
    private static IEnumerable<(Tensor Members, Tensor Gaps, Tensor Observed)> Patterns(Tensor missing)
    {
        var columns = (int)missing.shape[1];
        var flags = missing.cpu().contiguous().bytes.ToArray();
        string Pattern(int row) => Encoding.Latin1.GetString(flags, row * columns, columns);
        foreach (var group in Enumerable.Range(0, (int)missing.shape[0]).GroupBy(Pattern))
        {
            var pattern = group.Key;
            long[] Columns(char flag) => [.. Enumerable.Range(0, columns).Where(c => pattern[c] == flag).Select(c => (long)c)];
            var members = tensor([.. group.Select(r => (long)r)], device: missing.device);
            yield return (members, tensor(Columns('\u0001'), device: missing.device), tensor(Columns('\0'), device: missing.device));
        }
    }

    public void Dispose()
    {
        _mean.Dispose();
        _covariance.Dispose();
        _precision?.Dispose();
    }
}
