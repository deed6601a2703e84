using System.Security.Cryptography;
using Microsoft.ML.TargetProp.Samples;
using Microsoft.ML.TargetProp.Tests.Packaging;

namespace Microsoft.ML.TargetProp.Tests.Samples;

public sealed class MnistTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Without_an_option_and_a_variable_there_is_no_folder()
    {
        Assert.Null(Mnist.FindFolder(null, _ => null));
        Assert.Null(Mnist.FindFolder(null, _ => ""));
    }

    [Fact]
    public void A_folder_is_found_that_holds_the_files_or_has_them_in_mnist()
    {
        MnistFiles.WriteAll(_folder["mnist"]);

        Assert.Equal(_folder["mnist"], Mnist.FindFolder(_folder["mnist"]));
        Assert.Equal(_folder["mnist"], Mnist.FindFolder(_folder.Path));
        Assert.Equal(_folder["mnist"], Mnist.FindFolder(null, name => name == "TARGETPROP_DATA" ? _folder.Path : null));
    }

    [Fact]
    public void The_option_comes_before_the_variable()
    {
        MnistFiles.WriteAll(_folder["a"]);

        Assert.Equal(_folder["a"], Mnist.FindFolder(_folder["a"], _ => "/no/such/folder"));
    }

    [Fact]
    public void A_wrong_path_says_what_was_looked_for_and_what_to_do()
    {
        string message = Error(() => Mnist.FindFolder(_folder["nowhere"]));

        Assert.Contains(_folder["nowhere"], message);
        Assert.Contains("--data", message);
        Assert.Contains("there is no such folder", message);
        Assert.Contains("train-images-idx3-ubyte", message);
        Assert.Contains("--download", message);
    }

    [Fact]
    public void A_wrong_variable_is_named() =>
        Assert.Contains("TARGETPROP_DATA", Error(() => Mnist.FindFolder(null, _ => _folder["nowhere"])));

    [Fact]
    public void A_file_is_no_folder()
    {
        File.WriteAllText(_folder["file"], "");

        Assert.Contains("it is a file", Error(() => Mnist.FindFolder(_folder["file"])));
    }

    [Fact]
    public void An_empty_option_is_told() => Assert.Contains("--data names no folder", Error(() => Mnist.FindFolder(" ")));

    [Fact]
    public void A_missing_file_is_named()
    {
        MnistFiles.WriteAll(_folder["mnist"]);
        File.Delete(Path.Combine(_folder["mnist"], "t10k-labels-idx1-ubyte.gz"));

        Assert.Contains("mnist lacks t10k-labels-idx1-ubyte.", Error(() => Mnist.FindFolder(_folder.Path)));
    }

    [Fact]
    public void Both_parts_are_loaded()
    {
        MnistFiles.WriteAll(_folder.Path, train: 12, test: 5);

        DigitData data = Mnist.Load(_folder.Path);

        Assert.Equal(12, data.Train.Count);
        Assert.Equal(5, data.Test.Count);
        Assert.Equal("4", data.Test.LabelName(4));
    }

    [Fact]
    public void Counts_that_do_not_match_are_told()
    {
        MnistFiles.WriteAll(_folder.Path, train: 4);
        File.WriteAllBytes(Path.Combine(_folder.Path, "train-labels-idx1-ubyte.gz"), MnistFiles.Gzip(MnistFiles.Labels(3)));

        Assert.Contains("found 3 labels, expected 4", Error(() => Mnist.Load(_folder.Path)));
    }

    [MnistFact]
    public void The_real_files_hold_the_published_counts_and_content()
    {
        string folder = Mnist.FindFolder(null)!;

        DigitData data = Mnist.Load(folder);

        Assert.Equal(60_000, data.Train.Count);
        Assert.Equal(10_000, data.Test.Count);
        Assert.Equal([5, 0, 4, 1, 9], data.Train.Labels[..5].ToArray());
        Assert.Equal([7, 2, 1, 0, 4], data.Test.Labels[..5].ToArray());
        foreach (MnistFile file in MnistDownload.Files)
        {
            using Stream content = IdxFile.Open(Mnist.FindFile(folder, file.Name)!);
            Assert.Equal(file.Sha256, Convert.ToHexStringLower(SHA256.HashData(content)));
        }
    }

    private static string Error(Action action) => Assert.Throws<SampleException>(action).Message;
}
