using Microsoft.ML.Runtime;
using TorchSharp;

namespace Microsoft.ML.TargetProp.MLNet;

/// <summary>
/// A model's copy in native memory, on the device that <see cref="TorchDevice"/> chooses. It is created when it is first needed, and shared by all
/// threads. Disposing the model (a prediction engine does that) frees the copy only after the last lease has ended.
/// </summary>
/// <param name="host">The source of exceptions and of the device.</param>
/// <param name="create">Creates the copy on a device.</param>
internal sealed class SharedDeviceModel<T>(IHost host, Func<torch.Device, T> create) where T : class, IDisposable
{
    private readonly Lock _lock = new();
    private Holding? _held;

    /// <summary>Returns the copy, for as long as the lease is not disposed.</summary>
    public Lease Take()
    {
        lock (_lock)
            return new(_held ??= Create());
    }

    /// <summary>Frees the native memory as soon as no lease is left. The next lease creates the copy again.</summary>
    public void Release()
    {
        lock (_lock)
        {
            _held?.Release();
            _held = null;
        }
    }

    private Holding Create()
    {
        TorchDevice.CheckNativeLibrary(host);
        return new(create(TorchDevice.Of(host)));
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

    /// <summary>Counts the holders of the copy: the model itself and every lease. The last one to let go disposes the copy.</summary>
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
