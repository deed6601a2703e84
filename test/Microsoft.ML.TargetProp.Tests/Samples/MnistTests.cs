using System.Security.Cryptography;
using Microsoft.ML.TargetProp.Samples;
using Microsoft.ML.TargetProp.Tests.Packaging;

namespace Microsoft.ML.TargetProp.Tests.Samples;

public sealed class MnistTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Without_option_and_variable_there_is_no_folder()
    {
        Assert.Null(Mnist.FindFolder(null, _ => null));
        Assert.Null(Mnist.FindFolder(null, _ => ""));
    }

    [Fact]
    public void The_files_may_be_in_the_folder_or_in_its_subfolder_mnist()
    {
        MnistFiles.WriteAll(_folder["mnist"]);

        Assert.Equal(_folder["mnist"], Mnist.FindFolder(_folder["mnist"]));
        Assert.Equal(_folder["mnist"], Mnist.FindFolder(_folder.Path));
        Assert.Equal(_folder["mnist"], Mnist.FindFolder(null, name => name == "TARGETPROP_DATA" ? _folder.Path : null));
    }

    [Fact]
    public void The_option_takes_precedence_over_the_variable()
    {
        MnistFiles.WriteAll(_folder["a"]);

        Assert.Equal(_folder["a"], Mnist.FindFolder(_folder["a"], _ => "/no/such/folder"));
    }

    [Fact]
    public void The_message_for_a_wrong_path_says_what_was_expected_and_what_to_do()
    {
        string message = Error(() => Mnist.FindFolder(_folder["nowhere"]));

        Assert.Contains(_folder["nowhere"], message);
        Assert.Contains("--data", message);
        Assert.Contains("there is no such folder", message);
        Assert.Contains("train-images-idx3-ubyte", message);
        Assert.Contains("--download", message);
    }

    [Fact]
    public void The_message_for_a_wrong_variable_names_the_variable() =>
        Assert.Contains("TARGETPROP_DATA", Error(() => Mnist.FindFolder(null, _ => _folder["nowhere"])));

    [Fact]
    public void A_file_in_place_of_a_folder_gives_a_message()
    {
        File.WriteAllText(_folder["file"], "");

        Assert.Contains("it is a file", Error(() => Mnist.FindFolder(_folder["file"])));
    }

    [Fact]
    public void An_empty_option_gives_a_message() => Assert.Contains("--data is empty", Error(() => Mnist.FindFolder(" ")));

    [Fact]
    public void The_message_names_a_missing_file()
    {
        MnistFiles.WriteAll(_folder["mnist"]);
        File.Delete(Path.Combine(_folder["mnist"], "t10k-labels-idx1-ubyte.gz"));

        Assert.Contains("mnist lacks t10k-labels-idx1-ubyte.", Error(() => Mnist.FindFolder(_folder.Path)));
    }

    [Fact]
    public void The_training_set_and_the_test_set_are_loaded()
    {
        MnistFiles.WriteAll(_folder.Path, train: 12, test: 5);

        DigitData data = Mnist.Load(_folder.Path);

        Assert.Equal(12, data.Train.Count);
        Assert.Equal(5, data.Test.Count);
        Assert.Equal("4", data.Test.LabelName(4));
    }

    [Fact]
    public void Different_numbers_of_pictures_and_labels_give_a_message()
    {
        MnistFiles.WriteAll(_folder.Path, train: 4);
        File.WriteAllBytes(Path.Combine(_folder.Path, "train-labels-idx1-ubyte.gz"), MnistFiles.Gzip(MnistFiles.Labels(3)));

        Assert.Contains("found 3 labels, expected 4", Error(() => Mnist.Load(_folder.Path)));
    }

    [MnistFact]
    public void The_MNIST_files_have_the_published_counts_and_content()
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
