using Microsoft.ML.Data;
using Microsoft.ML.TargetProp.Samples;
using Spectre.Console;

namespace Microsoft.ML.TargetProp.Tests.Samples;

/// <summary>Tests the output in a terminal: digits, the confusion matrix and the progress of training.</summary>
public class TerminalTests
{
    [Fact]
    public void Without_colours_a_digit_is_drawn_with_half_blocks()
    {
        // A full-width bar in the upper half of the third line of characters, and a square that fills one character.
        byte[] pixels = new byte[784];
        pixels.AsSpan(8 * 28, 2 * 28).Fill(255);
        foreach (int row in new[] { 16, 17, 18, 19 })
        {
            pixels.AsSpan((row * 28) + 4, 2).Fill(255);
        }

        string[] lines = Show(console => console.Write(new DigitDrawing(pixels)), ansi: false);

        Assert.Equal(new string('▀', 14), lines[2]);
        Assert.Equal("  █", lines[4].TrimEnd());
        Assert.All([0, 1, 3, 5, 6], i => Assert.Equal("", lines[i].Trim()));
    }

    [Fact]
    public void With_colours_a_digit_is_drawn_in_shades_of_grey()
    {
        byte[] pixels = [.. Enumerable.Repeat((byte)200, 784)];

        string text = string.Concat(Show(console => console.Write(new DigitDrawing(pixels)), ansi: true));

        Assert.Contains("38;2;200;200;200", text);
        Assert.Contains('▀', text);
    }

    [Fact]
    public void The_confusion_matrix_has_a_row_for_each_true_class()
    {
        // True and predicted class, from 0. Of class x, two rows are correct and one is predicted as z; one row of z is predicted as y.
        (uint Truth, uint Answer)[] pairs = [(0, 0), (0, 0), (0, 2), (1, 1), (2, 2), (2, 1)];
        MLContext mlContext = new();
        IDataView scored = mlContext.Data.LoadFromEnumerable(pairs.Select(p => new Scored(p.Truth, p.Answer)));
        ConfusionMatrix matrix = mlContext.MulticlassClassification.Evaluate(scored).ConfusionMatrix;

        string[] lines = Show(console => console.Write(ConfusionTable.Create(matrix, ["x", "y", "z"])), ansi: false);

        string[][] cells = [.. lines.Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))];
        Assert.Contains(cells, c => c is ["x", "2", ".", "1", "66.7", "%"]);
        Assert.Contains(cells, c => c is ["y", ".", "1", ".", "100.0", "%"]);
        Assert.Contains(cells, c => c is ["z", ".", "1", "1", "50.0", "%"]);
        Assert.Contains(cells, c => c is ["prec.", "100", "50", "50"]);
    }

    [Fact]
    public void The_confusion_matrix_needs_a_name_for_each_class()
    {
        MLContext mlContext = new();
        IDataView scored = mlContext.Data.LoadFromEnumerable<Scored>([new(0, 0), new(1, 1), new(2, 2)]);
        ConfusionMatrix matrix = mlContext.MulticlassClassification.Evaluate(scored).ConfusionMatrix;

        Assert.Throws<ArgumentException>(() => ConfusionTable.Create(matrix, ["x", "y"]));
    }

    [Fact]
    public void Without_a_terminal_each_epoch_of_both_parts_is_a_line()
    {
        string[] lines = Show(console => Train(console), ansi: false);

        Assert.Equal(
            ["first, epoch 1/2 error 3  0:10 left", "first, epoch 2/2 error 2  done in 0:20", "second, epoch 1/1 error 1  done in 0:05", ""],
            lines);
    }

    [Fact]
    public void In_a_terminal_each_part_has_a_progress_bar()
    {
        string text = string.Concat(Show(console => Train(console), ansi: true, interactive: true));

        Assert.Contains("first, epoch 2/2", text);
        Assert.Contains("second, epoch 1/1", text);
        Assert.Contains("done in 0:20", text);
    }

    private static void Train(IAnsiConsole console) => Assert.Equal("model", TrainingDisplay.Run(
        console,
        show =>
        {
            show(new TrainingProgress(1, 2, TimeSpan.FromSeconds(10), "error 3", "first"));
            show(new TrainingProgress(2, 2, TimeSpan.FromSeconds(20), "error 2", "first"));
            show(new TrainingProgress(1, 1, TimeSpan.FromSeconds(5), "error 1", "second"));
            return "model";
        },
        CancellationToken.None));

    private static string[] Show(Action<IAnsiConsole> write, bool ansi, bool interactive = false)
    {
        using StringWriter output = new();
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = ansi ? AnsiSupport.Yes : AnsiSupport.No,
            ColorSystem = ansi ? ColorSystemSupport.TrueColor : ColorSystemSupport.NoColors,
            Interactive = interactive ? InteractionSupport.Yes : InteractionSupport.No,
            Out = new AnsiConsoleOutput(output),
        });
        console.Profile.Width = 80;
        console.Profile.Capabilities.Unicode = true;
        write(console);
        return output.ToString().ReplaceLineEndings("\n").Split('\n');
    }

    private sealed class Scored(uint truth, uint answer)
    {
        [KeyType(3)]
        public uint Label { get; set; } = truth;

        [KeyType(3)]
        public uint PredictedLabel { get; set; } = answer;

        [VectorType(3)]
        public float[] Score { get; set; } = [.. Enumerable.Range(0, 3).Select(i => i == answer ? 0.8f : 0.1f)];
    }
}
