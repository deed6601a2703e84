using TorchSharp;

namespace Microsoft.ML.TargetProp.Tests.Gpu;

/// <summary>Whether a test of the GPU can run: xunit 2 decides about skipping before a test runs, so the attributes look.</summary>
internal static class Gpu
{
    /// <summary>Why not, or null.</summary>
    public static string? Missing { get; } = torch.cuda.is_available() ? null : "TorchSharp sees no CUDA device: build with -p:TorchBackend=cuda on a machine that has one.";

    /// <summary>A context that asks for the first GPU and takes nothing else.</summary>
    public static MLContext Context() => new(seed: 1) { GpuDeviceId = 0, FallbackToCpu = false };
}

/// <summary>A test that needs a GPU, and is reported as skipped where there is none.</summary>
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
