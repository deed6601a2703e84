namespace Microsoft.ML.TargetProp.MLNet;

/// <summary>
/// A model's copy of itself in native memory: made when somebody first computes with it, and held by the model and by everyone who computes.
/// Whoever disposes of a model (a prediction engine does) must not take it from those who are reading.
/// </summary>
/// <param name="make">Makes the copy, on the device that ML.NET's switches ask for.</param>
internal sealed class SharedDeviceModel<T>(Func<T> make) where T : class, IDisposable
{
    private readonly Lock _lock = new();
    private Holding? _held;

    /// <summary>The copy, for as long as the lease is not disposed.</summary>
    public Lease Take()
    {
        lock (_lock)
            return new(_held ??= new(make()));
    }

    /// <summary>Gives back native memory, as soon as nobody computes with it any more; the next lease takes it again.</summary>
    public void Release()
    {
        lock (_lock)
        {
            _held?.Release();
            _held = null;
        }
    }

    public sealed class Lease : IDisposable
    {
        private Holding? _holding;

        internal Lease(Holding holding)
        {
            _holding = holding;
            Value = holding.Hold();
        }

        public T Value { get; }

        public void Dispose() => Interlocked.Exchange(ref _holding, null)?.Release();
    }

    internal sealed class Holding(T value)
    {
        private int _holders = 1;

        public T Hold()
        {
            Interlocked.Increment(ref _holders);
            return value;
        }

        public void Release()
        {
            if (Interlocked.Decrement(ref _holders) == 0)
                value.Dispose();
        }
    }
}
