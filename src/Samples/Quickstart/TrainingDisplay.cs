using System.Diagnostics;
using System.Globalization;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Microsoft.ML.TargetProp.Samples.Quickstart;

/// <summary>
/// Shows how training goes: a bar that moves in a terminal, a line for each epoch where the output goes into a file or a pipe.
/// </summary>
internal static class TrainingDisplay
{
    /// <summary>Runs a training and shows each epoch that it reports.</summary>
    /// <param name="console">Where to show it.</param>
    /// <param name="train">The training; it is given the callback to be told of each epoch.</param>
    /// <param name="cancellationToken">When it is cancelled the display says so; whoever trains has to stop.</param>
    public static T Run<T>(IAnsiConsole console, Func<Action<TargetPropEpochMetrics>, T> train, CancellationToken cancellationToken)
    {
        if (console.Profile.Capabilities.Interactive && console.Profile.Capabilities.Ansi)
        {
            return RunLive(console, train, cancellationToken);
        }

        return train(epoch => console.WriteLine($"{Describe(epoch)}  {TimeLeft(epoch.Elapsed, epoch)}"));
    }

    private static T RunLive<T>(IAnsiConsole console, Func<Action<TargetPropEpochMetrics>, T> train, CancellationToken cancellationToken)
    {
        TimeLeftColumn timeLeft = new();
        return console.Progress()
            .Columns(new SpinnerColumn(), new TaskDescriptionColumn(), new ProgressBarColumn { Width = 16 }, timeLeft)
            .Start(context =>
            {
                ProgressTask task = context.AddTask("reading the data, first epoch");
                using CancellationTokenRegistration stopping =
                    cancellationToken.Register(() => task.Description = "stopping");
                T result = train(epoch =>
                {
                    task.MaxValue = epoch.MaxEpochs;
                    task.Value = epoch.Epoch;
                    task.Description = Describe(epoch);
                    timeLeft.Update(epoch);
                });

                // Early stopping ends before the last epoch: the bar must not stand still short of its end.
                task.Value = task.MaxValue;
                task.StopTask();
                return result;
            });
    }

    private static string Describe(TargetPropEpochMetrics epoch)
    {
        int width = epoch.MaxEpochs.ToString(CultureInfo.InvariantCulture).Length;
        string number = epoch.Epoch.ToString(CultureInfo.InvariantCulture).PadLeft(width);
        string error = epoch.ValidationError is double e
            ? string.Create(CultureInfo.InvariantCulture, $"validation error {100 * e,5:0.00} %")
            : string.Create(CultureInfo.InvariantCulture, $"training error {100 * epoch.TrainingError,5:0.00} %");
        return string.Create(CultureInfo.InvariantCulture, $"epoch {number}/{epoch.MaxEpochs} loss {epoch.TrainingLoss:0.0000} {error}");
    }

    private static string TimeLeft(TimeSpan elapsed, TargetPropEpochMetrics last)
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

    /// <summary>Counts down between the epochs too.</summary>
    private sealed class TimeLeftColumn : ProgressColumn
    {
        private readonly Lock _gate = new();
        private readonly Stopwatch _sinceLast = new();
        private TargetPropEpochMetrics? _last;

        public void Update(TargetPropEpochMetrics epoch)
        {
            lock (_gate)
            {
                _last = epoch;
                _sinceLast.Restart();
            }
        }

        public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime)
        {
            lock (_gate)
            {
                return new Text(_last is null ? "" : TimeLeft(_last.Elapsed + _sinceLast.Elapsed, _last));
            }
        }
    }
}
