using Microsoft.ML.Data;
using Microsoft.ML.TargetProp.Tests.Support;

namespace Microsoft.ML.TargetProp.Tests.MLNet;

/// <summary>Tests invalid data for training and completion. The message has column, slot and row, what was found, and what to do.</summary>
public sealed class InpaintingBadInputTests
{
    private readonly MLContext _ml = new(seed: 1);

    [Theory]
    [InlineData(float.PositiveInfinity, "Infinity")]
    [InlineData(float.NegativeInfinity, "-Infinity")]
    public void Infinite_values_are_rejected_in_training_and_completion(float value, string name)
    {
        Measured[] rows = Gaps.Rows(50, missing: 0);
        rows[6].Measures[2] = value;
        rows[30].Measures[0] = value;
        IDataView view = Rows(rows);

        Refused(() => Gaps.Estimator(_ml, 1).Fit(view), "'Measures'", "infinite values in 2 of 50 training rows", $"row 7 holds {name} in slot 2", "NaN where it is missing");
        Refused(() => Gaps.Estimator(_ml, 1).Fit(Gaps.View(_ml), view), "2 of 50 validation rows");
        Refused(() => Gaps.Read(_ml, Gaps.Train(_ml, 1).Transform(view)), "'Measures'", $"holds {name} in slot 2 of row 7");
    }

    [Fact]
    public void Logistic_units_reject_values_outside_the_unit_interval_and_the_message_suggests_Gaussian_units()
    {
        Measured[] rows = Pixels();
        rows[8].Measures[3] = 1.5f;
        IDataView view = Rows(rows), good = Rows(Pixels());
        static void Logistic(TargetPropInpaintingEstimator.Options o) => o.VisibleUnits = TargetPropVisibleUnits.Logistic;
        string[] mentions = ["'Measures'", "[0, 1]", "1.5", "slot 3", "Gaussian"];

        Refused(() => Gaps.Estimator(_ml, 1, Logistic).Fit(view), [.. mentions, "1 of 50 training rows", "row 9"]);
        Refused(() => Gaps.Read(_ml, Gaps.Estimator(_ml, 1, Logistic).Fit(good).Transform(view)), [.. mentions, "row 9"]);
        // A continued model keeps its logistic slots.
        Refused(() => Gaps.Estimator(_ml, 1).Fit(view, Gaps.Estimator(_ml, 1).Fit(good).Model), mentions);
    }

    [Fact]
    public void Without_the_option_values_outside_the_unit_interval_are_accepted()
    {
        Measured[] rows = Pixels();
        rows[8].Measures = [1.02f, float.NaN, -0.1f, 0.5f];
        TargetPropInpaintingTransformer model = Gaps.Estimator(_ml, 1).Fit(Rows(Pixels()));

        float[] completed = model.Transform(Rows(rows)).GetColumn<float[]>("Completed").ElementAt(8);

        Assert.All(model.Model.VisibleUnits, u => Assert.Equal(TargetPropVisibleUnits.Logistic, u));
        Assert.Equal([1.02f, -0.1f, 0.5f], new[] { completed[0], completed[2], completed[3] });
        Assert.InRange(completed[1], 0, 1);
    }

    [Fact]
    public void The_values_of_a_slot_choose_its_unit_type()
    {
        var random = new Random(1);
        // A flag, a wide column, a narrow column within [0, 1], and a few gaps.
        Measured[] mixed = [.. Enumerable.Range(0, 60).Select(i => new Measured
        {
            Measures = [i % 2, 100 * random.NextSingle(), 0.4f + 0.1f * random.NextSingle(), i % 5 == 0 ? float.NaN : 1 - i % 2],
        })];

        var (logistic, gaussian) = (TargetPropVisibleUnits.Logistic, TargetPropVisibleUnits.Gaussian);
        Assert.Equal([logistic, gaussian, gaussian, logistic], Gaps.Estimator(_ml, 1).Fit(Rows(mixed)).Model.VisibleUnits);
        Assert.Equal([gaussian, gaussian, gaussian, gaussian], Gaps.Estimator(_ml, 1, o => o.VisibleUnits = gaussian).Fit(Rows(mixed)).Model.VisibleUnits);
    }

    [Fact]
    public void The_message_for_a_slot_that_is_missing_in_all_rows_names_the_slot()
    {
        Flower[] flowers = Tables.Flowers(50);
        foreach (Flower flower in flowers)
            flower.PetalLength = float.NaN;
        IDataView view = _ml.Data.LoadFromEnumerable(flowers);
        IDataView named = _ml.Transforms.Concatenate("Measures", "SepalLength", "PetalLength", "PetalWidth").Fit(view).Transform(view);

        Refused(() => Gaps.Estimator(_ml, 1).Fit(named), "'Measures'", "slot 1 ('PetalLength')", "50 training rows", "leave it out");
    }

