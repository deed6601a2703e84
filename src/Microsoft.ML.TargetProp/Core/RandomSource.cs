using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Core;

/// <summary>
/// The random numbers of one training run, from one seed. The generators belong to the run, so TorchSharp's global generator and other runs in the
/// process do not affect it.
/// </summary>
internal sealed class RandomSource : IDisposable
{
    private readonly Generator _noise;
    private readonly GaussianNoise _processorNoise;
    private readonly DeviceNoise? _deviceNoise;
    private readonly Generator _weights;
    private readonly Random _order;
    private readonly Random _moves;
    private readonly GaussianNoise _drops;

    public RandomSource(int seed, Device device)
    {
        // Separate streams: the amount of noise that a run draws must not change the order of its rows or its first weights.
        var streams = new Random(seed);
        var noise = streams.NextInt64();
        _noise = new Generator((ulong)noise, CPU);
        _deviceNoise = device.type == DeviceType.CPU ? null : new(noise, device);
        _weights = new Generator((ulong)streams.NextInt64(), CPU);
        _order = new Random(streams.Next());
        _processorNoise = new GaussianNoise(new Random(streams.Next()));
        _moves = new Random(streams.Next());
        _drops = new GaussianNoise(new Random(streams.Next()));
    }

    /// <summary>Independent draws from N(0, σ²) in the shape of <paramref name="like"/>.</summary>
    public Tensor NormalLike(Tensor like, double deviation)
    {
        using var zero = zeros_like(like);
        return WithNoise(zero, deviation);
    }

    /// <summary><paramref name="values"/> plus independent draws from N(0, σ²), in new memory.</summary>
    public Tensor WithNoise(Tensor values, double deviation)
    {
        if (_deviceNoise is not null)
        {
            using var noise = _deviceNoise.Normal(values.shape);
            return values.clone().AddScaledInPlace(noise, deviation);
        }
        var disturbed = empty_like(values);
        if (!TensorMemory.IsPlain(values) || !TensorMemory.IsPlain(disturbed))
            return disturbed.normal_(0, deviation, _noise).AddInPlace(values);
        _processorNoise.Add(TensorMemory.Floats(values), TensorMemory.Floats(disturbed), (float)deviation);
        return disturbed;
    }

    /// <summary>1 with probability <paramref name="probability"/>, else 0, in the shape of <paramref name="like"/>.</summary>
    public Tensor BernoulliLike(Tensor like, double probability)
    {
        if (_deviceNoise is null)
            return empty_like(like).bernoulli_(probability, _noise);
        using var uniform = _deviceNoise.Uniform(like.shape);
        using var isOne = uniform.LessThan(probability);
        return isOne.to(like.dtype, copy: true);
    }

    /// <summary>0 with probability <paramref name="dropout"/>, else 1 / (1 − dropout), in the shape of <paramref name="like"/>.</summary>
    public Tensor DropoutMask(Tensor like, double dropout)
    {
        if (_deviceNoise is not null || !TensorMemory.IsPlain(like))
            return BernoulliLike(like, 1 - dropout).ScaleInPlace(1 / (1 - dropout));
        var mask = empty_like(like);
        _drops.FillMask(TensorMemory.Floats(mask), (float)dropout);
        return mask;
    }

    /// <summary>Independent draws from the uniform distribution over [0, 1), in the shape of <paramref name="like"/>.</summary>
    public Tensor UniformLike(Tensor like)
    {
        if (_deviceNoise is null)
            return empty_like(like).uniform_(0, 1, _noise);
        using var uniform = _deviceNoise.Uniform(like.shape);
        return uniform.to(like.dtype, copy: true);
    }

    /// <summary>A draw from the uniform distribution over ±<paramref name="most"/>.</summary>
    public double Symmetric(double most) => (2 * _moves.NextDouble() - 1) * most;

    /// <summary>The numbers 0 to <paramref name="count"/> − 1 in random order.</summary>
    public long[] Permutation(long count)
    {
        var order = new long[count];
        for (var i = 0L; i < count; i++)
            order[i] = i;
        _order.Shuffle(order);
        return order;
    }

    /// <summary>
    /// A random matrix with orthonormal rows or columns, whichever are fewer (Saxe et al. 2014): the first weights of the
    /// published experiments.
    /// </summary>
    public Tensor Orthogonal(long rows, long columns)
    {
        using var scope = NewDisposeScope();
        var gaussian = empty(Math.Max(rows, columns), Math.Min(rows, columns), dtype: ScalarType.Float32, device: CPU).normal_(0, 1, _weights);
        var (q, r) = linalg.qr(gaussian);
        // The decomposition with a positive diagonal of R is unique, and its Q is uniform over the orthogonal matrices.
        q.mul_(r.diagonal().sign());
        return (rows < columns ? q.t() : q).contiguous().MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        _noise.Dispose();
        _deviceNoise?.Dispose();
        _weights.Dispose();
    }
}

/// <summary>The random number generator SplitMix64 (Steele, Lea and Flood 2014). It gives the same numbers on every machine and in every version of .NET.</summary>
/// <param name="state">The first state. Every state is allowed.</param>
internal struct SplitMix64(ulong state)
{
    private ulong _state = state;

    /// <summary>The next 64 random bits. Each call is a one-to-one function of the state.</summary>
    public ulong Next()
    {
        var z = _state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
