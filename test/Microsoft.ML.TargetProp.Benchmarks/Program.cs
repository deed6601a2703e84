using System.CommandLine;
using Microsoft.ML.TargetProp.Benchmarks;
using Microsoft.ML.TargetProp.Benchmarks.Harness;
using Microsoft.ML.TargetProp.Benchmarks.Work;
using Microsoft.ML.TargetProp.Samples;
using Spectre.Console;

// This comes first, because the start-up measurement times this process.
if (args is [FirstPrediction.Command, ..])
{
    return FirstPrediction.Run(args[1..]);
}

if (args is [TableFit.Command, ..])
{
    return TableFit.Run(args[1..]);
}

const string DefaultDocument = "docs/performance.md";
Option<bool> quick = new("--quick") { Description = "Do little work in few rounds, as a smoke test. The figures are rough." };
Option<string[]> only = new("--only")
{
    Description = "Run only these measurements: " + string.Join(", ", TableCommand.All.Select(m => m.Name)),
    AllowMultipleArgumentsPerToken = true,
    HelpName = "name",
};
only.AcceptOnlyFromAmong([.. TableCommand.All.Select(m => m.Name)]);
Option<string?> data = new("--data")
{
    Description = $"Folder with MNIST for the comparison with other trainers. Default: the environment variable {Mnist.DataVariable}; without it, drawn digits.",
    HelpName = "folder",
};
Option<string> output = new("--out") { Description = "Folder for plots.", HelpName = "folder", DefaultValueFactory = _ => "artifacts/benchmarks" };
Option<string?> write = new("--write")
{
    Description = $"Also write the results to a document, by default {DefaultDocument}.",
    HelpName = "file",
    Arity = ArgumentArity.ZeroOrOne,
};
Command table = new("table", "Measure and print the table, and a line 'figure NAME VALUE' per headline figure.") { quick, only, data, output, write };
table.Validators.Add(result =>
{
    if (result.GetResult(write) is not null && result.GetValue(quick))
    {
        result.AddError("--write needs a full run. Leave out --quick or --write.");
    }
});
table.SetAction(arguments =>
{
    string[] names = arguments.GetValue(only) ?? [];
    string? document = arguments.GetResult(write) is null ? null : arguments.GetValue(write) ?? DefaultDocument;
    IReadOnlyList<IMeasurement> chosen = [.. TableCommand.All.Where(m => names.Length == 0 || names.Contains(m.Name))];
    return new TableCommand(AnsiConsole.Console, arguments.GetValue(output)!, document).Run(chosen, arguments.GetValue(quick), arguments.GetValue(data));
});
RootCommand root = new("Compares the speed of this library with its lower bound, the matrix products alone, and with other trainers.") { table };
return root.Parse(args).Invoke();
