using TorchSharp;

namespace Microsoft.ML.TargetProp.Tests.Gpu;

/// <summary>Tells whether GPU tests can run. The attributes ask this, because xunit 2 cannot skip a running test.</summary>
internal static class Gpu
{
    /// <summary>The reason why GPU tests cannot run, or null.</summary>
    public static string? Missing { get; } = torch.cuda.is_available() ? null : "TorchSharp finds no CUDA device. Build with -p:TorchBackend=cuda and run on a machine with an NVIDIA GPU.";

    /// <summary>A context for the first GPU that does not fall back to the processor.</summary>
    public static MLContext Context() => new(seed: 1) { GpuDeviceId = 0, FallbackToCpu = false };
}

/// <summary>A test that is skipped on a machine without a GPU.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class GpuFactAttribute : FactAttribute
{
    public GpuFactAttribute() => Skip = Gpu.Missing;
}

/// <inheritdoc cref="GpuFactAttribute"/>
[AttributeUsage(AttributeTargets.Method)]
public sealed class GpuTheoryAttribute : TheoryAttribute
{
    public GpuTheoryAttribute() => Skip = Gpu.Missing;
}
