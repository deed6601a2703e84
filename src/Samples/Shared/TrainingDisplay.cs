using System.Diagnostics;
using System.Globalization;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Microsoft.ML.TargetProp.Samples;

/// <summary>The progress of a training after an epoch.</summary>
/// <param name="Epoch">The number of the completed epoch, from 1.</param>
/// <param name="MaxEpochs">The number of epochs without early stopping.</param>
/// <param name="Elapsed">Time since the start of the first epoch.</param>
/// <param name="Measured">The measured error or loss, as text.</param>
/// <param name="Part">The name of the current part, if the training has several.</param>
public sealed record TrainingProgress(int Epoch, int MaxEpochs, TimeSpan Elapsed, string Measured, string Part = "");

/// <summary>
/// Shows the progress of a training: as a progress bar in a terminal, as a line per epoch in a file or a pipe.
/// </summary>
public static class TrainingDisplay
{
    /// <summary>Runs a training and shows each epoch that it reports.</summary>
    /// <param name="console">Receives the progress.</param>
    /// <param name="train">The training. It calls its argument after each epoch.</param>
    /// <param name="cancellationToken">On cancellation, the display says so. Stopping is up to <paramref name="train"/>.</param>
    public static T Run<T>(IAnsiConsole console, Func<Action<TrainingProgress>, T> train, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(console);
        ArgumentNullException.ThrowIfNull(train);
        if (console.Profile.Capabilities.Interactive && console.Profile.Capabilities.Ansi)
        {
            return RunLive(console, train, cancellationToken);
        }

        return train(progress => console.WriteLine($"{Describe(progress)}  {TimeLeft(progress.Elapsed, progress)}"));
    }

    private static T RunLive<T>(IAnsiConsole console, Func<Action<TrainingProgress>, T> train, CancellationToken cancellationToken)
    {
        TimeLeftColumn timeLeft = new();
        return console.Progress()
            .Columns(new SpinnerColumn(), new TaskDescriptionColumn(), new ProgressBarColumn { Width = 16 }, timeLeft)
            .Start(context =>
            {
                ProgressTask task = context.AddTask("reading the data, first epoch");
                string? part = null;
                using CancellationTokenRegistration stopping =
                    cancellationToken.Register(() => task.Description = "stopping");
                T result = train(progress =>
                {
                    if (part is not null && part != progress.Part)
                    {
                        Finish(task);
                        task = context.AddTask(Describe(progress));
                    }

                    part = progress.Part;
                    task.MaxValue = progress.MaxEpochs;
                    task.Value = progress.Epoch;
                    task.Description = Describe(progress);
                    timeLeft.Update(task, progress);
                });

                Finish(task);
                return result;
            });
    }

    /// <summary>Fills the bar, because early stopping ends before the last epoch.</summary>
    private static void Finish(ProgressTask task)
    {
        task.Value = task.MaxValue;
        task.StopTask();
    }

    private static string Describe(TrainingProgress progress)
    {
        int width = progress.MaxEpochs.ToString(CultureInfo.InvariantCulture).Length;
        string number = progress.Epoch.ToString(CultureInfo.InvariantCulture).PadLeft(width);
        string part = progress.Part.Length == 0 ? "" : progress.Part + ", ";
        return string.Create(CultureInfo.InvariantCulture, $"{part}epoch {number}/{progress.MaxEpochs} {progress.Measured}");
    }

    private static string TimeLeft(TimeSpan elapsed, TrainingProgress last)
    {
        if (last.Epoch >= last.MaxEpochs)
        {
            return $"done in {Clock(last.Elapsed)}";
        }

        TimeSpan expected = last.Elapsed / last.Epoch * last.MaxEpochs;
        return $"{Clock(expected > elapsed ? expected - elapsed : TimeSpan.Zero)} left";
    }

    private static string Clock(TimeSpan time) =>
        string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalMinutes}:{time.Seconds:00}");

    /// <summary>Shows the remaining time. It counts down between epochs, too.</summary>
    private sealed class TimeLeftColumn : ProgressColumn
    {
        private readonly Lock _gate = new();
        private readonly Dictionary<ProgressTask, (TrainingProgress Last, long Seen)> _tasks = [];

        public void Update(ProgressTask task, TrainingProgress progress)
        {
            lock (_gate)
            {
                _tasks[task] = (progress, Stopwatch.GetTimestamp());
            }
        }

        public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime)
        {
            lock (_gate)
            {
                return new Text(_tasks.TryGetValue(task, out (TrainingProgress Last, long Seen) at)
                    ? TimeLeft(at.Last.Elapsed + Stopwatch.GetElapsedTime(at.Seen), at.Last)
                    : "");
            }
        }
    }
}
