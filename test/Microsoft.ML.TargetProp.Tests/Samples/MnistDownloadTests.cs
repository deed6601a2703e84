using System.Security.Cryptography;
using Microsoft.ML.TargetProp.Samples;
using Microsoft.ML.TargetProp.Tests.Packaging;

namespace Microsoft.ML.TargetProp.Tests.Samples;

/// <summary>Tests the download with fake mirrors. No test uses the network.</summary>
public sealed class MnistDownloadTests : IDisposable
{
    private static readonly byte[] First = [.. Enumerable.Range(0, 5000).Select(i => (byte)(i * i))];
    private static readonly byte[] Second = [1, 2, 3];
    private static readonly Uri[] Mirrors = [new("https://one.invalid/data/"), new("https://two.invalid/data/")];
    private static readonly MnistFile[] Files = [Describe("first", First), Describe("second", Second)];

    private readonly TemporaryFolder _folder = new();
    private readonly List<string> _fetched = [];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Missing_files_are_downloaded_and_kept()
    {
        string folder = await Download(GoodMirror).EnsureAsync();

        Assert.Equal(["https://one.invalid/data/first.gz", "https://one.invalid/data/second.gz"], _fetched);
        Assert.Equal(["first.gz", "second.gz"], FileNames(folder));
        using Stream content = IdxFile.Open(Path.Combine(folder, "first.gz"));
        byte[] found = new byte[First.Length];
        content.ReadExactly(found);
        Assert.Equal(First, found);
    }

    [Fact]
    public async Task Files_in_the_cache_are_not_downloaded_again()
    {
        await Download(GoodMirror).EnsureAsync();
        _fetched.Clear();

        await Download(GoodMirror).EnsureAsync();

        Assert.Empty(_fetched);
    }

    [Theory]
    [InlineData("no gzip data at all")]
    [InlineData("")]
    public async Task A_corrupt_file_in_the_cache_is_downloaded_again(string corrupt)
    {
        await Download(GoodMirror).EnsureAsync();
        _fetched.Clear();
        await File.WriteAllTextAsync(_folder["first.gz"], corrupt);

        await Download(GoodMirror).EnsureAsync();
        await Download(GoodMirror).EnsureAsync();

        Assert.Equal(["https://one.invalid/data/first.gz"], _fetched);
    }

    [Fact]
    public async Task A_truncated_file_in_the_cache_is_downloaded_again()
    {
        await Download(GoodMirror).EnsureAsync();
        _fetched.Clear();
        byte[] whole = await File.ReadAllBytesAsync(_folder["first.gz"]);
        await File.WriteAllBytesAsync(_folder["first.gz"], whole[..(whole.Length / 2)]);

        await Download(GoodMirror).EnsureAsync();

        Assert.Single(_fetched);
    }

    [Fact]
    public async Task After_a_mirror_fails_the_next_mirror_is_used()
    {
        await Download((address, _) => address.Host == "one.invalid"
            ? throw new HttpRequestException("no such host")
            : Content(address)).EnsureAsync();

        Assert.Equal(["first.gz", "second.gz"], FileNames(_folder.Path));
    }

    [Fact]
    public async Task After_a_mirror_sends_a_wrong_file_the_next_mirror_is_used()
    {
        await Download((address, _) => address.Host == "one.invalid"
            ? Task.FromResult<Stream>(new MemoryStream(MnistFiles.Gzip([9, 9, 9])))
            : Content(address)).EnsureAsync();

        Assert.Equal(["first.gz", "second.gz"], FileNames(_folder.Path));
    }

    [Fact]
    public async Task If_all_mirrors_fail_the_message_names_each_and_no_file_remains()
    {
        MnistDownload download = Download((address, _) => address.Host == "one.invalid"
            ? throw new HttpRequestException("no such host")
            : Task.FromResult<Stream>(new MemoryStream(MnistFiles.Gzip([.. Enumerable.Repeat((byte)7, 5000)]))));

        SampleException error = await Assert.ThrowsAsync<SampleException>(() => download.EnsureAsync());

        Assert.Contains("https://one.invalid/data/first.gz: no such host", error.Message);
        Assert.Contains("https://two.invalid/data/first.gz: found content with SHA-256", error.Message);
        Assert.Contains("--data", error.Message);
        Assert.Empty(FileNames(_folder.Path));
    }

    [Fact]
    public async Task Decompression_of_a_gzip_bomb_stops_at_the_expected_length()
    {
        MnistDownload download = Download((_, _) => Task.FromResult<Stream>(new MemoryStream(MnistFiles.Gzip(new byte[1_000_000]))));

        SampleException error = await Assert.ThrowsAsync<SampleException>(() => download.EnsureAsync());

        Assert.Contains("found more than 5000 bytes, expected 5000", error.Message);
    }

    [Fact]
    public async Task An_endless_response_is_aborted()
    {
        MnistDownload download = Download((_, _) => Task.FromResult<Stream>(new EndlessStream()));

        SampleException error = await Assert.ThrowsAsync<SampleException>(() => download.EnsureAsync());

        Assert.Contains("sends more than", error.Message);
        Assert.Empty(FileNames(_folder.Path));
    }

    [Fact]
    public async Task A_cancelled_download_leaves_no_file()
    {
        using CancellationTokenSource stop = new();
        MnistDownload download = Download((address, token) =>
        {
            stop.Cancel();
            token.ThrowIfCancellationRequested();
            return Content(address);
        });

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => download.EnsureAsync(cancellationToken: stop.Token));

        Assert.Empty(FileNames(_folder.Path));
    }

    [Fact]
    public async Task Each_download_is_reported()
    {
        List<string> lines = [];

        await Download(GoodMirror).EnsureAsync(lines.Add);

        Assert.Equal(["Downloading first.gz ...", "Downloading second.gz ..."], lines);
    }

    [Fact]
    public void The_cache_folder_follows_XDG_CACHE_HOME_if_it_is_an_absolute_path()
    {
        string root = Path.GetFullPath("/some/cache");

        Assert.Equal(Path.Combine(root, "targetprop", "mnist"), MnistDownload.DefaultFolder(_ => root));
        Assert.Equal(MnistDownload.DefaultFolder(_ => null), MnistDownload.DefaultFolder(_ => "not/a/full/path"));
        Assert.True(Path.IsPathFullyQualified(MnistDownload.DefaultFolder(_ => null)));
    }

    private static MnistFile Describe(string name, byte[] content) =>
        new(name, content.Length, Convert.ToHexStringLower(SHA256.HashData(content)));

    private static Task<Stream> Content(Uri address) =>
        Task.FromResult<Stream>(new MemoryStream(MnistFiles.Gzip(address.AbsolutePath.EndsWith("first.gz", StringComparison.Ordinal) ? First : Second)));

    private static string[] FileNames(string folder) => [.. Directory.GetFiles(folder).Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal)];

    private Task<Stream> GoodMirror(Uri address, CancellationToken cancellationToken)
    {
        _fetched.Add(address.ToString());
        return Content(address);
    }

    private MnistDownload Download(Fetch fetch) => new(_folder.Path, fetch, Files, Mirrors);

    private sealed class EndlessStream : MemoryStream
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            buffer.Span.Fill(1);
            return ValueTask.FromResult(buffer.Length);
        }
    }
}
