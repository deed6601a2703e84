using System.CommandLine;
using Microsoft.ML.TargetProp.Samples.InpaintingStudio;

namespace Microsoft.ML.TargetProp.Tests.Samples;

public class StudioCommandTests
{
    [Fact]
    public async Task Without_arguments_every_option_has_its_default() => Assert.Equal(new StudioOptions(), await Parse());

    [Fact]
    public async Task Every_option_is_parsed()
    {
        Assert.Equal(
            new StudioOptions { Data = "some/folder", Rows = 500, Output = "there", Seed = -7, Save = "here.zip", Quick = true },
            await Parse("--data", "some/folder", "--rows", "500", "--out", "there", "--seed", "-7", "--save", "here.zip", "--quick"));
        Assert.Equal("old.zip", (await Parse("--model", "old.zip")).Model);
    }

    [Theory]
    [InlineData("--rows 99", "--rows takes a whole number from 100 to 1000000, not '99'")]
    [InlineData("--rows many", "--rows takes a whole number")]
    [InlineData("--seed 1.5", "--seed takes a whole number")]
    [InlineData("--out", "--out")]
    [InlineData("--model a.zip --save b.zip", "Use either --model or --save")]
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
    public async Task Help_lists_every_option_and_every_output_file()
    {
        (int code, string output, _) = await Invoke(["--help"]);

        Assert.Equal(0, code);
        Assert.All(
            [
                "--data", "--rows", "--out", "--seed", "--model", "--save", "--quick", "TARGETPROP_DATA", "Examples:",
                "figure.png", "inpainting-steps.png", "inpainting.html", "denoised.png", "inpainting.zip",
            ],
            text => Assert.Contains(text, output));
    }

    private static async Task<StudioOptions> Parse(params string[] arguments)
    {
        StudioOptions? seen = null;
        (int code, _, string error) = await Invoke(arguments, options => seen = options);
        Assert.Equal("", error);
        Assert.Equal(0, code);
        return seen!;
    }

    private static async Task<(int Code, string Output, string Error)> Invoke(string[] arguments, Action<StudioOptions>? run = null)
    {
        using StringWriter output = new();
        using StringWriter error = new();
        int code = await StudioCommand.InvokeAsync(
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
