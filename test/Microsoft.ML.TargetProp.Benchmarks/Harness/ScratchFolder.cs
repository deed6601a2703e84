namespace Microsoft.ML.TargetProp.Benchmarks.Harness;

/// <summary>A temporary folder that is deleted on disposal.</summary>
internal sealed class ScratchFolder : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("targetprop-benchmark-");

    /// <summary>The path of a file in the folder.</summary>
    public string this[string name] => Path.Combine(_folder.FullName, name);

    public void Dispose() => _folder.Delete(recursive: true);
}
