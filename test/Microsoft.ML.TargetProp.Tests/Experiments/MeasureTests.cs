using Microsoft.ML.Data;
using Microsoft.ML.TargetProp.Samples.Experiments.Measures;

namespace Microsoft.ML.TargetProp.Tests.Experiments;

/// <summary>Error, log-loss and calibration against numbers computed by hand and against ML.NET's.</summary>
public class MeasureTests
{
    [Fact]
    public void Calibration_error_is_the_weighted_gap_between_confidence_and_accuracy()
    {
        // Two bins of (0, 0.5] and (0.5, 1]. Lower: confidences 0.3 and 0.5, one of two right: gap |0.5 − 0.4| = 0.1.
        // Upper: 0.6, 0.8, 1.0, all right: gap |1 − 0.8| = 0.2. Together 2/5 · 0.1 + 3/5 · 0.2 = 0.16.
        IReadOnlyList<CalibrationBin> bins = CalibrationError.Bins([0.3f, 0.5f, 0.6f, 0.8f, 1f], [true, false, true, true, true], bins: 2);

        Assert.Equal([2, 3], bins.Select(b => b.Count));
        Assert.Equal(0.4, bins[0].Confidence, 6);
        Assert.Equal(0.5, bins[0].Accuracy, 12);
        Assert.Equal(0.16, CalibrationError.Of(bins), 6);
    }

    [Fact]
    public void Calibration_error_is_zero_when_probabilities_mean_what_they_say()
    {
        float[] confidences = [.. Enumerable.Repeat(0.75f, 40)];
        bool[] correct = [.. Enumerable.Range(0, 40).Select(i => i % 4 != 0)];

        Assert.Equal(0, CalibrationError.Of(CalibrationError.Bins(confidences, correct)), 12);
    }

    [Fact]
    public void Every_confidence_has_a_bin()
    {
        IReadOnlyList<CalibrationBin> bins = CalibrationError.Bins([0f, 0.06f, 0.07f, 1f], [false, false, false, true]);

        Assert.Equal(CalibrationError.DefaultBins, bins.Count);
        Assert.Equal(4, bins.Sum(b => b.Count));
        Assert.Equal(1, bins[1].Count);
        Assert.Equal(1, bins[^1].Count);
        Assert.Throws<ArgumentException>(() => CalibrationError.Bins([0.5f], []));
    }

    [Fact]
    public void Scores_are_as_worked_out_by_hand()
    {
        ClassifierScore score = ClassifierScore.Of([(0, [0.5f, 0.25f, 0.25f]), (0, [0.25f, 0.5f, 0.25f]), (0, [0.75f, 0.125f, 0.125f]), (2, [0.25f, 0.25f, 0.5f])]);

        Assert.Equal(0.25, score.Error, 12);
        Assert.Equal((1.0 / 3 + 0) / 2, score.BalancedError, 12);
        Assert.Equal((Math.Log(2) + Math.Log(4) + Math.Log(4.0 / 3) + Math.Log(2)) / 4, score.LogLoss, 6);
    }

    [Fact]
    public void An_unknown_or_impossible_class_costs_much_but_not_everything()
    {
        ClassifierScore score = ClassifierScore.Of([(-1, [1f, 0f]), (1, [1f, 0f])]);

        Assert.Equal(1, score.Error);
        Assert.Equal(-Math.Log(1e-15), score.LogLoss, 6);
    }

    [Fact]
    public void Scores_agree_with_those_of_ML_NET()
    {
        Random random = new(3);
        Scored[] rows = [.. Enumerable.Range(0, 200).Select(_ => Scored.Draw(random))];
        MLContext mlContext = new();
        IDataView data = mlContext.Data.LoadFromEnumerable(rows);

        ClassifierScore ours = ClassifierScore.Of(data);
        MulticlassClassificationMetrics theirs = mlContext.MulticlassClassification.Evaluate(data);

        Assert.Equal(1 - theirs.MicroAccuracy, ours.Error, 6);
        Assert.Equal(1 - theirs.MacroAccuracy, ours.BalancedError, 6);
        Assert.Equal(theirs.LogLoss, ours.LogLoss, 1e-5);
    }

    private sealed class Scored
    {
        [KeyType(3)]
        public uint Label { get; set; }

        [KeyType(3)]
        public uint PredictedLabel { get; set; }

        [VectorType(3)]
        public float[] Score { get; set; } = [];

        public static Scored Draw(Random random)
        {
            float[] score = [.. Enumerable.Range(0, 3).Select(_ => random.NextSingle() + 0.01f)];
            float sum = score.Sum();
            score = [.. score.Select(s => s / sum)];
            return new Scored { Label = (uint)random.Next(3), PredictedLabel = (uint)Array.IndexOf(score, score.Max()), Score = score };
        }
    }
}
