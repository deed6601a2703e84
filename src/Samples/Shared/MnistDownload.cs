using System.IO.Compression;
using System.Security.Cryptography;

namespace Microsoft.ML.TargetProp.Samples;

/// <summary>Opens a file on the network as a stream.</summary>
public delegate Task<Stream> Fetch(Uri address, CancellationToken cancellationToken);

/// <summary>
/// Downloads MNIST once and keeps it in the user's cache folder. The SHA-256 of a file's uncompressed content is verified after the
/// download and at every later use.
/// </summary>
public sealed class MnistDownload
{
    // After this time without data, the next mirror is tried.
    private static readonly TimeSpan StallLimit = TimeSpan.FromSeconds(60);

    // Shared and never disposed, because the returned streams use it.
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

    /// <summary>Creates a download of MNIST into a folder.</summary>
    /// <param name="folder">The folder of the files; <see cref="DefaultFolder"/> by default.</param>
    /// <param name="fetch">Opens a file; over HTTPS by default.</param>
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

    /// <summary>The user's cache folder: under XDG_CACHE_HOME or ~/.cache, on Windows under LocalApplicationData.</summary>
    public static string DefaultFolder(Func<string, string?>? environment = null)
    {
        string? root = (environment ?? Environment.GetEnvironmentVariable)("XDG_CACHE_HOME");

        // The XDG Base Directory specification says to ignore a relative path.
        if (string.IsNullOrEmpty(root) || !Path.IsPathFullyQualified(root))
        {
            root = OperatingSystem.IsWindows()
                ? Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData)
                : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache");
        }

        return Path.Combine(root, "targetprop", "mnist");
    }

    /// <summary>Downloads the files that are missing or damaged, and returns the folder.</summary>
    /// <param name="report">Receives a line to display before each download.</param>
    /// <param name="cancellationToken">Stops the download. A partial file is deleted.</param>
    /// <exception cref="SampleException">No mirror gave the expected file.</exception>
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
                    // A move within one folder is atomic, so other processes never see a partial file.
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
            Check the network, or download the four MNIST files yourself and give their folder with --data.
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

                // The compressed file is smaller than its content, so a longer response is not the requested file.
                if (target.Position + read > file.Length + 1024)
                {
                    throw new IOException($"the server sends more than the {file.Length} bytes of the uncompressed file");
                }

                await target.WriteAsync(buffer.AsMemory(0, read), stall.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"no data received for {StallLimit.TotalSeconds:0} seconds");
        }
    }

    /// <summary>Describes what is wrong with a file; null if it has the expected content.</summary>
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

            // The limit stops the decompression of a gzip bomb.
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
            return "found content that is not gzip data";
        }
    }
}

/// <summary>One of the four files of MNIST.</summary>
/// <param name="Name">File name without ".gz".</param>
/// <param name="Length">Length of the uncompressed content in bytes.</param>
/// <param name="Sha256">SHA-256 of the uncompressed content, in lower-case hexadecimal digits.</param>
public sealed record MnistFile(string Name, long Length, string Sha256);
