using System.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Generative;

/// <summary>
/// Conditional means and variances of a Gaussian, in double precision: x_m = μ_m + Σ_mo Σ_oo⁻¹ (x_o − μ_o), of variance
/// Σ_mm − Σ_mo Σ_oo⁻¹ Σ_om, for the missing entries m given the observed ones o of each row. Few columns are solved for all rows at once,
/// many columns once for each distinct pattern of gaps, over whichever of m and o is smaller.
/// </summary>
internal sealed class ConditionalGaussian : IDisposable
{
    /// <summary>Up to here, a matrix for each row is cheap.</summary>
    public const int MostColumnsTogether = 64;

    /// <summary>Rows that are solved at once.</summary>
    public const int RowsTogether = 256;

    private readonly Tensor _mean;
    private readonly Tensor _covariance;
    private readonly Tensor? _precision;
    private readonly bool _independent;

    public ConditionalGaussian(GaussianParameters start, Device device)
    {
        using var scope = NewDisposeScope();
        var columns = start.Mean.Length;
        _mean = tensor(start.Mean, dtype: ScalarType.Float64, device: device).DetachFromDisposeScope();
        _independent = columns > GaussianParameters.MostColumns;
        var covariance = tensor(start.Covariance, dtype: ScalarType.Float64, device: device);
        _covariance = (_independent ? covariance : covariance.view(columns, columns).clone()).DetachFromDisposeScope();
        if (columns > MostColumnsTogether && !_independent)
            _precision = cholesky_inverse(linalg.cholesky(_covariance)).DetachFromDisposeScope();
    }

    /// <summary>For few columns only.</summary>
    public ConditionalGaussian(Tensor mean, Tensor covariance)
    {
        _mean = mean.clone().DetachFromDisposeScope();
        _covariance = covariance.clone().DetachFromDisposeScope();
    }

    /// <summary><paramref name="rows"/> with their missing entries at the conditional mean; a new tensor.</summary>
    /// <param name="rows"><c>[rows, columns]</c>, in the model's units; any finite number where missing.</param>
    /// <param name="missing">True where it is.</param>
    public Tensor Fill(Tensor rows, Tensor missing)
    {
        using var scope = NewDisposeScope();
        var mean = _independent ? _mean : InParts(rows, missing, _precision is null ? MeansTogether : MeansByPattern);
        return where(missing, mean.to(rows.dtype), rows).MoveToOuterDisposeScope();
    }

    /// <summary>The conditional variance of every missing entry, 0 at the observed ones; float32.</summary>
    public Tensor Variances(Tensor missing)
    {
        using var scope = NewDisposeScope();
        var variances = _independent ? _covariance.expand_as(missing).clone()
            : InParts(missing, missing, (_, gaps) => _precision is null ? VariancesTogether(gaps) : VariancesByPattern(gaps));
        return variances.to(ScalarType.Float32).ZeroInPlace(missing.logical_not()).MoveToOuterDisposeScope();
    }

    /// <summary>The filled rows and the sum over rows of the conditional covariance of what was missing: the E-step of a Gaussian with gaps.</summary>
    public (Tensor Filled, Tensor Uncertainty) Expectation(Tensor rows, Tensor missing)
    {
        using var scope = NewDisposeScope();
        var exact = rows.to(ScalarType.Float64);
        var filled = where(missing, MeansTogether(exact, missing), exact);
        var gap = missing.to(ScalarType.Float64);
        var solved = SolvedTogether(missing);
        var conditional = _covariance.sub(solved.transpose(1, 2).bmm(solved)).mul_(gap.unsqueeze(1)).mul_(gap.unsqueeze(2));
        return (filled.MoveToOuterDisposeScope(), conditional.sum(dim: 0L).MoveToOuterDisposeScope());
    }

    private static Tensor InParts(Tensor rows, Tensor missing, Func<Tensor, Tensor, Tensor> of)
    {
        var parts = new List<Tensor>();
        for (var start = 0L; start == 0 || start < rows.shape[0]; start += RowsTogether)
        {
            var length = Math.Min(RowsTogether, rows.shape[0] - start);
            using var scope = NewDisposeScope();
            parts.Add(of(rows.narrow(0, start, length), missing.narrow(0, start, length)).MoveToOuterDisposeScope());
        }
        return parts.Count == 1 ? parts[0] : cat(parts);
    }

