using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using System.Globalization;

namespace Microsoft.ML.TargetProp.Samples;

/// <summary>The parts that the command lines of the samples share.</summary>
public static class SampleCommand
{
    /// <summary>The option --data, the folder with MNIST.</summary>
    public static Option<string?> DataOption() => new("--data")
    {
        Description = "Folder with the four MNIST files, or with a subfolder mnist/ that holds them. "
            + $"Default: the environment variable {Mnist.DataVariable}.",
        HelpName = "folder",
    };

    /// <summary>The option --seed.</summary>
    public static Option<int> SeedOption() => new("--seed")
    {
        Description = "Seed of all random numbers. On one machine, the same seed gives the same model.",
        HelpName = "number",
        DefaultValueFactory = _ => 1,
        CustomParser = result => ParseNumber(result, "--seed", int.MinValue, int.MaxValue) ?? 0,
    };

    /// <summary>Parses a whole number. Adds an error with the allowed range if the text is not one.</summary>
    /// <param name="result">The argument of the option.</param>
    /// <param name="option">The name of the option.</param>
    /// <param name="least">The smallest allowed number.</param>
    /// <param name="most">The largest allowed number.</param>
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

    /// <summary>Parses the command line and runs the command.</summary>
    /// <param name="command">The command.</param>
    /// <param name="examples">Text that --help prints below the options.</param>
    /// <param name="args">The arguments of the program.</param>
    /// <param name="configuration">Receives the help and the errors.</param>
    /// <param name="cancellationToken">Passed to the command.</param>
    /// <returns>The exit code of the command; 0 after help; 2 for an invalid command line.</returns>
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

        // System.CommandLine prints the whole help after an error, which scrolls the error away.
        foreach (ParseError error in result.Errors)
        {
            await configuration.Error.WriteLineAsync(error.Message).ConfigureAwait(false);
        }

        await configuration.Error.WriteLineAsync("See --help for all options.").ConfigureAwait(false);
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
