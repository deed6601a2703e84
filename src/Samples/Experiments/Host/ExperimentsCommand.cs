using System.CommandLine;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using System.Globalization;

namespace Microsoft.ML.TargetProp.Samples.Experiments.Host;

// Inside the namespace, because there is a namespace Microsoft.ML.Command.
using Command = System.CommandLine.Command;

/// <summary>A parsed command line.</summary>
/// <param name="Study">The study to run.</param>
/// <param name="Request">The kind of run.</param>
/// <param name="Output">The folder below which each study has a folder of its own.</param>
/// <param name="Document">The document that receives the results, or null.</param>
internal sealed record StudyCommand(IStudy Study, StudyRequest Request, string Output, string? Document);

/// <summary>The command line: a command for each study, and <c>list</c>.</summary>
internal static class ExperimentsCommand
{
    private const string DefaultOutput = "artifacts/experiments";
    private const int MaxSeeds = 1000;

    /// <summary>Parses the command line and runs the command.</summary>
    /// <param name="studies">All studies.</param>
    /// <param name="args">The arguments of the program.</param>
    /// <param name="run">Runs a study and returns the exit code.</param>
    /// <param name="configuration">Receives lists, help and errors.</param>
    /// <param name="environment">Returns an environment variable; null for those of the process.</param>
    /// <returns>The exit code: that of the study, 0 after a list or help, 2 after a parse error.</returns>
    public static int Invoke(
        IReadOnlyList<IStudy> studies, string[] args, Func<StudyCommand, int> run, InvocationConfiguration configuration, Func<string, string?>? environment = null)
    {
        ParseResult result = Create(studies, run, environment ?? Environment.GetEnvironmentVariable).Parse(args);
        if (result.Action is not ParseErrorAction)
        {
            return result.Invoke(configuration);
        }

        // The default action also prints the whole help, which pushes the error out of sight.
        foreach (ParseError error in result.Errors)
        {
            configuration.Error.WriteLine(error.Message);
        }

        configuration.Error.WriteLine("'list' names the studies, --help the options.");
        return 2;
    }

    private static RootCommand Create(IReadOnlyList<IStudy> studies, Func<StudyCommand, int> run, Func<string, string?> environment)
    {
        RootCommand root = new("Runs the studies of target propagation: each prints a Markdown table and its headline figures, and writes plots and results.");
        Command list = new("list", "Name the studies.");
        list.SetAction(arguments =>
        {
            int width = studies.Max(s => s.Name.Length);
            foreach (IStudy study in studies)
            {
                arguments.InvocationConfiguration.Output.WriteLine($"{study.Name.PadRight(width)}  {study.Summary}");
            }
        });
        root.Add(list);
        foreach (IStudy study in studies)
        {
            root.Add(CommandOf(study, run, environment));
        }

        return root;
    }

    private static Command CommandOf(IStudy study, Func<StudyCommand, int> run, Func<string, string?> environment)
    {
        Option<bool> quick = new("--quick") { Description = "Few rows and few epochs, to check that the study runs. The figures say nothing about accuracy." };
        Option<int?> seeds = new("--seeds")
        {
            Description = $"Number of seeds, from 1 on. Without it {study.DefaultSeeds}, or 1 with --quick.",
            HelpName = "number",
            CustomParser = ParseSeeds,
        };
        Option<string> output = new("--out")
        {
            Description = "Folder for results; each study has a folder of its own in it. Trials with a result in it are not run again.",
            HelpName = "folder",
            DefaultValueFactory = _ => DefaultOutput,
        };
        Option<bool> validate = new("--validate")
        {
            Description = "Measure on held-out training rows instead of the test set. Make every choice this way.",
        };
        Option<string?> data = new("--data")
        {
            Description = $"Folder with mnist/ (the four MNIST files) and tables/ (the public tables), or one of these two. Without it the environment variable {Mnist.DataVariable} is read.",
            HelpName = "folder",
        };
        Option<OptionSetting[]> set = new("--set")
        {
            Description = "An option of the trainer for this run, such as LearningRate=0.001 or HiddenUnits=7x240; only with --validate. Repeat it for more options.",
            HelpName = "name=value",
            CustomParser = ParseSettings,
        };
        Option<string?> write = new("--write")
        {
            Description = $"Write the results into a document as well; without a name into the page of the study, {ReportWriter.PageOf(study)}.",
            HelpName = "file",
            Arity = ArgumentArity.ZeroOrOne,
        };
        Command command = new(study.Name, study.Summary) { quick, seeds, output, validate, data, set, write };
        command.Validators.Add(result =>
        {
            if (result.GetResult(set) is not null && !result.GetValue(validate))
            {
                result.AddError("--set needs --validate: choices are made on held-out rows, not on the test set.");
            }

            if (result.GetResult(write) is not null && (result.GetValue(quick) || result.GetValue(validate)))
            {
                result.AddError("--write takes full runs on the test set only, without --quick and --validate.");
            }

            if (result.GetResult(write) is not null && study.IsAboutMnist && result.GetValue(data) is null && string.IsNullOrEmpty(environment(Mnist.DataVariable)))
            {
                result.AddError($"--write needs MNIST for this study: name its folder with --data or {Mnist.DataVariable}. Results on digits drawn by code do not belong in the documentation.");
            }
        });
        command.SetAction(arguments => run(new StudyCommand(
            study,
            new StudyRequest
            {
                Seeds = arguments.GetValue(seeds) ?? (arguments.GetValue(quick) ? 1 : study.DefaultSeeds),
                Quick = arguments.GetValue(quick),
                Validate = arguments.GetValue(validate),
                Data = arguments.GetValue(data),
                Settings = arguments.GetValue(set) ?? [],
            },
            arguments.GetValue(output)!,
            arguments.GetResult(write) is null ? null : arguments.GetValue(write) ?? ReportWriter.PageOf(study))));
        return command;
    }

    private static int? ParseSeeds(ArgumentResult result)
    {
        string text = result.Tokens.Single().Value;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int seeds) && seeds is >= 1 and <= MaxSeeds)
        {
            return seeds;
        }

        result.AddError($"--seeds takes a whole number from 1 to {MaxSeeds}, not '{text}'.");
        return null;
    }

    private static OptionSetting[]? ParseSettings(ArgumentResult result)
    {
        try
        {
            return [.. result.Tokens.Select(token => OptionSetting.Parse(token.Value))];
        }
        catch (SampleException e)
        {
            result.AddError(e.Message);
            return null;
        }
    }
}