    [Fact]
    public void Rows_without_observed_entries_are_skipped_and_a_table_of_such_rows_is_rejected()
    {
        Measured[] rows = Gaps.Rows(50, missing: 0);
        rows[0].Measures = [float.NaN, float.NaN, float.NaN, float.NaN];
        IDataView none = _ml.Data.FilterRowsByColumn(Rows(rows), "Weight", lowerBound: 2);

        Assert.Equal(49, Gaps.Estimator(_ml, 1).Fit(Rows(rows)).Model.TrainingSummary.TrainingRows);
        Refused(() => Gaps.Estimator(_ml, 1).Fit(Rows(rows[..1])), "None of the 1 training rows", "'Measures'");
        Refused(() => Gaps.Estimator(_ml, 1).Fit(none), "training data has no rows", "'Measures'");
    }

    [Fact]
    public void The_message_for_a_column_of_another_width_has_both_widths()
    {
        IDataView view = _ml.Data.LoadFromEnumerable(Tables.Flowers(20));
        IDataView narrow = _ml.Transforms.Concatenate("Measures", "SepalLength", "PetalLength", "PetalWidth").Fit(view).Transform(view);

        string message = Assert.ThrowsAny<ArgumentException>(() => Gaps.Train(_ml, 1).Transform(narrow)).Message;

        Assert.All((string[])["'Measures'", "Vector<Single, 4>", "Vector<Single, 3>"], m => Assert.Contains(m, message, StringComparison.Ordinal));
    }

    [Fact]
    public void Rows_without_observed_entries_are_different_samples()
    {
        Measured[] rows = [.. Enumerable.Range(0, 3).Select(_ => new Measured { Measures = [float.NaN, float.NaN, float.NaN, float.NaN] })];
        TargetPropInpaintingTransformer model = Gaps.Train(_ml, 2, o => o.Output = TargetPropInpaintingOutput.Sample);

        Filled[] filled = Gaps.Read(_ml, model.Transform(Rows(rows)));

        Assert.All(filled.SelectMany(r => r.Completed), v => Assert.True(float.IsFinite(v)));
        Assert.NotEqual(filled[0].Completed, filled[1].Completed);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Training_works_with_one_or_two_rows(int count)
    {
        TargetPropInpaintingTransformer model = Gaps.Estimator(_ml, 2).Fit(Rows(Gaps.Rows(count, missing: 0)));

        Assert.All(Gaps.Read(_ml, model.Transform(Gaps.View(_ml, 20))), r => Assert.All(r.Completed, v => Assert.True(float.IsFinite(v))));
    }

    [Fact]
    public void The_message_for_a_row_of_another_length_has_both_lengths()
    {
        Measured[] rows = Gaps.Rows(50);
        rows[30].Measures = [1, 2, 3];

        Refused(() => Gaps.Read(_ml, Gaps.Train(_ml, 1).Transform(Rows(rows))), "'Measures'", "4", "has 3");
    }

    [Fact]
    public void A_model_that_is_too_large_to_save_is_rejected_before_training()
    {
        // Maps of one huge layer, and the covariance of a wide code.
        Refused(() => Gaps.Train(_ml, 1, o => o.HiddenUnits = [16_777_216, 16_777_216]), "hidden layers of [16777216, 16777216] units", "numbers", "at most", "HiddenUnits");
        Refused(() => Gaps.Train(_ml, 1, o => o.HiddenUnits = [2, 30_000]), "hidden layers of [2, 30000] units", "numbers", "at most", "HiddenUnits");
    }

    [Fact]
    public void The_message_for_a_divergence_names_the_rate()
    {
        var error = Assert.Throws<InvalidOperationException>(() => Gaps.Train(_ml, 5, o => (o.LearningRate, o.Activation) = (1e12, TargetPropActivation.Relu)));

        Assert.Contains("diverged in epoch", error.Message, StringComparison.Ordinal);
        Assert.Contains("LearningRate (now 1E+12)", error.Message, StringComparison.Ordinal);
    }

    private static Measured[] Pixels()
    {
        var random = new Random(4);
        return [.. Enumerable.Range(0, 50).Select(_ => new Measured { Measures = [random.NextSingle(), random.NextSingle(), random.NextSingle(), random.NextSingle()] })];
    }

    private IDataView Rows(Measured[] rows) => _ml.Data.LoadFromEnumerable(rows);

    private static void Refused(Action action, params string[] mentions)
    {
        Exception error = Record.Exception(action)!;
        while (error.InnerException is { } inner)
            error = inner;
        Assert.IsType<InvalidOperationException>(error);
        Assert.All(mentions, m => Assert.Contains(m, error.Message, StringComparison.Ordinal));
    }
}
