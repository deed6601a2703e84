using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Core;

/// <summary>
/// Random numbers made on a device by tensor operations. TorchSharp's generators draw on the processor only, and a GPU without a generator draws from
/// the one of the whole process. Here a counter is mixed (SplitMix64: Steele, Lea and Flood 2014), so the numbers depend only on the seed and on the
/// earlier draws.
/// </summary>
internal sealed class DeviceNoise : IDisposable
{
    /// <summary>Numbers made at once. The operations take as long for a few numbers.</summary>
    private const long BlockLength = 1 << 20;

    private const long GoldenGamma = unchecked((long)0x9E3779B97F4A7C15);

    private readonly Device _device;
    private readonly Block _uniform;
    private readonly Block _normal;
    private long _state;

    /// <param name="seed">The start of the counter.</param>
    /// <param name="device">The device of the numbers.</param>
    public DeviceNoise(long seed, Device device)
    {
        (_state, _device) = (seed, device);
        _uniform = new(count => Uniform(Bits(count)));
        _normal = new(count => Normal(Bits((count + 1) / 2)));
    }

    /// <summary>The next draws from the uniform distribution over [0, 1). The tensor is read-only and valid until the next call.</summary>
    public Tensor Uniform(long[] shape) => _uniform.Take(shape);

    /// <summary>The next draws from N(0, 1). The tensor is read-only and valid until the next call.</summary>
    public Tensor Normal(long[] shape) => _normal.Take(shape);

    public void Dispose()
    {
        _uniform.Dispose();
        _normal.Dispose();
    }

    /// <summary>The next integers of 64 random bits.</summary>
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

    /// <summary>z ≫ bits with zeros shifted in; a tensor's own shift copies the sign bit.</summary>
    private Tensor High(Tensor z, int bits) => z.bitwise_right_shift(Constant(bits)).bitwise_and_(Constant((1L << (64 - bits)) - 1));

    private Tensor Constant(long number) => tensor(number, dtype: ScalarType.Int64, device: _device);

    /// <summary>Uniform numbers of 24 bits, the precision of a float.</summary>
    private Tensor Uniform(Tensor bits) => High(bits, 40).to(ScalarType.Float32).ScaleInPlace(Math.Pow(2, -24));

    /// <summary>Two normal numbers from each uniform pair (Box and Muller 1958): r cos φ and r sin φ with r² = −2 ln u.</summary>
    private Tensor Normal(Tensor bits)
    {
        var radius = bits.bitwise_and(Constant(uint.MaxValue)).to(ScalarType.Float32).ShiftInPlace(0.5).ScaleInPlace(Math.Pow(2, -32)).log_().ScaleInPlace(-2).sqrt_();
        var angle = High(bits, 32).to(ScalarType.Float32).ScaleInPlace(2 * Math.PI * Math.Pow(2, -32));
        return cat([angle.cos().mul_(radius), angle.sin_().mul_(radius)]);
    }

    /// <summary>A block of numbers made in advance.</summary>
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
