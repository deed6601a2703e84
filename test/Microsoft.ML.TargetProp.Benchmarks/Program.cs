using System.CommandLine;
using Microsoft.ML.TargetProp.Benchmarks;
using Microsoft.ML.TargetProp.Benchmarks.Harness;
using Microsoft.ML.TargetProp.Benchmarks.Work;
using Microsoft.ML.TargetProp.Samples;
using Spectre.Console;

// Before anything else: such a process is timed from its start.
if (args is [FirstPrediction.Command, ..])
{
    return FirstPrediction.Run(args[1..]);
}

const string DefaultDocument = "docs/performance.md";
Option<bool> quick = new("--quick") { Description = "Little work and few rounds, to see that all is well. The figures are rough." };
Option<string[]> only = new("--only")
{
    Description = "Make some of the measurements alone: " + string.Join(", ", TableCommand.All.Select(m => m.Name)),
    AllowMultipleArgumentsPerToken = true,
    HelpName = "name",
};
only.AcceptOnlyFromAmong([.. TableCommand.All.Select(m => m.Name)]);
Option<string?> data = new("--data")
{
    Description = $"Folder with MNIST for the comparison with other trainers. Without it {Mnist.DataVariable} is looked at, and without that digits are drawn.",
    HelpName = "folder",
};
Option<string> output = new("--out") { Description = "Folder for plots.", HelpName = "folder", DefaultValueFactory = _ => "artifacts/benchmarks" };
Option<string?> write = new("--write")
{
    Description = $"Write the results into a document as well, {DefaultDocument} where none is named.",
    HelpName = "file",
    Arity = ArgumentArity.ZeroOrOne,
};
Command table = new("table", "Measure and print the table, with a line 'figure NAME VALUE' for each headline figure.") { quick, only, data, output, write };
table.Validators.Add(result =>
{
    if (result.GetResult(write) is not null && result.GetValue(quick))
    {
        result.AddError("--write takes full runs only, without --quick.");
    }
});
table.SetAction(arguments =>
{
    string[] names = arguments.GetValue(only) ?? [];
    string? document = arguments.GetResult(write) is null ? null : arguments.GetValue(write) ?? DefaultDocument;
    IReadOnlyList<IMeasurement> chosen = [.. TableCommand.All.Where(m => names.Length == 0 || names.Contains(m.Name))];
    return new TableCommand(AnsiConsole.Console, arguments.GetValue(output)!, document).Run(chosen, arguments.GetValue(quick), arguments.GetValue(data));
});
RootCommand root = new("Measures the speed of this library against what bounds it, and against its peers.") { table };
return root.Parse(args).Invoke();
