using System.IO.Compression;
using System.Security.Cryptography;

namespace Microsoft.ML.TargetProp.Samples;

/// <summary>Gets one file from the network as a stream.</summary>
public delegate Task<Stream> Fetch(Uri address, CancellationToken cancellationToken);

/// <summary>
/// Fetches MNIST once and keeps it in the user's cache folder. What is kept is always whole and right: a file is checked by the
/// SHA-256 of its uncompressed content before it takes its place, and again each time it is asked for.
/// </summary>
public sealed class MnistDownload
{
    // A mirror that sends nothing for this long is given up.
    private static readonly TimeSpan StallLimit = TimeSpan.FromSeconds(60);

    // One client for all files, which lives as long as the streams it hands out.
    private static readonly Lazy<HttpClient> Http = new(() => new HttpClient());

    private static readonly Uri[] DefaultMirrors =
    [
        new("https://ossci-datasets.s3.amazonaws.com/mnist/"),
        new("https://storage.googleapis.com/cvdf-datasets/mnist/"),
    ];

    private static readonly MnistFile[] MnistFiles =
    [
        new(Mnist.TrainImages, 47_040_016, "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"),
        new(Mnist.TrainLabels, 60_008, "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"),
        new(Mnist.TestImages, 7_840_016, "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"),
        new(Mnist.TestLabels, 10_008, "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"),
    ];

    private readonly string _folder;
    private readonly Fetch _fetch;
    private readonly IReadOnlyList<MnistFile> _files;
    private readonly IReadOnlyList<Uri> _mirrors;

    /// <summary>A download of the published MNIST into a folder.</summary>
    /// <param name="folder">Where the files are kept; <see cref="DefaultFolder"/> by default.</param>
    /// <param name="fetch">Gets a file; over HTTPS by default.</param>
    public MnistDownload(string? folder = null, Fetch? fetch = null)
        : this(folder ?? DefaultFolder(), fetch ?? FetchOverHttp, MnistFiles, DefaultMirrors)
    {
    }

    internal MnistDownload(string folder, Fetch fetch, IReadOnlyList<MnistFile> files, IReadOnlyList<Uri> mirrors)
    {
        _folder = folder;
        _fetch = fetch;
        _files = files;
        _mirrors = mirrors;
    }

    /// <summary>The four files with the SHA-256 of their uncompressed content.</summary>
    public static IReadOnlyList<MnistFile> Files => MnistFiles;

    /// <summary>The cache folder of this user: under XDG_CACHE_HOME or ~/.cache, on Windows under LocalApplicationData.</summary>
    public static string DefaultFolder(Func<string, string?>? environment = null)
    {
        string? root = (environment ?? Environment.GetEnvironmentVariable)("XDG_CACHE_HOME");

        // The XDG specification says that a relative path is to be ignored.
        if (string.IsNullOrEmpty(root) || !Path.IsPathFullyQualified(root))
        {
            root = OperatingSystem.IsWindows()
                ? Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData)
                : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache");
        }

