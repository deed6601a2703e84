using Microsoft.ML.Runtime;
using TorchSharp;

namespace Microsoft.ML.TargetProp.MLNet;

/// <summary>Chooses the device by the properties of the <see cref="MLContext"/>.</summary>
internal static class TorchDevice
{
    /// <summary>
    /// Returns the GPU with the number <see cref="MLContext.GpuDeviceId"/>. Returns the processor when that is null, or when there is no such GPU
    /// and <see cref="MLContext.FallbackToCpu"/> is true.
    /// </summary>
    /// <exception cref="InvalidOperationException">
    /// There is no such GPU and <see cref="MLContext.FallbackToCpu"/> is false, or TorchSharp's native library does not load.
    /// </exception>
    public static torch.Device Of(IHost host)
    {
        var switches = (IHostEnvironmentInternal)host;
        return Choose(host, switches.GpuDeviceId, switches.FallbackToCpu, () => GpuCount(host));
    }

    internal static torch.Device Choose(IHost host, int? gpu, bool fallback, Func<int> gpuCount)
    {
        if (gpu is not { } index)
            return torch.CPU;
        var count = gpuCount();
        if (index >= 0 && index < count)
            return new torch.Device(DeviceType.CUDA, index);
        var found = $"MLContext.GpuDeviceId is {index}, but TorchSharp sees {count} CUDA device(s) (package TorchSharp-cuda-linux or TorchSharp-cuda-windows, and a driver, are needed).";
        if (!fallback)
            throw host.Except(found + " Set MLContext.FallbackToCpu to true to train on the processor instead.");
        using var channel = host.Start("Choosing a device");
        channel.Warning(found + " Falling back to the processor.");
        return torch.CPU;
    }

    private static int GpuCount(IHost host)
    {
        try
        {
            return torch.cuda.is_available() ? torch.cuda.device_count() : 0;
        }
        catch (Exception error) when (error is TypeInitializationException or DllNotFoundException or NotSupportedException)
        {
            throw NativeLibraryMissing(host, error);
        }
    }

    /// <summary>Loads TorchSharp's native library.</summary>
    /// <exception cref="InvalidOperationException">The library does not load; the message says what to do.</exception>
    public static void CheckNativeLibrary(IHost host)
    {
        try
        {
            torch.zeros(1, device: torch.CPU).Dispose();
        }
        catch (Exception error) when (error is TypeInitializationException or DllNotFoundException or NotSupportedException)
        {
            throw NativeLibraryMissing(host, error);
        }
    }

    private static InvalidOperationException NativeLibraryMissing(IHost host, Exception inner) =>
        (InvalidOperationException)host.Except(inner,
            "TorchSharp's native library could not be loaded. Add one of the packages TorchSharp-cpu, TorchSharp-cuda-linux or TorchSharp-cuda-windows to " +
            "the application. On Debian 12 and Ubuntu 22.04, also build it with this package's MSBuild targets " +
            "(property TargetPropNativeCompat, 'auto' by default, 'always' when building for another machine).");
}

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
