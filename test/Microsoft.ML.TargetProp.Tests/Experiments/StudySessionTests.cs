using Microsoft.ML.TargetProp.Samples.Experiments.Host;
using Microsoft.ML.TargetProp.Tests.Packaging;
using Spectre.Console;

namespace Microsoft.ML.TargetProp.Tests.Experiments;

/// <summary>A study from the plan to the files: the trials that run, the results that are stored, and the report.</summary>
public sealed class StudySessionTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly CoinStudy _study = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Every_trial_runs_once_and_the_figure_is_the_last_line()
    {
        (int code, string output, string error) = Run(seeds: 3);

        Assert.Equal("", error);
        Assert.Equal(0, code);
        Assert.Equal(["first/1", "second/1", "first/2", "second/2", "first/3", "second/3"], _study.Ran);
        string[] lines = Lines(output);
        Assert.Equal("figure heads 0.66667", lines[^1]);
        Assert.Contains("| first  | 0.7 ± 0.6 |", lines);
        Assert.Contains("[6/6] second, seed 3", lines);
        Assert.DoesNotContain('\e', output);
    }

    [Fact]
    public void A_second_run_measures_nothing_and_says_the_same()
    {
        string[] first = Lines(Run(seeds: 2).Output);
        string[] second = Lines(Run(seeds: 2).Output);

        Assert.Equal(4, _study.Ran.Count);
        Assert.Equal("4 trials, 4 of them finished before", second[0]);
        Assert.Equal(first.SkipWhile(l => l != "Coins"), second.SkipWhile(l => l != "Coins"));
    }

    [Fact]
    public void More_seeds_run_the_new_ones_alone()
    {
        Run(seeds: 1);
        Run(seeds: 2);

        Assert.Equal(["first/1", "second/1", "first/2", "second/2"], _study.Ran);
    }

    [Fact]
    public void A_changed_option_measures_again_and_keeps_the_old_results()
    {
        Run(seeds: 1);
        _study.Metal = "silver";
        Run(seeds: 1);
        _study.Metal = "copper";
        Run(seeds: 1);

        Assert.Equal(4, _study.Ran.Count);
        Assert.Equal(["copper", "copper", "silver", "silver"], Store().Results.Select(r => r.Options["metal"]));
    }

    [Fact]
    public void A_quick_run_and_a_validation_have_folders_of_their_own()
    {
        Run(new StudyRequest { Seeds = 1, Quick = true });
        Run(new StudyRequest { Seeds = 1, Validate = true });
        Run(new StudyRequest { Seeds = 1 });

        Assert.Equal(6, _study.Ran.Count);
        Assert.Equal(
            ["coins", "coins-quick", "coins-validate"],
            Directory.GetDirectories(_folder["out"]).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Results_from_before_an_interruption_are_stored()
    {
        using CancellationTokenSource stop = new();
        _study.BeforeTrial = trial =>
        {
            if (trial is { Configuration: "second", Seed: 1 })
            {
                stop.Cancel();
            }
        };
        (int code, _, string error) = Run(new StudyRequest { Seeds = 2 }, cancellationToken: stop.Token);

        Assert.Equal(130, code);
        Assert.StartsWith("Stopped.", error);
        Assert.Equal(["first/1", "second/1"], _study.Ran);

        _study.BeforeTrial = null;
        Assert.Equal(0, Run(seeds: 2).Code);
        Assert.Equal(["first/1", "second/1", "first/2", "second/2"], _study.Ran);
    }

    [Fact]
    public void Results_survive_the_file_bit_for_bit()
    {
        Run(seeds: 1);

        TrialResult result = Store().Results[0];
        Assert.Equal(("first", 1), (result.Configuration, result.Seed));
        Assert.Equal("copper", result.Options["metal"]);
        Assert.Equal(1.0 / 3, result.Figures["third"]);
        Assert.Equal(double.PositiveInfinity, result.Figures["infinite"]);
        Assert.Equal([0, 1, double.NaN], result.Series["height"]);
    }

    [Fact]
    public void A_result_holds_the_seconds_that_its_trial_took_and_the_time_of_its_end()
    {
        _study.BeforeTrial = trial => Thread.Sleep(trial.Configuration == "first" ? 200 : 0);
        DateTimeOffset begin = DateTimeOffset.UtcNow;
        Run(seeds: 1);
        DateTimeOffset end = DateTimeOffset.UtcNow;

        TrialResult[] results = [.. Store().Results];
        // A sleep may end a little early by the other clock.
        Assert.InRange(results[0].Seconds, 0.19, (end - begin).TotalSeconds);
        Assert.InRange(results[1].Seconds, 0, (end - begin).TotalSeconds - results[0].Seconds);
        Assert.InRange(results[0].Finished, begin.AddSeconds(0.19), end);
        Assert.InRange(results[1].Finished, results[0].Finished, end);
    }

    [Fact]
    public void Report_and_plots_are_written()
    {
        Run(seeds: 1);

        string report = File.ReadAllText(Path.Combine(_folder["out"], "coins", "report.md"));
        Assert.Contains("# Coins", report);
        Assert.Contains("| coin   | heads |", report);
        Assert.Contains("![Height against time](height.png)", report);
        Assert.Contains("figure heads 1", report);
        byte[] png = File.ReadAllBytes(Path.Combine(_folder["out"], "coins", "height.png"));
        Assert.Equal([0x89, 0x50, 0x4E, 0x47], png[..4]);
        Assert.Contains("<svg", File.ReadAllText(Path.Combine(_folder["out"], "coins", "height.svg")));
    }

    [Fact]
    public void A_document_receives_its_section_and_pictures()
    {
        string document = Path.Combine(Directory.CreateDirectory(_folder["docs"]).FullName, "coins.md");
        File.WriteAllText(document, "# By hand\n\n<!-- begin coins -->\n<!-- end coins -->\n\nThe end.\n");

        Run(new StudyRequest { Seeds = 1 }, document: document);

        string text = File.ReadAllText(document);
        Assert.StartsWith("# By hand\n", text);
        Assert.EndsWith("\nThe end.\n", text);
        Assert.Contains("## Coins\n", text);
        string picture = Assert.Single(text.Split("](").Skip(1)).Split(')')[0];
        Assert.Equal("images/coins-height.png", picture);
        Assert.True(File.Exists(Path.Combine(_folder["docs"], picture)));
    }

    [Fact]
    public void A_document_that_is_missing_is_made_with_its_folder()
    {
        string document = Path.Combine(_folder["docs"], "experiments", "coins.md");

        Run(new StudyRequest { Seeds = 1 }, document: document);

        Assert.StartsWith("<!-- begin coins -->\n## Coins\n", File.ReadAllText(document));
    }

    [Fact]
    public void A_damaged_file_is_reported_and_left_unchanged()
    {
        string path = Path.Combine(Directory.CreateDirectory(Path.Combine(_folder["out"], "coins")).FullName, "results.json");
        File.WriteAllText(path, "{ \"study\": \"coins\", \"trials\": [ { ");

        (int code, _, string error) = Run(seeds: 1);

        Assert.Equal(1, code);
        Assert.Contains("results.json is damaged", error);
        Assert.Empty(_study.Ran);
        File.WriteAllText(path, "{ \"study\": \"cards\", \"trials\": [] }");
        Assert.Contains("holds results of 'cards', not of 'coins'", Run(seeds: 1).Error);
    }

    [Fact]
    public void A_study_that_cannot_run_ends_with_a_message()
    {
        (int code, _, string error) = Run(new StudyRequest { Seeds = 1, Data = "missing" });

        Assert.Equal(1, code);
        Assert.Equal("no coins there", error.Trim());
    }

    [Fact]
    public void A_terminal_shows_bars_and_the_same_figures()
    {
        (int code, string output, _) = Run(new StudyRequest { Seeds = 1 }, terminal: true);

        Assert.Equal(0, code);
        Assert.Contains('\e', output);
        Assert.Equal("figure heads 1", Lines(output)[^1]);
    }

    private ResultStore Store() => ResultStore.Open(Path.Combine(_folder["out"], "coins", "results.json"), "coins");

    private static string[] Lines(string text) => text.ReplaceLineEndings("\n").TrimEnd('\n').Split('\n');

    private (int Code, string Output, string Error) Run(int seeds) => Run(new StudyRequest { Seeds = seeds });

    private (int Code, string Output, string Error) Run(
        StudyRequest request, string? document = null, bool terminal = false, CancellationToken cancellationToken = default)
    {
        using StringWriter output = new();
        using StringWriter error = new();
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = terminal ? AnsiSupport.Yes : AnsiSupport.No,
            Interactive = terminal ? InteractionSupport.Yes : InteractionSupport.No,
            Out = new AnsiConsoleOutput(output),
        });
        int code = StudySession.Execute(_study, request, _folder["out"], document, console, error, cancellationToken);
        return (code, output.ToString(), error.ToString());
    }
}
