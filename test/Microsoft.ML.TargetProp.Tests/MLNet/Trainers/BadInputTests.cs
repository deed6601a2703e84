using Microsoft.ML.Data;
using Microsoft.ML.TargetProp.Tests.Support;

namespace Microsoft.ML.TargetProp.Tests.MLNet;

/// <summary>Tests invalid training data. The message has the column, what was found, and what to do.</summary>
public sealed class BadInputTests
{
    private readonly MLContext _ml = new(seed: 1);

    [Fact]
    public void A_missing_column_is_rejected()
    {
        IDataView table = Models.FlowersWithKeys(_ml);

        Refused<ArgumentOutOfRangeException>(table, o => o.FeatureColumnName = "Measures", "feature column 'Measures'", "Could not find");
        Refused<ArgumentOutOfRangeException>(table, o => o.LabelColumnName = "Species", "label column 'Species'", "Could not find");
        Refused<ArgumentOutOfRangeException>(table, o => o.ExampleWeightColumnName = "Importance", "weight column 'Importance'", "Could not find");
    }

    [Fact]
    public void A_label_of_the_wrong_type_is_rejected()
    {
        IDataView table = Rows(Tables.Flowers());

        // The message says how to convert text and numbers to keys.
        Refused<ArgumentOutOfRangeException>(table, null, "label column 'Label'", "MapValueToKey", "String");
        Refused<ArgumentOutOfRangeException>(table, o => o.LabelColumnName = "Kind", "label column 'Kind'", "MapValueToKey", "Int32");
        Refused<ArgumentOutOfRangeException>(table, o => o.LabelColumnName = "Features", "label column 'Features'", "MapValueToKey", "Vector<Single>");
    }

    [Fact]
    public void A_hashed_label_is_rejected()
    {
        // Hashing gives two billion classes. The message suggests MapValueToKey.
        IDataView table = _ml.Transforms.Conversion.Hash("Label").Fit(Rows(Tables.Flowers())).Transform(Rows(Tables.Flowers()));

        Refused<InvalidOperationException>(table, null, "'Label'", "2147483648 classes", "MapValueToKey");
    }

    [Fact]
    public void A_binary_label_of_the_wrong_type_is_rejected()
    {
        IDataView table = Models.FlowersWithKeys(_ml);

        var error = Assert.Throws<ArgumentOutOfRangeException>(() => _ml.BinaryClassification.Trainers.TargetPropClassifier(Models.SmallBinary()).Fit(table));

        Mentions(error, "label column 'Label'", "Boolean", "Key<UInt32>");
    }

    [Theory]
    [InlineData("SepalLength", "Single")]
    [InlineData("Name", "String")]
    public void Features_of_the_wrong_type_are_rejected(string column, string type)
    {
        Refused<ArgumentOutOfRangeException>(Models.FlowersWithKeys(_ml), o => o.FeatureColumnName = column, $"feature column '{column}'", "expected Vector<Single>", $"got {type}");
    }

    [Fact]
    public void Weights_of_the_wrong_type_are_rejected()
    {
        Refused<ArgumentOutOfRangeException>(Models.FlowersWithKeys(_ml), o => o.ExampleWeightColumnName = "Name", "weight column 'Name'", "expected Single", "got String");
    }

    [Fact]
    public void Features_of_variable_length_are_rejected()
    {
        IDataView table = _ml.Data.LoadFromEnumerable(Tables.Flowers().Select(f => new VariableRow { Label = (uint)f.Kind / 10, Features = f.Features }));

        Refused<ArgumentOutOfRangeException>(table, null, "feature column 'Features'", "expected Vector<Single>", "got VarVector<Single>");
    }

    [Fact]
    public void An_empty_table_is_rejected()
    {
        IDataView table = Models.FlowersWithKeys(_ml);
        IDataView none = _ml.Data.FilterRowsByColumn(table, "Weight", lowerBound: 2);

        Refused<InvalidOperationException>(none, null, "training data has no rows", "'Features'", "'Label'", "filters");
    }