        return Path.Combine(root, "targetprop", "mnist");
    }

    /// <summary>Sees to it that all four files are in the folder, whole and right, and returns the folder.</summary>
    /// <param name="report">Receives a line for people before each file that has to be fetched.</param>
    /// <param name="cancellationToken">Stops the download; a file half fetched leaves no trace.</param>
    /// <exception cref="SampleException">No mirror gave the right file.</exception>
    public async Task<string> EnsureAsync(Action<string>? report = null, CancellationToken cancellationToken = default)
    {
        Directory.CreateDirectory(_folder);
        foreach (MnistFile file in _files)
        {
            string path = Path.Combine(_folder, file.Name + ".gz");
            if (!File.Exists(path) || await FindFaultAsync(path, file, cancellationToken).ConfigureAwait(false) is not null)
            {
                report?.Invoke($"Downloading {file.Name}.gz ...");
                await DownloadAsync(path, file, cancellationToken).ConfigureAwait(false);
            }
        }

        return _folder;
    }

    private static Task<Stream> FetchOverHttp(Uri address, CancellationToken cancellationToken) =>
        Http.Value.GetStreamAsync(address, cancellationToken);

    private async Task DownloadAsync(string path, MnistFile file, CancellationToken cancellationToken)
    {
        List<string> failures = [];
        foreach (Uri mirror in _mirrors)
        {
            Uri address = new(mirror, file.Name + ".gz");
            string temporary = $"{path}.{Guid.NewGuid():n}.part";
            try
            {
                await CopyToFileAsync(address, temporary, file, cancellationToken).ConfigureAwait(false);
                string? fault = await FindFaultAsync(temporary, file, cancellationToken).ConfigureAwait(false);
                if (fault is null)
                {
                    // Within one folder this is one step: other programs see the old file or the new one, never half of it.
                    File.Move(temporary, path, overwrite: true);
                    return;
                }

                failures.Add($"{address}: {fault}");
            }
            catch (Exception e) when (e is HttpRequestException or IOException or TimeoutException)
            {
                failures.Add($"{address}: {e.Message}");
            }
            finally
            {
                File.Delete(temporary);
            }
        }

        throw new SampleException($"""
            Could not download {file.Name}.gz:
              {string.Join(Environment.NewLine + "  ", failures)}
            Check the network, or fetch the four MNIST files by hand and name their folder with --data.
            """);
    }

    private async Task CopyToFileAsync(Uri address, string path, MnistFile file, CancellationToken cancellationToken)
    {
        using CancellationTokenSource stall = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        stall.CancelAfter(StallLimit);
        try
        {
            using Stream source = await _fetch(address, stall.Token).ConfigureAwait(false);
            using FileStream target = new(path, FileMode.CreateNew, FileAccess.Write, FileShare.None);
            byte[] buffer = new byte[1 << 16];
            int read;
            while ((read = await source.ReadAsync(buffer, stall.Token).ConfigureAwait(false)) > 0)
            {
                stall.CancelAfter(StallLimit);

                // gzip never makes these files larger, so whatever goes on beyond is not the file that was asked for.
                if (target.Position + read > file.Length + 1024)
                {
                    throw new IOException($"the server sends more than the {file.Length} bytes of the uncompressed file");
                }

                await target.WriteAsync(buffer.AsMemory(0, read), stall.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"nothing received for {StallLimit.TotalSeconds:0} seconds");
        }
    }

    /// <summary>Says what is wrong with a fetched file; null where nothing is.</summary>
    private static async Task<string?> FindFaultAsync(string path, MnistFile file, CancellationToken cancellationToken)
    {
        try
        {
            using FileStream compressed = File.OpenRead(path);
            using GZipStream content = new(compressed, CompressionMode.Decompress);
            using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            byte[] buffer = new byte[1 << 16];
            long length = 0;
            int read;

            // Counting along keeps a gzip bomb from costing more than the file it pretends to be.
            while (length <= file.Length && (read = await content.ReadAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0)
            {
                hash.AppendData(buffer, 0, read);
                length += read;
            }

            if (length != file.Length)
            {
                return $"found {(length > file.Length ? "more than " : "")}{Math.Min(length, file.Length)} bytes, expected {file.Length}";
            }

            string found = Convert.ToHexStringLower(hash.GetHashAndReset());
            return found == file.Sha256 ? null : $"found content with SHA-256 {found}, expected {file.Sha256}";
        }
        catch (InvalidDataException)
        {
            return "found something that is not gzip data";
        }
    }
}

/// <summary>One of the four files of MNIST.</summary>
/// <param name="Name">Its name, without ".gz".</param>
/// <param name="Length">Bytes of its uncompressed content.</param>
/// <param name="Sha256">SHA-256 of its uncompressed content, in lower-case hexadecimal digits.</param>
public sealed record MnistFile(string Name, long Length, string Sha256);