    /// <summary>Σ_oo of every row, with ones on the diagonal in the place of the missing entries: its Cholesky factor, <c>[rows, columns, columns]</c>.</summary>
    private Tensor FactorTogether(Tensor observed)
    {
        var within = _covariance.mul(observed.unsqueeze(1)).mul_(observed.unsqueeze(2));
        return linalg.cholesky(within.AddInPlace(diag_embed(observed.neg().ShiftInPlace(1))));
    }

    private Tensor MeansTogether(Tensor rows, Tensor missing)
    {
        var observed = missing.logical_not().to(ScalarType.Float64);
        var deviation = rows.to(ScalarType.Float64).sub(_mean).mul_(observed);
        var weights = cholesky_solve(deviation.unsqueeze(2), FactorTogether(observed)).squeeze(2).mul_(observed);
        return weights.mm(_covariance).AddInPlace(_mean);
    }

    /// <summary>L⁻¹ Σ_o of every row, <c>[rows, columns, columns]</c>.</summary>
    private Tensor SolvedTogether(Tensor missing)
    {
        var observed = missing.logical_not().to(ScalarType.Float64);
        return linalg.solve_triangular(FactorTogether(observed), _covariance.mul(observed.unsqueeze(2)), upper: false);
    }

    private Tensor VariancesTogether(Tensor missing)
    {
        var solved = SolvedTogether(missing);
        return _covariance.diagonal().sub(solved.mul_(solved).sum(dim: 1L)).ClampMin(0);
    }

    private Tensor MeansByPattern(Tensor rows, Tensor missing)
    {
        var result = _mean.expand(rows.shape[0], -1).clone();
        foreach (var (members, gaps, known) in Patterns(missing))
        {
            if (gaps.shape[0] == 0 || known.shape[0] == 0)
                continue;
            using var scope = NewDisposeScope();
            var chosen = rows.index_select(0, members);
            var deviation = chosen.to(ScalarType.Float64).sub_(_mean);
            var seen = deviation.index_select(1, known);
            Tensor filled;
            if (gaps.shape[0] < known.shape[0])
            {
                var pull = seen.mm(Block(_precision!, known, gaps));
                filled = cholesky_solve(pull.t(), linalg.cholesky(Block(_precision!, gaps, gaps))).t().neg();
            }
            else
            {
                filled = cholesky_solve(seen.t(), linalg.cholesky(Block(_covariance, known, known))).t().mm(Block(_covariance, known, gaps));
            }
            deviation.index_copy_(1, gaps, filled);
            result.index_copy_(0, members, deviation.AddInPlace(_mean));
        }
        return result;
    }

    private Tensor VariancesByPattern(Tensor missing)
    {
        var result = _covariance.diagonal().expand_as(missing).clone();
        foreach (var (members, gaps, known) in Patterns(missing))
        {
            if (gaps.shape[0] == 0 || known.shape[0] == 0)
                continue;
            using var scope = NewDisposeScope();
            Tensor variance;
            if (gaps.shape[0] < known.shape[0])
            {
                variance = cholesky_inverse(linalg.cholesky(Block(_precision!, gaps, gaps))).diagonal();
            }
            else
            {
                var solved = linalg.solve_triangular(linalg.cholesky(Block(_covariance, known, known)), Block(_covariance, known, gaps), upper: false);
                variance = _covariance.diagonal().index_select(0, gaps).sub(solved.mul_(solved).sum(dim: 0L)).ClampMin(0);
            }
            var row = _covariance.diagonal().clone().index_copy_(0, gaps, variance);
            result.index_copy_(0, members, row.expand(members.shape[0], -1).contiguous());
        }
        return result;
    }

    private static Tensor Block(Tensor matrix, Tensor rows, Tensor columns) => matrix.index_select(0, rows).index_select(1, columns);

    /// <summary>The rows of every distinct pattern, and its missing and observed columns.</summary>
    private static IEnumerable<(Tensor Members, Tensor Gaps, Tensor Known)> Patterns(Tensor missing)
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
