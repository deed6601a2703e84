using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using TorchSharp;

namespace Microsoft.ML.TargetProp.Benchmarks.Harness;

/// <summary>Describes the machine of the measurements.</summary>
internal static class Machine
{
    /// <summary>Processor, memory, system and versions, in one line.</summary>
    public static string Describe()
    {
        double memory = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / Math.Pow(2, 30);
        string vectors = Avx512F.IsSupported ? "AVX-512" : Avx2.IsSupported ? "AVX2" : RuntimeInformation.ProcessArchitecture.ToString();
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{Processor()}, {Environment.ProcessorCount} cores ({vectors}), {memory:0} GiB; {RuntimeInformation.OSDescription.Split('#')[0].Trim()}; {RuntimeInformation.FrameworkDescription}, ML.NET {Version(typeof(MLContext))}, TorchSharp {Version(typeof(torch))} with {torch.get_num_threads()} threads");
    }

    /// <summary>The name of the first GPU according to its driver.</summary>
    public static string DescribeGpu()
    {
        const string Information = "/proc/driver/nvidia/gpus";
        string? line = Directory.Exists(Information)
            ? Directory.EnumerateFiles(Information, "information", SearchOption.AllDirectories).Order(StringComparer.Ordinal).SelectMany(File.ReadLines).FirstOrDefault(l => l.StartsWith("Model", StringComparison.Ordinal))
            : null;
        return line?.Split(':', 2)[1].Trim() ?? "unknown";
    }

    private static string Processor()
    {
        const string Information = "/proc/cpuinfo";
        string? line = File.Exists(Information)
            ? File.ReadLines(Information).FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal))
            : null;
        return line?.Split(':', 2)[1].Trim() ?? Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER") ?? "unknown processor";
    }

    private static string Version(Type type) =>
        System.Diagnostics.FileVersionInfo.GetVersionInfo(type.Assembly.Location).ProductVersion?.Split('+')[0] ?? "";
}
