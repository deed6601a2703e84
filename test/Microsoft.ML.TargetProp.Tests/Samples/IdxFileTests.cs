using Microsoft.ML.TargetProp.Samples;
using Microsoft.ML.TargetProp.Tests.Packaging;

namespace Microsoft.ML.TargetProp.Tests.Samples;

public sealed class IdxFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Images_and_labels_are_read_with_and_without_compression(bool gzip)
    {
        byte[] images = IdxFile.ReadImages(Write(MnistFiles.Images(3), gzip));
        byte[] labels = IdxFile.ReadLabels(Write(MnistFiles.Labels(12), gzip));

        Assert.Equal(3 * 784, images.Length);
        Assert.Equal([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1], labels);
        Assert.Equal(9, images[9]);
    }

    [Fact]
    public void The_message_for_a_wrong_file_says_what_was_found_and_expected()
    {
        string path = Write(MnistFiles.Images(1, magic: 0x12345678));

        string message = Error(() => IdxFile.ReadImages(path));

        Assert.Contains(path, message);
        Assert.Contains("0x12345678", message);
        Assert.Contains("0x00000803", message);
    }

    [Fact]
    public void Labels_in_place_of_images_are_recognised()
    {
        // With 8 labels the file is as long as the header of an image file, so the type is what fails.
        string message = Error(() => IdxFile.ReadImages(Write(MnistFiles.Labels(8))));

        Assert.Contains("file of labels", message);
    }

    [Fact]
    public void Images_in_place_of_labels_are_recognised() =>
        Assert.Contains("file of images", Error(() => IdxFile.ReadLabels(Write(MnistFiles.Images(1)))));

    [Fact]
    public void An_empty_file_gives_a_message() =>
        Assert.Contains("found only 0 bytes", Error(() => IdxFile.ReadImages(Write([]))));

    [Fact]
    public void The_message_for_a_truncated_file_has_both_lengths()
    {
        string message = Error(() => IdxFile.ReadImages(Write(MnistFiles.Images(2, body: 1000))));

        Assert.Contains("found 1000 bytes", message);
        Assert.Contains("expected 1568 (2 pictures)", message);
    }

    [Fact]
    public void Bytes_after_the_last_picture_give_a_message() =>
        Assert.Contains("more bytes", Error(() => IdxFile.ReadImages(Write(MnistFiles.Images(2, body: (2 * 784) + 1)))));

    [Fact]
    public void Pictures_of_another_size_are_rejected() =>
        Assert.Contains("32 x 32", Error(() => IdxFile.ReadImages(Write(MnistFiles.Images(1, side: 32)))));

    [Fact]
    public void An_implausible_count_is_rejected_before_memory_is_allocated() =>
        Assert.Contains("2147483647", Error(() => IdxFile.ReadImages(Write(MnistFiles.Images(int.MaxValue, body: 10)))));

    [Fact]
    public void A_label_above_9_is_rejected()
    {
        byte[] content = MnistFiles.Labels(5);
        content[8 + 3] = 11;

        Assert.Contains("label 11 at position 3", Error(() => IdxFile.ReadLabels(Write(content))));
    }

    [Theory]
    [InlineData(40)]
    [InlineData(11)]
    public void A_truncated_gzip_file_is_rejected(int length)
    {
        string path = Write(MnistFiles.Gzip(MnistFiles.Images(4))[..length]);

        Assert.Contains(path, Error(() => IdxFile.ReadImages(path)));
    }

    [Fact]
    public void Damaged_gzip_data_gives_a_message()
    {
        byte[] content = MnistFiles.Gzip(MnistFiles.Images(4));

        // The block type in the first byte of the compressed data is set to 3, which is invalid.
        content[10] = 0x07;

        Assert.Contains("damaged gzip data", Error(() => IdxFile.ReadImages(Write(content))));
    }

    private static string Error(Action read) => Assert.Throws<SampleException>(read).Message;

    private string Write(byte[] content, bool gzip = false)
    {
        string path = _folder[$"{Guid.NewGuid():n}.idx"];
        File.WriteAllBytes(path, gzip ? MnistFiles.Gzip(content) : content);
        return path;
    }
}
