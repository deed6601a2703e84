using Microsoft.ML.Data;
using Microsoft.ML.TargetProp.Tests.Support;

namespace Microsoft.ML.TargetProp.Tests.MLNet;

/// <summary>Trainers refuse data that they cannot learn from. The message names the column and the value, and says what to do.</summary>
public sealed class BadInputTests
{
    private readonly MLContext _ml = new(seed: 1);

    [Fact]
    public void A_missing_column()
    {
        IDataView table = Models.FlowersWithKeys(_ml);

        Refused<ArgumentOutOfRangeException>(table, o => o.FeatureColumnName = "Measures", "feature column 'Measures'", "Could not find");
        Refused<ArgumentOutOfRangeException>(table, o => o.LabelColumnName = "Species", "label column 'Species'", "Could not find");
        Refused<ArgumentOutOfRangeException>(table, o => o.ExampleWeightColumnName = "Importance", "weight column 'Importance'", "Could not find");
    }

    [Fact]
    public void A_label_of_the_wrong_type()
    {
        IDataView table = Rows(Tables.Flowers());

        // Text and numbers must become keys first, and the message says how.
        Refused<ArgumentOutOfRangeException>(table, null, "label column 'Label'", "MapValueToKey", "String");
        Refused<ArgumentOutOfRangeException>(table, o => o.LabelColumnName = "Kind", "label column 'Kind'", "MapValueToKey", "Int32");
        Refused<ArgumentOutOfRangeException>(table, o => o.LabelColumnName = "Features", "label column 'Features'", "MapValueToKey", "Vector<Single>");
    }

    [Fact]
    public void A_label_that_was_hashed()
    {
        // Hash makes a key of 2,147,483,648 classes. MapValueToKey is the right transform.
        IDataView table = _ml.Transforms.Conversion.Hash("Label").Fit(Rows(Tables.Flowers())).Transform(Rows(Tables.Flowers()));

        Refused<InvalidOperationException>(table, null, "'Label'", "2147483648 classes", "MapValueToKey");
    }

    [Fact]
    public void A_binary_label_of_the_wrong_type()
    {
        IDataView table = Models.FlowersWithKeys(_ml);

        var error = Assert.Throws<ArgumentOutOfRangeException>(() => _ml.BinaryClassification.Trainers.TargetPropClassifier(Models.SmallBinary()).Fit(table));

        Mentions(error, "label column 'Label'", "Boolean", "Key<UInt32>");
    }

    [Theory]
    [InlineData("SepalLength", "Single")]
    [InlineData("Name", "String")]
    public void Features_of_the_wrong_type(string column, string type)
    {
        Refused<ArgumentOutOfRangeException>(Models.FlowersWithKeys(_ml), o => o.FeatureColumnName = column, $"feature column '{column}'", "expected Vector<Single>", $"got {type}");
    }

    [Fact]
    public void Weights_of_the_wrong_type()
    {
        Refused<ArgumentOutOfRangeException>(Models.FlowersWithKeys(_ml), o => o.ExampleWeightColumnName = "Name", "weight column 'Name'", "expected Single", "got String");
    }

    [Fact]
    public void Features_of_variable_length()
    {
        IDataView table = _ml.Data.LoadFromEnumerable(Tables.Flowers().Select(f => new VariableRow { Label = (uint)f.Kind / 10, Features = f.Features }));

        Refused<ArgumentOutOfRangeException>(table, null, "feature column 'Features'", "expected Vector<Single>", "got VarVector<Single>");
    }

    [Fact]
    public void No_rows()
    {
        IDataView table = Models.FlowersWithKeys(_ml);
        IDataView none = _ml.Data.FilterRowsByColumn(table, "Weight", lowerBound: 2);

        Refused<InvalidOperationException>(none, null, "training data has no rows", "'Features'", "'Label'", "filters");
    }

    [Fact]
    public void No_row_with_a_label()
    {
        var keys = _ml.Transforms.Conversion.MapValueToKey("Label").Fit(Rows(Tables.Flowers()));
        Flower[] others = Tables.Flowers();
        foreach (Flower row in others)
            row.Label = "moss";

        Refused<InvalidOperationException>(keys.Transform(Rows(others)), null, "None of the 150 training rows has a label", "'Label'", "MapValueToKey");
    }

    [Fact]
    public void A_label_that_names_one_class()
    {
        Refused<InvalidOperationException>(Models.WithKeys(_ml, Rows([.. Tables.Flowers().Where(f => f.Label == "setosa")])), null, "'Label'", "1 class", "at least two");
    }

    [Fact]
    public void Several_classes_of_which_one_is_there()
    {
        var keys = _ml.Transforms.Conversion.MapValueToKey("Label").Fit(Rows(Tables.Flowers()));
        IDataView one = keys.Transform(Rows([.. Tables.Flowers().Where(f => f.Label == "setosa")]));

        Refused<InvalidOperationException>(one, null, "All 50 training rows have the same label", "'Label'", "at least two classes");

        IDataView moons = _ml.Data.LoadFromEnumerable(Tables.Moons().Where(p => p.Label));
        var error = Assert.Throws<InvalidOperationException>(() => _ml.BinaryClassification.Trainers.TargetPropClassifier(Models.SmallBinary()).Fit(moons));
        Mentions(error, "All 100 training rows have the same label", "'Label'");
    }

