using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Core;

/// <summary>
/// Random numbers that a device makes for itself, by operations on whole tensors. TorchSharp's generators draw on the processor only, and
/// what a GPU draws without one comes from a generator that belongs to the whole process. Here a counter is mixed (SplitMix64: Steele, Lea and
/// Flood, Fast splittable pseudorandom number generators, 2014), so that numbers depend on nothing but the seed and what was asked for before them.
/// </summary>
internal sealed class DeviceNoise : IDisposable
{
    /// <summary>Numbers made at once: the operations take as long for a handful of them.</summary>
    private const long BlockLength = 1 << 20;

    private const long GoldenGamma = unchecked((long)0x9E3779B97F4A7C15);

    private readonly Device _device;
    private readonly Block _uniform;
    private readonly Block _normal;
    private long _state;

    /// <param name="seed">Where the counter starts.</param>
    /// <param name="device">Where the numbers are made and stay.</param>
    public DeviceNoise(long seed, Device device)
    {
        (_state, _device) = (seed, device);
        _uniform = new(count => Uniform(Bits(count)));
        _normal = new(count => Normal(Bits((count + 1) / 2)));
    }

    /// <summary>The next draws from the uniform distribution over [0, 1), in a shape. To be read only, before the next are asked for.</summary>
    public Tensor Uniform(long[] shape) => _uniform.Take(shape);

    /// <summary>The next draws from N(0, 1), in a shape. To be read only, before the next are asked for.</summary>
    public Tensor Normal(long[] shape) => _normal.Take(shape);

    public void Dispose()
    {
        _uniform.Dispose();
        _normal.Dispose();
    }

    /// <summary>The next numbers of 64 random bits.</summary>
    private Tensor Bits(long count)
    {
        using var scope = NewDisposeScope();
        using Scalar zero = 0L, length = count, one = 1L;
        var z = arange(zero, length, one, dtype: ScalarType.Int64, device: _device).mul_(Constant(GoldenGamma)).add_(Constant(_state), one);
        _state = unchecked(_state + count * GoldenGamma);
        Fold(z, 30).mul_(Constant(unchecked((long)0xBF58476D1CE4E5B9)));
        Fold(z, 27).mul_(Constant(unchecked((long)0x94D049BB133111EB)));
        return Fold(z, 31).MoveToOuterDisposeScope();
    }

    /// <summary>z ← z ⊕ z ≫ bits.</summary>
    private Tensor Fold(Tensor z, int bits) => z.bitwise_xor_(High(z, bits));

    /// <summary>z ≫ bits, without the copies of the sign that a tensor's own shift leaves.</summary>
    private Tensor High(Tensor z, int bits) => z.bitwise_right_shift(Constant(bits)).bitwise_and_(Constant((1L << (64 - bits)) - 1));

    private Tensor Constant(long number) => tensor(number, dtype: ScalarType.Int64, device: _device);

    /// <summary>The 24 bits that a float holds.</summary>
    private Tensor Uniform(Tensor bits) => High(bits, 40).to(ScalarType.Float32).ScaleInPlace(Math.Pow(2, -24));

    /// <summary>Two numbers from each (Box and Muller, 1958): r cos φ and r sin φ with r² = −2 ln u.</summary>
    private Tensor Normal(Tensor bits)
    {
        var radius = bits.bitwise_and(Constant(uint.MaxValue)).to(ScalarType.Float32).ShiftInPlace(0.5).ScaleInPlace(Math.Pow(2, -32)).log_().ScaleInPlace(-2).sqrt_();
        var angle = High(bits, 32).to(ScalarType.Float32).ScaleInPlace(2 * Math.PI * Math.Pow(2, -32));
        return cat([angle.cos().mul_(radius), angle.sin_().mul_(radius)]);
    }

    /// <summary>Numbers in stock.</summary>
    private sealed class Block(Func<long, Tensor> make) : IDisposable
    {
        private Tensor? _numbers;
        private long _used;

        public Tensor Take(long[] shape)
        {
            using var scope = NewDisposeScope();
            var count = shape.Aggregate(1L, (product, length) => product * length);
            if (_numbers is null || _used + count > _numbers.shape[0])
            {
                _numbers?.Dispose();
                _numbers = make(Math.Max(count, BlockLength)).DetachFromDisposeScope();
                _used = 0;
            }
            _used += count;
            return _numbers.narrow(0, _used - count, count).view(shape).MoveToOuterDisposeScope();
        }

        public void Dispose() => _numbers?.Dispose();
    }
}
