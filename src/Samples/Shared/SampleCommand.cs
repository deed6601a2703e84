using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using System.Globalization;

namespace Microsoft.ML.TargetProp.Samples;

/// <summary>What the command lines of the programs have in common.</summary>
public static class SampleCommand
{
    /// <summary>--data, the folder with MNIST.</summary>
    public static Option<string?> DataOption() => new("--data")
    {
        Description = "Folder with the four MNIST files, or with mnist/ in it. "
            + $"Without it the environment variable {Mnist.DataVariable} is looked at.",
        HelpName = "folder",
    };

    /// <summary>--seed, of everything random.</summary>
    public static Option<int> SeedOption() => new("--seed")
    {
        Description = "Seed of everything random: same seed, same machine, same model.",
        HelpName = "number",
        DefaultValueFactory = _ => 1,
        CustomParser = result => ParseNumber(result, "--seed", int.MinValue, int.MaxValue) ?? 0,
    };

    /// <summary>Reads a whole number, and says what is allowed where there is none.</summary>
    /// <param name="result">What was written after the option.</param>
    /// <param name="option">The option's name.</param>
    /// <param name="least">The smallest number allowed.</param>
    /// <param name="most">The largest.</param>
    public static int? ParseNumber(ArgumentResult result, string option, int least, int most)
    {
        ArgumentNullException.ThrowIfNull(result);
        string text = result.Tokens.Single().Value;
        if (int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int value) && value >= least && value <= most)
        {
            return value;
        }

        result.AddError($"{option} takes a whole number from {least} to {most}, not '{text}'.");
        return null;
    }

    /// <summary>Reads the command line and does what it asks for.</summary>
    /// <param name="command">The command.</param>
    /// <param name="examples">What --help prints below the options.</param>
    /// <param name="args">The arguments of the program.</param>
    /// <param name="configuration">Where help and errors are written.</param>
    /// <param name="cancellationToken">Handed to the job.</param>
    /// <returns>The exit code: the job's own, 0 after help, 2 where the command line cannot be understood.</returns>
    public static async Task<int> InvokeAsync(
        RootCommand command, string examples, string[] args, InvocationConfiguration configuration, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(command);
        ArgumentNullException.ThrowIfNull(configuration);
        HelpOption help = command.Options.OfType<HelpOption>().Single();
        help.Action = new HelpWithExamples((HelpAction)help.Action!, examples);
        ParseResult result = command.Parse(args);
        if (result.Action is not ParseErrorAction)
        {
            return await result.InvokeAsync(configuration, cancellationToken).ConfigureAwait(false);
        }

        // The library would print the whole help as well, and push the error out of sight.
        foreach (ParseError error in result.Errors)
        {
            await configuration.Error.WriteLineAsync(error.Message).ConfigureAwait(false);
        }

        await configuration.Error.WriteLineAsync("--help lists the options.").ConfigureAwait(false);
        return 2;
    }

    private sealed class HelpWithExamples(HelpAction inner, string examples) : SynchronousCommandLineAction
    {
        public override int Invoke(ParseResult parseResult)
        {
            int code = inner.Invoke(parseResult);
            parseResult.InvocationConfiguration.Output.WriteLine(examples);
            return code;
        }
    }
}