    [Theory]
    [InlineData(float.NaN, "NaN")]
    [InlineData(float.PositiveInfinity, "Infinity")]
    [InlineData(float.NegativeInfinity, "-Infinity")]
    public void Features_that_are_no_numbers(float value, string name)
    {
        Flower[] rows = Tables.Flowers();
        rows[6] = rows[6].With(value);
        rows[100] = rows[100].With(value);

        Refused<InvalidOperationException>(
            Models.WithKeys(_ml, Rows(rows)), null, "'Features'", "2 of 150 training rows", $"row 7 holds {name} in slot 2", "ReplaceMissingValues", "FilterRowsByMissingValues");
    }

    [Fact]
    public void Features_that_are_no_numbers_in_a_slot_with_a_name()
    {
        Flower[] rows = Tables.Flowers();
        rows[149].PetalLength = float.NaN;
        IDataView table = _ml.Transforms.Concatenate("Features", "SepalLength", "PetalLength").Fit(Rows(rows)).Transform(Rows(rows));

        Refused<InvalidOperationException>(Models.WithKeys(_ml, table), null, "1 of 150", "row 150 holds NaN in slot 1 ('PetalLength')");
    }

    [Fact]
    public void Features_that_are_no_numbers_in_rows_that_do_not_count()
    {
        Flower[] rows = Tables.Flowers();
        rows[6] = rows[6].With(float.NaN);
        rows[6].Weight = 0;

        TargetPropMulticlassTransformer model = Trainer(o => o.ExampleWeightColumnName = "Weight").Fit(Models.WithKeys(_ml, Rows(rows)));

        Assert.Equal(149, model.Model.TrainingSummary.TrainingRows);
    }

    [Theory]
    [InlineData(-0.5f, "-0.5")]
    [InlineData(float.NaN, "NaN")]
    [InlineData(float.PositiveInfinity, "Infinity")]
    public void Weights_that_are_none(float weight, string name)
    {
        Flower[] rows = Tables.Flowers();
        rows[6].Weight = weight;

        Refused<InvalidOperationException>(
            Models.WithKeys(_ml, Rows(rows)), o => o.ExampleWeightColumnName = "Weight", "Weight column 'Weight'", $"row 7 holds {name}", "0 or more");
    }

    [Fact]
    public void Weights_that_are_all_zero()
    {
        Flower[] rows = Tables.Flowers();
        foreach (Flower row in rows)
            row.Weight = 0;

        Refused<InvalidOperationException>(
            Models.WithKeys(_ml, Rows(rows)), o => o.ExampleWeightColumnName = "Weight", "Weight column 'Weight'", "0 in all 150 training rows", "positive weight");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Training_that_runs_away(bool multiclass)
    {
        Exception error = multiclass
            ? Assert.Throws<InvalidOperationException>(() => Trainer(o => o.LearningRate = 500).Fit(Models.FlowersWithKeys(_ml)))
            : Assert.Throws<InvalidOperationException>(() => _ml.BinaryClassification.Trainers.TargetPropClassifier(Models.SmallBinary().With(o => o.LearningRate = 500)).Fit(Models.Moons(_ml)));

        Mentions(error, "diverged in epoch", "Lower LearningRate (now 500)");
    }

    [Fact]
    public void Errors_come_from_pipelines_as_they_come_from_the_trainer()
    {
        Flower[] rows = Tables.Flowers();
        rows[6] = rows[6].With(float.NaN);

        var error = Assert.Throws<InvalidOperationException>(() => Models.TextPipeline(_ml, Models.Small()).Fit(Rows(rows)));

        Mentions(error, "'Features'", "row 7");
    }

    [Fact]
    public void A_constant_and_an_empty_column_do_no_harm()
    {
        Flower[] rows = Tables.Flowers();
        foreach (Flower row in rows)
            row.Features = [row.Features[2], 7, 0, row.Features[3]];

        IDataView table = Models.WithKeys(_ml, Rows(rows));
        TargetPropMulticlassTransformer model = Trainer(o => o.MaxEpochs = 40).Fit(table);

        Assert.InRange(_ml.MulticlassClassification.Evaluate(model.Transform(table)).MicroAccuracy, 0.9, 1);
        // Later values of the constant column do not matter.
        foreach (Flower row in rows)
            row.Features[1] = 1e9f;
        Assert.InRange(_ml.MulticlassClassification.Evaluate(model.Transform(Models.WithKeys(_ml, Rows(rows)))).MicroAccuracy, 0.9, 1);
    }

    [Fact]
    public void Two_rows_are_enough()
    {
        IDataView table = Models.WithKeys(_ml, Rows([Tables.Flowers()[0], Tables.Flowers()[1]]));

        TargetPropMulticlassTransformer model = _ml.MulticlassClassification.Trainers.TargetPropClassifier(Models.Small(epochs: 60)).Fit(table);

        Assert.Equal([1u, 2u], model.Transform(table).GetColumn<uint>("PredictedLabel"));
    }

    private void Refused<TException>(IDataView data, Action<TargetPropMulticlassTrainer.Options>? change, params string[] mentions) where TException : Exception =>
        Mentions(Assert.Throws<TException>(() => Trainer(change).Fit(data)), mentions);

    private static void Mentions(Exception error, params string[] mentions) =>
        Assert.All(mentions, m => Assert.Contains(m, error.Message, StringComparison.Ordinal));

    private IDataView Rows(Flower[] rows) => _ml.Data.LoadFromEnumerable(rows);

    private TargetPropMulticlassTrainer Trainer(Action<TargetPropMulticlassTrainer.Options>? change = null) =>
        _ml.MulticlassClassification.Trainers.TargetPropClassifier(Models.Small(epochs: 2).With(change ?? (_ => { })));

    private sealed class VariableRow
    {
        [KeyType(3)]
        public uint Label { get; set; }

        public float[] Features { get; set; } = [];
    }
}