    [Fact]
    public void A_table_without_labels_is_rejected()
    {
        var keys = _ml.Transforms.Conversion.MapValueToKey("Label").Fit(Rows(Tables.Flowers()));
        Flower[] others = Tables.Flowers();
        foreach (Flower row in others)
            row.Label = "moss";

        Refused<InvalidOperationException>(keys.Transform(Rows(others)), null, "None of the 150 training rows has a label", "'Label'", "MapValueToKey");
    }

    [Fact]
    public void A_key_type_with_one_class_is_rejected()
    {
        Refused<InvalidOperationException>(Models.WithKeys(_ml, Rows([.. Tables.Flowers().Where(f => f.Label == "setosa")])), null, "'Label'", "1 class", "at least two");
    }

    [Fact]
    public void A_table_with_rows_of_one_class_only_is_rejected()
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
    public void NaN_and_infinite_features_are_rejected_when_missing_values_are_errors(float value, string name)
    {
        Flower[] rows = Tables.Flowers();
        rows[6] = rows[6].With(value);
        rows[100] = rows[100].With(value);

        Refused<InvalidOperationException>(
            Models.WithKeys(_ml, Rows(rows)), o => o.MissingValues = TargetPropMissingValues.Error, "'Features'", "2 of 150 training rows", $"row 7 holds {name} in slot 2", "ReplaceMissingValues", "FilterRowsByMissingValues");
    }

    [Fact]
    public void The_message_for_a_NaN_feature_has_the_name_of_the_slot()
    {
        Flower[] rows = Tables.Flowers();
        rows[149].PetalLength = float.NaN;
        IDataView table = _ml.Transforms.Concatenate("Features", "SepalLength", "PetalLength").Fit(Rows(rows)).Transform(Rows(rows));

        Refused<InvalidOperationException>(Models.WithKeys(_ml, table), o => o.MissingValues = TargetPropMissingValues.Error, "1 of 150", "row 150 holds NaN in slot 1 ('PetalLength')");
    }

    [Fact]
    public void NaN_features_in_rows_that_are_not_used_are_accepted()
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
    public void Invalid_weights_are_rejected(float weight, string name)
    {
        Flower[] rows = Tables.Flowers();
        rows[6].Weight = weight;

        Refused<InvalidOperationException>(
            Models.WithKeys(_ml, Rows(rows)), o => o.ExampleWeightColumnName = "Weight", "Weight column 'Weight'", $"row 7 holds {name}", "0 or more");
    }

    [Fact]
    public void Weights_that_are_all_0_are_rejected()
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
    public void The_message_for_a_divergence_names_the_rate(bool multiclass)
    {
        Exception error = multiclass
            ? Assert.Throws<InvalidOperationException>(() => Trainer(o => o.LearningRate = 500).Fit(Models.FlowersWithKeys(_ml)))
            : Assert.Throws<InvalidOperationException>(() => _ml.BinaryClassification.Trainers.TargetPropClassifier(Models.SmallBinary().With(o => o.LearningRate = 500)).Fit(Models.Moons(_ml)));

        Mentions(error, "diverged in epoch", "Lower LearningRate (now 500)");
    }

    [Fact]
    public void A_pipeline_throws_the_error_of_the_trainer()
    {
        Flower[] rows = Tables.Flowers();
        rows[6] = rows[6].With(float.PositiveInfinity);

        var error = Assert.Throws<InvalidOperationException>(() => Models.TextPipeline(_ml, Models.Small()).Fit(Rows(rows)));

        Mentions(error, "'Features'", "row 7");
    }

    [Fact]
    public void Constant_and_empty_columns_are_accepted()
    {
        Flower[] rows = Tables.Flowers();
        foreach (Flower row in rows)
            row.Features = [row.Features[2], 7, 0, row.Features[3]];

        IDataView table = Models.WithKeys(_ml, Rows(rows));
        TargetPropMulticlassTransformer model = Trainer(o => o.MaxEpochs = 40).Fit(table);

        Assert.InRange(_ml.MulticlassClassification.Evaluate(model.Transform(table)).MicroAccuracy, 0.9, 1);
        // Later values of the constant column have no influence.
        foreach (Flower row in rows)
            row.Features[1] = 1e9f;
        Assert.InRange(_ml.MulticlassClassification.Evaluate(model.Transform(Models.WithKeys(_ml, Rows(rows)))).MicroAccuracy, 0.9, 1);
    }

