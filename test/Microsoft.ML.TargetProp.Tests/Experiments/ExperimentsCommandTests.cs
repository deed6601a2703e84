using System.CommandLine;
using Microsoft.ML.TargetProp.Samples;
using Microsoft.ML.TargetProp.Samples.Experiments.Host;
using Microsoft.ML.TargetProp.Tests.Supervised;

namespace Microsoft.ML.TargetProp.Tests.Experiments;

public class ExperimentsCommandTests
{
    [Fact]
    public void List_names_every_study_on_a_line()
    {
        (int code, string output, _) = Invoke(StudyCatalog.All, ["list"]);

        Assert.Equal(0, code);
        string[] names = [.. output.ReplaceLineEndings("\n").TrimEnd('\n').Split('\n').Select(line => line.Split(' ')[0])];
        Assert.Equal(StudyCatalog.All.Select(s => s.Name), names);
        Assert.All(["mnist-default", "paper-net", "augmentation", "tables"], name => Assert.Contains(name, names));
    }

    [Fact]
    public void Without_options_a_study_is_a_full_run_on_its_own_number_of_seeds()
    {
        StudyCommand command = Parse("coins");

        Assert.Equal("coins", command.Study.Name);
        Assert.Equal((2, false, false, null, 0), (command.Request.Seeds, command.Request.Quick, command.Request.Validate, command.Request.Data, command.Request.Settings.Count));
        Assert.Equal("artifacts/experiments", command.Output);
        Assert.Null(command.Document);
    }

    [Fact]
    public void Every_option_is_understood()
    {
        StudyCommand command = Parse("coins --seeds 5 --out there --validate --data here --set LearningRate=1e-3 --set HiddenUnits=2x64,10");

        Assert.Equal((5, true, "here", "there"), (command.Request.Seeds, command.Request.Validate, command.Request.Data, command.Output));
        Assert.Equal([new OptionSetting("LearningRate", "1e-3"), new OptionSetting("HiddenUnits", "2x64,10")], command.Request.Settings);
        Assert.Equal("docs/experiments/coins.md", Parse("coins --write").Document);
        Assert.Equal("other.md", Parse("coins --write other.md").Document);
    }

    [Fact]
    public void A_quick_run_has_one_seed_unless_told_otherwise()
    {
        Assert.Equal(1, Parse("coins --quick").Request.Seeds);
        Assert.Equal(4, Parse("coins --quick --seeds 4").Request.Seeds);
    }

    [Theory]
    [InlineData("cards", "cards")]
    [InlineData("coins --seeds 0", "--seeds takes a whole number from 1 to 1000, not '0'")]
    [InlineData("coins --set LearningRate=1e-3", "--set needs --validate")]
    [InlineData("coins --validate --set Colour=red", "no option 'Colour'")]
    [InlineData("coins --validate --set LearningRate=fast", "LearningRate cannot take 'fast'")]
    [InlineData("coins --validate --set LearningRate", "NAME=VALUE")]
    [InlineData("coins --write --quick", "--write takes full runs")]
    [InlineData("coins --write --validate", "--write takes full runs")]
    [InlineData("coins --colour", "--colour")]
    public void A_command_line_with_a_mistake_is_refused_with_exit_code_2(string arguments, string message)
    {
        (int code, _, string error) = Invoke([new CoinStudy()], arguments.Split(' '));

        Assert.Equal(2, code);
        Assert.Contains(message, error);
    }

    [Theory]
    [InlineData("coins --write", null, false)]
    [InlineData("coins --write", "", false)]
    [InlineData("coins --write --data here", null, true)]
    [InlineData("coins --write", "here", true)]
    [InlineData("coins", null, true)]
    public void A_study_of_MNIST_is_not_written_down_without_it(string arguments, string? variable, bool runs)
    {
        bool ran = false;

        (int code, _, string error) = Invoke([new CoinStudy { IsAboutMnist = true }], arguments.Split(' '), _ => ran = true, _ => variable);

        Assert.Equal(runs, ran);
        Assert.Equal(runs ? 0 : 2, code);
        Assert.Equal(!runs, error.Contains("--write needs MNIST", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("LearningRate", "0.5", "0.5")]
    [InlineData("MaxEpochs", "7", "7")]
    [InlineData("InputNoise", "0.25", "0.25")]
    [InlineData("FeatureEncoding", "None", "None")]
    [InlineData("Activation", "LeakyRelu", "LeakyRelu")]
    [InlineData("Feedback.Noise", "0.25", "0.25")]
    [InlineData("HiddenUnits", "3x20,10", "20,20,20,10")]
    [InlineData("HiddenUnits", "default", "default")]
    public void A_setting_sets_its_option_alone(string name, string value, string described)
    {
        TargetPropMulticlassTrainer.Options options = new();
        IReadOnlyDictionary<string, string> before = OptionSetting.Describe(options);

        new OptionSetting(name, value).ApplyTo(options);

        IReadOnlyDictionary<string, string> after = OptionSetting.Describe(options);
        Assert.Equal(described, after[name]);
        Assert.All(before.Where(o => o.Key != name), o => Assert.Equal(o.Value, after[o.Key]));
    }

    [Theory]
    [InlineData("Seed", "1")]
    [InlineData("EpochCallback", "x")]
    [InlineData("LabelColumnName", "x")]
    [InlineData("LearningRate", "default")]
    [InlineData("Activation", "Cubic")]
    [InlineData("HiddenUnits", "3x4x5")]
    public void An_impossible_setting_is_refused_with_its_name(string name, string value) =>
        Assert.Contains(name, Assert.Throws<SampleException>(() => new OptionSetting(name, value).ApplyTo(new TargetPropMulticlassTrainer.Options())).Message);

    private static StudyCommand Parse(string arguments)
    {
        StudyCommand? seen = null;
        (int code, _, string error) = Invoke([new CoinStudy()], arguments.Split(' '), command => seen = command);
        Assert.Equal("", error);
        Assert.Equal(0, code);
        return seen!;
    }

    private static (int Code, string Output, string Error) Invoke(IReadOnlyList<IStudy> studies, string[] args, Action<StudyCommand>? run = null, Func<string, string?>? environment = null)
    {
        using StringWriter output = new();
        using StringWriter error = new();
        int code = ExperimentsCommand.Invoke(
            studies,
            args,
            command =>
            {
                run?.Invoke(command);
                return 0;
            },
            new InvocationConfiguration { Output = output, Error = error },
            environment);
        return (code, output.ToString(), error.ToString());
    }
}
