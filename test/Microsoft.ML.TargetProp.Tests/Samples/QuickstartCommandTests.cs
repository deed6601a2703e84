using System.CommandLine;
using Microsoft.ML.TargetProp.Samples.Quickstart;

namespace Microsoft.ML.TargetProp.Tests.Samples;

public class QuickstartCommandTests
{
    [Fact]
    public async Task Without_arguments_every_option_has_its_default()
    {
        QuickstartOptions options = await Parse();

        Assert.Equal(new QuickstartOptions(), options);
        Assert.Null(options.HiddenUnits);
    }

    [Fact]
    public async Task Every_option_is_parsed()
    {
        QuickstartOptions options =
            await Parse("--data", "some/folder", "--out", "there", "--seed", "-7", "--epochs", "30", "--quick", "--compare");

        Assert.Equal(
            new QuickstartOptions { Data = "some/folder", Output = "there", Seed = -7, Epochs = 30, Quick = true, Compare = true },
            options);
        Assert.True((await Parse("--download")).Download);
    }

    [Theory]
    [InlineData("500", new[] { 500 })]
    [InlineData("500,300", new[] { 500, 300 })]
    [InlineData("3x500", new[] { 500, 500, 500 })]
    [InlineData("2x64,10", new[] { 64, 64, 10 })]
    public async Task Hidden_layers_are_given_as_a_list_or_as_a_count(string text, int[] layers) =>
        Assert.Equal(layers, (await Parse("--hidden", text)).HiddenUnits);

    [Theory]
    [InlineData("--hidden 0", "--hidden takes 1 to 50 layers of 1 to 10000 units, not '0'")]
    [InlineData("--hidden 3x", "--hidden takes 1 to 50 layers of 1 to 10000 units, not '3x'")]
    [InlineData("--hidden 2x3x4", "--hidden takes 1 to 50 layers of 1 to 10000 units, not '2x3x4'")]
    [InlineData("--hidden 51x10", "1 to 50 layers")]
    [InlineData("--hidden 30x10,30x10", "1 to 50 layers")]
    [InlineData("--epochs 0", "--epochs takes a whole number from 1 to 10000, not '0'")]
    [InlineData("--epochs many", "--epochs takes a whole number from 1 to 10000, not 'many'")]
    [InlineData("--seed 1.5", "--seed takes a whole number")]
    [InlineData("--data", "--data")]
    [InlineData("--data here --download", "Use either --data or --download")]
    [InlineData("--colour", "--colour")]
    public async Task An_invalid_command_line_gives_a_message_and_exit_code_2(string arguments, string message)
    {
        (int code, string output, string error) = await Invoke(arguments.Split(' '));

        Assert.Equal(2, code);
        Assert.Contains(message, error);
        Assert.Contains("--help", error);
        Assert.Empty(output);
    }

    [Fact]
    public async Task Help_explains_every_option_and_gives_examples()
    {
        (int code, string output, _) = await Invoke(["--help"]);

        Assert.Equal(0, code);
        Assert.All(
            ["--data", "--download", "--out", "--seed", "--epochs", "--hidden", "--quick", "--compare", "TARGETPROP_DATA", "Examples:", "test error: X.XX %"],
            text => Assert.Contains(text, output));
    }

    private static async Task<QuickstartOptions> Parse(params string[] arguments)
    {
        QuickstartOptions? seen = null;
        (int code, _, string error) = await Invoke(arguments, options => seen = options);
        Assert.Equal("", error);
        Assert.Equal(0, code);
        return seen!;
    }

    private static async Task<(int Code, string Output, string Error)> Invoke(string[] arguments, Action<QuickstartOptions>? run = null)
    {
        using StringWriter output = new();
        using StringWriter error = new();
        int code = await QuickstartCommand.InvokeAsync(
            arguments,
            (options, _) =>
            {
                run?.Invoke(options);
                return Task.FromResult(0);
            },
            new InvocationConfiguration { Output = output, Error = error },
            CancellationToken.None);
        return (code, output.ToString(), error.ToString());
    }
}
