using Microsoft.ML.Data;
using Microsoft.ML.TargetProp.Tests.Support;

namespace Microsoft.ML.TargetProp.Tests.MLNet;

/// <summary>Tests the validation rows of a featurizer: their source, the error on them, and early stopping of a layer.</summary>
public sealed class FeaturizerValidationTests
{
    private readonly MLContext _ml = new(seed: 1);
    private readonly IDataView _table;
    private readonly IDataView _validation;

    public FeaturizerValidationTests()
    {
        _table = Models.FlowersWithKeys(_ml);
        _validation = Models.FlowersWithKeys(_ml, 60, seed: 2);
    }

    [Fact]
    public void The_error_on_validation_rows_is_that_of_the_models_reconstruction()
    {
        var epochs = new List<TargetPropFeaturizerEpochMetrics>();

        TargetPropAutoencoderModel model = Estimator(o =>
        {
            (o.HiddenUnits, o.StandardizeFeatures) = ([8], false);
            o.EpochCallback = epochs.Add;
        }).Fit(_table, _validation).Model;

        float[][] rows = [.. _validation.GetColumn<float[]>("Features")];
        double squares = rows.Zip(model.Reconstruct(rows), (row, other) => row.Zip(other, (a, b) => Math.Pow(a - b, 2)).Average()).Average();
        Assert.Equal(squares, epochs[^1].ValidationError!.Value, 1e-5 * squares);
    }

    [Fact]
    public void Validation_rows_are_standardised_like_the_training_rows_and_change_no_model()
    {
        var epochs = new List<TargetPropFeaturizerEpochMetrics>();
        float[][] rows = [.. _validation.GetColumn<float[]>("Features")];

        TargetPropAutoencoderModel with = Estimator(o => o.EpochCallback = epochs.Add).Fit(_table, _table).Model, without = Estimator().Fit(_table).Model;

        Assert.Equal(without.Encode(rows), with.Encode(rows));
        // Standardized columns have a variance near 1. Raw columns have a mean square of 10 or more.
        Assert.All(epochs, e => Assert.InRange(e.ValidationError!.Value, 0, 2));
    }

    [Fact]
    public void Without_validation_rows_there_is_no_error_on_them()
    {
        var epochs = new List<TargetPropFeaturizerEpochMetrics>();
        Estimator(o => o.EpochCallback = epochs.Add).Fit(_table);

        Assert.All(epochs, e => Assert.Null(e.ValidationError));
    }

    [Theory]
    [InlineData("Fit")]
    [InlineData("ValidationSet")]
    [InlineData("ValidationFraction")]
    public void Validation_rows_from_Fit_or_from_an_option_stop_the_training_of_a_layer_early(string source)
    {
        var epochs = new List<TargetPropFeaturizerEpochMetrics>();
        var log = new List<string>();
        _ml.Log += (_, e) => log.Add(e.Message);
        TargetPropFeaturizerEstimator estimator = Estimator(o =>
        {
            (o.MaxEpochs, o.EarlyStoppingPatience, o.LearningRate, o.DecoderLearningRate, o.Schedule) = (300, 2, 0.03, 0.03, TargetPropSchedule.Constant);
            o.ValidationSet = source == "ValidationSet" ? _validation : null;
            o.ValidationFraction = source == "ValidationFraction" ? 0.2 : 0;
            o.EpochCallback = epochs.Add;
        });

        if (source == "Fit")
            estimator.Fit(_table, _validation);
        else
            estimator.Fit(_table);

        foreach (IGrouping<int, TargetPropFeaturizerEpochMetrics> layer in epochs.GroupBy(e => e.Layer))
        {
            double[] errors = [.. layer.Select(e => e.ValidationError!.Value)];
            Assert.InRange(errors.Length, 3, 299);
            Assert.Equal(errors.Length - 2, Array.IndexOf(errors, errors.Min()) + 1);
        }
        Assert.Equal([1, 2], epochs.Select(e => e.Layer).Distinct());
        Assert.Contains(log, m => m.Contains("Layer 2 of 2, epoch 1 of 300: reconstruction error", StringComparison.Ordinal) && m.Contains(", validation error", StringComparison.Ordinal));
    }

    [Fact]
    public void Rows_set_aside_for_validation_are_not_trained_on()
    {
        // One training row remains, so every column is constant and all rows have the same code.
        TargetPropAutoencoderModel model = Estimator(o => o.ValidationFraction = 0.999).Fit(_table).Model;

        float[][] codes = model.Encode([.. _validation.GetColumn<float[]>("Features")]);

        Assert.All(codes, c => Assert.Equal(codes[0], c));
    }

    [Fact]
    public void Contradictory_options_are_rejected()
    {
        string Refused(Action action) => Assert.Throws<ArgumentOutOfRangeException>(action).Message;

        Assert.Contains("EarlyStoppingPatience is 3, but there are no validation rows", Refused(() => Estimator(o => o.EarlyStoppingPatience = 3).Fit(_table)), StringComparison.Ordinal);
        Assert.Contains("ValidationFraction is 0.1", Refused(() => Estimator(o => o.ValidationFraction = 0.1).Fit(_table, _validation)), StringComparison.Ordinal);
        Assert.Contains("ValidationFraction is 0.1", Refused(() => Estimator(o => (o.ValidationFraction, o.ValidationSet) = (0.1, _validation))), StringComparison.Ordinal);
        Assert.Contains("ValidationFraction is 1", Refused(() => Estimator(o => o.ValidationFraction = 1)), StringComparison.Ordinal);
        Assert.Contains("EarlyStoppingPatience is -1", Refused(() => Estimator(o => o.EarlyStoppingPatience = -1)), StringComparison.Ordinal);
        Assert.Contains("only one row", Refused(() => Estimator(o => o.ValidationFraction = 0.5).Fit(_ml.Data.TakeRows(_table, 1))), StringComparison.Ordinal);
    }

    [Fact]
    public void Messages_distinguish_invalid_validation_rows_from_invalid_training_rows()
    {
        IDataView narrow = _ml.Transforms.Concatenate("Features", "SepalLength", "PetalLength").Fit(_validation).Transform(_validation);
        IDataView holed = _ml.Data.LoadFromEnumerable(Tables.Flowers(60).Select((f, i) => f.With(i == 4 ? float.NaN : f.Features[2])));
        IDataView empty = _ml.Data.FilterRowsByColumn(_validation, "Weight", lowerBound: 2);

        string width = Assert.Throws<ArgumentOutOfRangeException>(() => Estimator().Fit(_table, narrow)).Message;

        Assert.Contains("'Features'", width, StringComparison.Ordinal);
        Assert.Contains("Single, 2", width, StringComparison.Ordinal);
        Assert.Contains("1 of 60 validation rows", Assert.Throws<InvalidOperationException>(() => Estimator().Fit(_table, holed)).Message, StringComparison.Ordinal);
        Assert.Contains("The validation data has no rows", Assert.Throws<InvalidOperationException>(() => Estimator().Fit(_table, empty)).Message, StringComparison.Ordinal);
    }

    private TargetPropFeaturizerEstimator Estimator(Action<TargetPropFeaturizerEstimator.Options>? change = null)
    {
        var options = new TargetPropFeaturizerEstimator.Options { HiddenUnits = [8, 3], MaxEpochs = 3, Seed = 1 };
        change?.Invoke(options);
        return _ml.Transforms.TargetPropFeaturizer(options);
    }
}
