using Microsoft.ML.Data;
using Microsoft.ML.TargetProp.Tests.Support;

namespace Microsoft.ML.TargetProp.Tests.MLNet;

/// <summary>Labels that a regression cannot learn from.</summary>
public sealed class RegressionBadInputTests
{
    private readonly MLContext _ml = new(seed: 1);

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public void Rows_with_a_label_that_is_no_number_are_left_out_with_a_warning(float label)
    {
        WavePoint[] rows = Waves.Points(60);
        foreach (WavePoint point in rows[..7])
            point.Label = label;
        var lines = new List<string>();
        _ml.Log += (_, e) => lines.Add(e.Message);

        byte[] with = Fit(rows).Bytes();

        Assert.Contains(lines, l => l.Contains("7 of 60 training rows have a missing (NaN) or infinite label in column 'Label' and were left out.", StringComparison.Ordinal));
        Assert.Equal(Fit(rows[7..]).Bytes(), with);
    }

    [Fact]
    public void Labels_that_are_all_missing_are_refused()
    {
        WavePoint[] rows = Waves.Points(20);
        foreach (WavePoint point in rows)
            point.Label = float.NaN;

        Refused(rows, "None of the 20 training rows has a label in column 'Label' that is a number");
        Refused([], "The training data has no rows");
    }

    [Fact]
    public void Labels_that_are_all_equal_are_refused()
    {
        WavePoint[] rows = Waves.Points(20);
        foreach (WavePoint point in rows)
            point.Label = 12.5f;

        Refused(rows, "All 20 training rows have the label 12.5 in column 'Label'. A regression needs labels that differ");
    }

    [Fact]
    public void Huge_and_tiny_labels_are_predicted_in_their_units()
    {
        foreach (float unit in new[] { 1e35f, 1e-35f })
        {
            WavePoint[] rows = Waves.Points(200);
            foreach (WavePoint point in rows)
                point.Label *= unit;

            float[] scores = [.. Fit(rows, epochs: 30).Transform(_ml.Data.LoadFromEnumerable(rows)).GetColumn<float>("Score")];

            Assert.InRange(scores.Zip(rows, (s, p) => Math.Abs(s - (double)p.Label)).Average() / unit, 0, 60);
        }
    }

    [Fact]
    public void A_label_of_another_type_is_refused_with_the_type_that_is_expected()
    {
        IDataView rows = _ml.Transforms.Conversion.ConvertType("Label", outputKind: DataKind.Double).Fit(Waves.View(_ml)).Transform(Waves.View(_ml));

        var error = Assert.Throws<ArgumentOutOfRangeException>(() => _ml.Regression.Trainers.TargetPropRegression().Fit(rows));

        Assert.All(["label column 'Label'", "Single", "Double"], text => Assert.Contains(text, error.Message, StringComparison.Ordinal));
    }

    [Fact]
    public void Options_out_of_range_are_refused()
    {
        void OutOfRange(string message, Action<TargetPropRegressionTrainer.Options> change) => Assert.Contains(
            message, Assert.Throws<ArgumentOutOfRangeException>(() => _ml.Regression.Trainers.TargetPropRegression(Waves.Small(1, change))).Message, StringComparison.Ordinal);

        OutOfRange("Loss is 9; allowed: one of Squared, Absolute, Huber", o => o.Loss = (TargetPropRegressionLoss)9);
        OutOfRange("HuberWidth is 0; allowed: a number above 0", o => o.HuberWidth = 0);
        OutOfRange("MaxEpochs is 0", o => o.MaxEpochs = 0);
        OutOfRange("HiddenUnits", o => o.HiddenUnits = []);
        Assert.Throws<ArgumentOutOfRangeException>(() => _ml.Regression.Trainers.TargetPropRegression(hiddenUnits: [0]));
        Assert.Throws<ArgumentNullException>(() => _ml.Regression.Trainers.TargetPropRegression((TargetPropRegressionTrainer.Options)null!));
    }

    [Fact]
    public void Later_changes_of_the_quantiles_do_not_change_a_trainer()
    {
        TargetPropRegressionTrainer.Options options = Waves.Small(1, o => o.Quantiles = [0.1f, 0.9f]);
        TargetPropRegressionTrainer trainer = _ml.Regression.Trainers.TargetPropRegression(options);

        options.Quantiles![0] = 7;

        Assert.Equal([0.1f, 0.9f], trainer.Fit(Waves.View(_ml)).Model.Quantiles);
    }

    private TargetPropRegressionTransformer Fit(WavePoint[] rows, int epochs = 2) =>
        _ml.Regression.Trainers.TargetPropRegression(Waves.Small(epochs)).Fit(_ml.Data.LoadFromEnumerable(rows));

    private void Refused(WavePoint[] rows, string message) =>
        Assert.Contains(message, Assert.Throws<InvalidOperationException>(() => Fit(rows)).Message, StringComparison.Ordinal);
}