    [Fact]
    public void Training_works_with_two_rows()
    {
        IDataView table = Models.WithKeys(_ml, Rows([Tables.Flowers()[0], Tables.Flowers()[1]]));

        TargetPropMulticlassTransformer model = _ml.MulticlassClassification.Trainers.TargetPropClassifier(Models.Small(epochs: 60)).Fit(table);

        Assert.Equal([1u, 2u], model.Transform(table).GetColumn<uint>("PredictedLabel"));
    }

    /// <summary>A length and the words for it. ML.NET hands such an array over as it is, whatever the VectorType attribute says; null is empty.</summary>
    public static TheoryData<float[]?, string> Ragged => new()
    {
        { [1, 2], "has 2 features in row 8" }, { [1, 2, 3, 4, 5], "has 5 features in row 8" }, { [], "has 0 features in row 8 (rows count from 1), an empty array or null" },
        { null, "has 0 features in row 8 (rows count from 1), an empty array or null" },
    };

    [Theory]
    [MemberData(nameof(Ragged))]
    public void A_training_row_that_is_shorter_or_longer_or_null_is_refused_by_every_trainer(float[]? features, string found)
    {
        Flower[] rows = Tables.Flowers();
        rows[7].Features = features!;
        IDataView flowers = Rows(rows);
        RaggedRow[] ragged = [.. rows.Select(row => new RaggedRow { Features = row.Features, Flag = row.Label == rows[0].Label })];
        IDataView other = _ml.Data.LoadFromEnumerable(ragged);

        void Refuse(Action fit) => Mentions(Assert.Throws<InvalidOperationException>(fit), "Column 'Features'", found, "expected 4 features", "Give every row");
        Refuse(() => Trainer().Fit(Models.WithKeys(_ml, flowers)));
        Refuse(() => _ml.BinaryClassification.Trainers.TargetPropClassifier(Models.SmallBinary().With(o => o.LabelColumnName = "Flag")).Fit(other));
        Refuse(() => _ml.Regression.Trainers.TargetPropRegression(labelColumnName: "Amount").Fit(other));
        Refuse(() => _ml.Transforms.TargetPropFeaturizer("Code", "Features").Fit(flowers));
        Refuse(() => _ml.Transforms.TargetPropInpainting("Filled", "Features").Fit(flowers));
    }

    [Fact]
    public void Ten_million_slots_are_refused_by_every_trainer_before_a_row_is_read()
    {
        const int slots = 10_000_000;
        var definition = SchemaDefinition.Create(typeof(OneHotRow));
        definition["Features"].ColumnType = new VectorDataViewType(NumberDataViewType.Single, slots);
        IEnumerable<OneHotRow> Unread()
        {
            Assert.Fail("A row was read.");
            yield break;
        }
        IDataView data = _ml.Data.LoadFromEnumerable(Unread(), definition);

        void Refuse(Action fit) => Mentions(Assert.Throws<InvalidOperationException>(fit), "Column 'Features' has 10000000 slots", "4194304 at most", "OneHotHashEncoding", "SelectFeaturesBasedOnCount");
        Refuse(() => Trainer().Fit(data));
        Refuse(() => _ml.BinaryClassification.Trainers.TargetPropClassifier(Models.SmallBinary().With(o => o.LabelColumnName = "Flag")).Fit(data));
        Refuse(() => _ml.Regression.Trainers.TargetPropRegression(labelColumnName: "Amount").Fit(data));
        Refuse(() => _ml.Transforms.TargetPropFeaturizer("Code", "Features").Fit(data));
        Refuse(() => _ml.Transforms.TargetPropInpainting("Filled", "Features").Fit(data));
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

    private sealed class RaggedRow
    {
        [VectorType(4)]
        public float[] Features { get; set; } = [];

        public bool Flag { get; set; }

        public float Amount { get; set; }
    }

    private sealed class OneHotRow
    {
        public VBuffer<float> Features { get; set; }

        [KeyType(3)]
        public uint Label { get; set; }

        public bool Flag { get; set; }

        public float Amount { get; set; }
    }
}
