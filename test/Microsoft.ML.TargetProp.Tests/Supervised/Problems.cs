using Microsoft.ML.TargetProp.Core;
using Microsoft.ML.TargetProp.Supervised;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Tests.Supervised;

/// <summary>Small classification problems, as plain rows and in the library's form.</summary>
internal static class Problems
{
    /// <summary>Exclusive or of two inputs, with <paramref name="copies"/> copies of each of the four rows.</summary>
    public static ReferenceBatch Xor(int copies = 1)
    {
        (double[] X, int Label)[] corners = [([-1, -1], 0), ([-1, 1], 1), ([1, -1], 1), ([1, 1], 0)];
        var rows = Enumerable.Repeat(corners, copies).SelectMany(c => c).ToArray();
        return new([.. rows.Select(r => r.X)], [.. rows.Select(r => r.Label)], null);
    }

    /// <summary>Interleaved spiral arms of more than half a turn, with a little noise. The class is the arm.</summary>
    public static ReferenceBatch Spirals(int arms, int rowsPerArm, int seed = 1)
    {
        var random = new Random(seed);
        var rows = Enumerable.Range(0, arms * rowsPerArm).Select(i =>
        {
            (int arm, double along) = (i % arms, i / arms / (double)rowsPerArm);
            double angle = 2 * Math.PI * arm / arms + 4.5 * along, radius = 0.3 + 1.7 * along;
            double[] x = [radius * Math.Cos(angle) + 0.03 * LearningCase.Normal(random), radius * Math.Sin(angle) + 0.03 * LearningCase.Normal(random)];
            return (X: x, Label: arm);
        }).ToArray();
        return new([.. rows.Select(r => r.X)], [.. rows.Select(r => r.Label)], null);
    }

    /// <summary>Rows with random labels, independent of the features.</summary>
    public static ReferenceBatch Noise(int rows, int columns, int classes, int seed)
    {
        var random = new Random(seed);
        return new(
            [.. Enumerable.Range(0, rows).Select(_ => Enumerable.Range(0, columns).Select(_ => LearningCase.Normal(random)).ToArray())],
            [.. Enumerable.Range(0, rows).Select(_ => random.Next(classes))], null);
    }

    public static Examples ToExamples(this ReferenceBatch rows, bool logistic = false)
    {
        using var scope = NewDisposeScope();
        return new(
            tensor(rows.Features.SelectMany(r => r).Select(v => (float)v).ToArray()).view(rows.Rows, rows.Features[0].Length),
            logistic ? tensor(rows.Labels.Select(l => (float)l).ToArray()) : tensor(rows.Labels.Select(l => (long)l).ToArray()),
            rows.Weights is null ? null : tensor(rows.Weights.Select(w => (float)w).ToArray()).unsqueeze(1));
    }

    /// <summary>The log-loss and the error of the best linear model, by many steps of gradient descent on all rows.</summary>
    public static (double Loss, double Error) BestLinear(ReferenceBatch rows, int classes)
    {
        var random = new Random(1);
        var map = new ReferenceMap(
            [.. Enumerable.Range(0, classes).Select(_ => rows.Features[0].Select(_ => 0.1 * LearningCase.Normal(random)).ToArray())], new double[classes], ReferenceUnit.Identity);
        var model = new ReferenceNetwork([map], [], logistic: false);
        for (int step = 0; step < 500; step++)
        {
            ReferenceUpdate update = model.BackpropagationUpdates(rows)[0];
            for (int j = 0; j < classes; j++)
            {
                map.Bias[j] -= update.Bias[j];
                for (int k = 0; k < map.Weight[j].Length; k++)
                    map.Weight[j][k] -= update.Weight[j][k];
            }
        }
        double[][] outputs = [.. rows.Features.Select(map.Apply)];
        return (
            outputs.Select((o, r) => model.Loss(o, rows.Labels[r])).Average(),
            outputs.Select((o, r) => Array.IndexOf(o, o.Max()) == rows.Labels[r] ? 0.0 : 1).Average());
    }
}
