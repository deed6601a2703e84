using Spectre.Console;

namespace Microsoft.ML.TargetProp.Samples.Experiments.Host;

/// <summary>Two bars in a terminal: the whole study and the running trial.</summary>
internal sealed class LiveProgress : IStudyProgress
{
    private readonly ProgressTask _study;
    private readonly ProgressTask _trial;
    private string _name = "";

    private LiveProgress(ProgressContext context, string study)
    {
        _study = context.AddTask(Markup.Escape(study));
        _trial = context.AddTask("preparing");
        _trial.MaxValue = 1;
    }

    /// <summary>Shows the bars while the work runs.</summary>
    public static T Run<T>(IAnsiConsole console, string study, Func<IStudyProgress, T> work) => console.Progress()
        .Columns(new SpinnerColumn(), new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn { Width = 20 }, new ElapsedTimeColumn())
        .Start(context => work(new LiveProgress(context, study)));

    /// <inheritdoc/>
    public void Begin(int trials, int finished)
    {
        _study.MaxValue = Math.Max(1, trials);
        _study.Value = finished;
    }

    /// <inheritdoc/>
    public void TrialBegins(Trial trial)
    {
        _name = $"{trial.Configuration}, seed {trial.Seed}";
        _trial.Description = Markup.Escape(_name);
        _trial.Value = 0;
    }

    /// <inheritdoc/>
    public void Report(double part, string text)
    {
        _trial.Value = part;
        _trial.Description = Markup.Escape($"{_name}: {text}");
    }

    /// <inheritdoc/>
    public void TrialEnds(TrialResult result)
    {
        _trial.Value = 1;
        _study.Increment(1);
    }
}
