using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Generative;

/// <summary>The prior p(h_M) on a device: its density, and draws from it.</summary>
internal sealed class CodePrior(PriorParameters prior, Device device) : IDisposable
{
    private readonly Component[] _components = [.. prior.Components.Select(c => new Component(c, prior.IsLaplace, device))];

    /// <summary>
    /// log p(h_M) = log Σ_c w_c N(h_M; mean_c, L_c L_cᵀ), or Σ_j −|h_j| / b_j − log 2b_j for a Laplace prior, of every row,
    /// docs/algorithm.md (9.1); in double precision, <c>[rows]</c>.
    /// </summary>
    public Tensor LogDensity(Tensor code)
    {
        using var scope = NewDisposeScope();
        return LogDensities(code.to(ScalarType.Float64)).logsumexp(1).MoveToOuterDisposeScope();
    }

    /// <summary>The probability of each component given the code, in double precision, <c>[rows, components]</c>.</summary>
    public Tensor Responsibilities(Tensor code)
    {
        using var scope = NewDisposeScope();
        return LogDensities(code.to(ScalarType.Float64)).softmax(1).MoveToOuterDisposeScope();
    }

    private Tensor LogDensities(Tensor rows) => stack(_components.Select(c => c.LogDensity(rows)), dim: 1);

    /// <summary>Draws a component by its weight, then h_M = mean + L ε with Gaussian or Laplace ε; <c>[count, units]</c>.</summary>
    public Tensor Sample(int count, RandomSource random)
    {
        using var scope = NewDisposeScope();
        using var like = empty(count, prior.Components[0].Mean.Length, dtype: ScalarType.Float32, device: device);
        var noise = prior.IsLaplace ? LaplaceLike(like, random) : random.NormalLike(like, 1);
        var code = empty_like(noise);
        var rowsOf = Enumerable.Range(0, count).ToLookup(_ => DrawComponent(random), r => (long)r);
        foreach (var rows in rowsOf)
        {
            var index = tensor(rows.ToArray(), device: device);
            code.index_copy_(0, index, _components[rows.Key].Draw(noise.index_select(0, index)));
        }
        return code.MoveToOuterDisposeScope();
    }

    /// <summary>The difference of two exponential draws is Laplace with scale 1.</summary>
    private static Tensor LaplaceLike(Tensor like, RandomSource random)
    {
        Tensor Exponential() => random.UniformLike(like).neg_().ShiftInPlace(1).log_().neg_();
        return Exponential().sub_(Exponential());
    }

    private int DrawComponent(RandomSource random)
    {
        var rest = random.Symmetric(0.5) + 0.5;
        for (var c = 0; c < prior.Components.Count - 1; c++)
        {
            rest -= prior.Components[c].Weight;
            if (rest < 0)
                return c;
        }
        return prior.Components.Count - 1;
    }

    public void Dispose()
    {
        foreach (var component in _components)
            component.Dispose();
    }

    private sealed class Component : IDisposable
    {
        private readonly Tensor _mean;
        private readonly Tensor _factorTransposed;
        private readonly Tensor _whitening;
        private readonly double _logScale;
        private readonly bool _isLaplace;

        public Component(PriorComponent component, bool isLaplace, Device device)
        {
            using var scope = NewDisposeScope();
            var units = component.Mean.Length;
            _isLaplace = isLaplace;
            var factor = tensor(component.Factor, device: device).reshape(units, units).to(ScalarType.Float64);
            _mean = tensor(component.Mean, device: device).to(ScalarType.Float64).DetachFromDisposeScope();
            _factorTransposed = factor.t().to(ScalarType.Float32).contiguous().DetachFromDisposeScope();
            _whitening = linalg.inv(factor).t().contiguous().DetachFromDisposeScope();
            _logScale = Math.Log(component.Weight) - factor.diagonal().log().sum().ToDouble() - units * (isLaplace ? Math.Log(2) : 0.5 * Math.Log(2 * Math.PI));
        }

        /// <summary>log w − ½ ‖L⁻¹ (h − mean)‖² − log det L − ½ units · log 2π. Laplace: −Σ |L⁻¹ h| − log det L − units · log 2.</summary>
        public Tensor LogDensity(Tensor code)
        {
            using var scope = NewDisposeScope();
            var white = code.sub(_mean).mm(_whitening);
            var distance = _isLaplace ? white.abs().sum(dim: 1L) : white.mul_(white).sum(dim: 1L).ScaleInPlace(0.5);
            return distance.neg_().ShiftInPlace(_logScale).MoveToOuterDisposeScope();
        }

        /// <summary>mean + L ε for every row of ε.</summary>
        public Tensor Draw(Tensor noise)
        {
            using var scope = NewDisposeScope();
            return noise.mm(_factorTransposed).AddInPlace(_mean.to(ScalarType.Float32)).MoveToOuterDisposeScope();
        }

        public void Dispose()
        {
            _mean.Dispose();
            _factorTransposed.Dispose();
            _whitening.Dispose();
        }
    }
}
