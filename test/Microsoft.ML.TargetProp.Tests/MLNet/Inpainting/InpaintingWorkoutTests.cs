using System.Reflection;
using Microsoft.ML.Data;
using Microsoft.ML.TargetProp.Tests.Support;

namespace Microsoft.ML.TargetProp.Tests.MLNet;

/// <summary>
/// The tests that ML.NET applies to its own estimators: the output schema is as announced, a saved transformer loads unchanged, and invalid
/// data are rejected everywhere with one of two exceptions.
/// </summary>
public sealed class InpaintingWorkoutTests
{
    private readonly MLContext _ml = new(seed: 1);

    public static TheoryData<string> Wrong { get; } = ["none", "text", "double", "scalar", "variable", "keys"];

    [Theory]
    [InlineData(false, 1, false)]
    [InlineData(true, 1, false)]
    [InlineData(true, 3, false)]
    [InlineData(true, 1, true)]
    public void The_output_schema_is_as_announced(bool named, int samples, bool inPlace)
    {
        IDataView table = named ? Named() : Gaps.View(_ml);
        TargetPropInpaintingEstimator estimator = Gaps.Estimator(_ml, 1, o =>
        {
            Gaps.AllColumns(o);
            (o.Output, o.SampleCount) = (TargetPropInpaintingOutput.Sample, samples);
            o.OutputColumnName = inPlace ? "Measures" : "Completed";
        });
        SchemaShape promised = estimator.GetOutputSchema(SchemaShape.Create(table.Schema));

        SchemaShape delivered = SchemaShape.Create(estimator.Fit(table).GetOutputSchema(table.Schema));

        Assert.Equal(promised.Select(c => c.Name).Order(StringComparer.Ordinal), delivered.Select(c => c.Name).Order(StringComparer.Ordinal));
        foreach (SchemaShape.Column column in promised)
        {
            Assert.True(delivered.TryFindColumn(column.Name, out SchemaShape.Column found));
            Assert.True(found.IsCompatibleWith(column), $"{column.Name} has something that was not announced");
            Assert.True(column.IsCompatibleWith(found), $"{column.Name} lacks something that was announced");
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_loaded_transformer_has_the_same_output_schema(bool named)
    {
        IDataView table = named ? Named() : Gaps.View(_ml);
        ITransformer transformer = Gaps.Estimator(_ml, 1, Gaps.AllColumns).Fit(table);
        ITransformer loaded = Models.Load(_ml, Models.Zip(_ml, transformer, table.Schema), out DataViewSchema inputSchema);

        DataViewSchema schema = transformer.GetOutputSchema(table.Schema);
        IRowToRowMapper mapper = transformer.GetRowToRowMapper(table.Schema);

        Assert.Equal(ViewText.Schema(table.Schema), ViewText.Schema(inputSchema));
        Assert.True(transformer.IsRowToRowMapper && loaded.IsRowToRowMapper);
        Assert.Same(table.Schema, mapper.InputSchema);
        foreach (DataViewSchema other in new[] { loaded.GetOutputSchema(table.Schema), transformer.Transform(table).Schema, loaded.Transform(table).Schema, mapper.OutputSchema })
            Assert.Equal(ViewText.Schema(schema), ViewText.Schema(other));
    }

    [Theory]
    [MemberData(nameof(Wrong))]
    public void An_invalid_column_is_rejected_everywhere(string what)
    {
        IDataView table = Gaps.View(_ml), wrong = WrongTable(what);
        TargetPropInpaintingEstimator estimator = Gaps.Estimator(_ml, 1);
        TargetPropInpaintingTransformer transformer = estimator.Fit(table);
        ITransformer loaded = Models.Load(_ml, Models.Zip(_ml, transformer, table.Schema));

        MustFail(() => estimator.GetOutputSchema(SchemaShape.Create(wrong.Schema)), "Measures");
        MustFail(() => estimator.Fit(wrong), "Measures");
        MustFail(() => estimator.Fit(table, wrong), "Measures");
        foreach (ITransformer model in new[] { transformer, loaded })
        {
            MustFail(() => model.GetOutputSchema(wrong.Schema), "Measures");
            MustFail(() => model.Transform(wrong), "Measures");
            MustFail(() => model.GetRowToRowMapper(wrong.Schema), "Measures");
        }
    }

    [Fact]
    public void The_message_for_another_number_of_slots_has_both_numbers()
    {
        IDataView table = Gaps.View(_ml), wider = _ml.Data.LoadFromEnumerable([new Wide { Measures = new float[9] }]);
        TargetPropInpaintingEstimator estimator = Gaps.Estimator(_ml, 1);
        TargetPropInpaintingTransformer transformer = estimator.Fit(table);

        MustFail(() => transformer.GetOutputSchema(wider.Schema), "Measures", "4", "9");
        MustFail(() => transformer.Transform(wider), "Measures", "4", "9");
        MustFail(() => ((ITransformer)transformer).GetRowToRowMapper(wider.Schema), "Measures", "4", "9");
        MustFail(() => estimator.Fit(table, wider), "Measures", "4", "9");
        MustFail(() => estimator.Fit(wider, transformer.Model), "4", "9");
    }

    [Fact]
    public void It_works_in_a_pipeline_before_a_trainer_in_cross_validation_and_in_a_file()
    {
        Flower[] flowers = Tables.Flowers(150);
        var random = new Random(1);
        foreach (Flower flower in flowers)
            flower.Features = [.. flower.Features.Select(v => random.Next(5) == 0 ? float.NaN : v)];
        IDataView table = Models.WithKeys(_ml, _ml.Data.LoadFromEnumerable(flowers));
        var pipeline = _ml.Transforms.TargetPropInpainting(Gaps.Small(40, o => (o.InputColumnName, o.OutputColumnName) = (null, "Features")))
            .Append(_ml.MulticlassClassification.Trainers.TargetPropClassifier(Models.Small(epochs: 40)));

        var folds = _ml.MulticlassClassification.CrossValidate(table, pipeline, numberOfFolds: 3);
        var model = pipeline.Fit(table);
        ITransformer loaded = Models.Load(new MLContext(), Models.Zip(_ml, model, table.Schema));

        // One petal measure is enough to separate the kinds, and one row in 25 has neither of the two.
        Assert.All(folds, f => Assert.InRange(f.Metrics.MicroAccuracy, 0.8, 1));
        Assert.Equal(ViewText.Rows(model.Transform(table), "Score"), ViewText.Rows(loaded.Transform(table), "Score"));
        using var engine = _ml.Model.CreatePredictionEngine<Flower, FlowerKeyPrediction>(loaded);
        Assert.Equal(
            model.Transform(table).GetColumn<uint>("PredictedLabel").Take(20),
            flowers.Take(20).Select(f => engine.Predict(f).PredictedLabel));
    }

    private IDataView Named()
    {
        IDataView flowers = _ml.Data.LoadFromEnumerable(Tables.Flowers(60));
        return _ml.Transforms.Concatenate("Measures", "SepalLength", "SepalWidth", "PetalLength", "PetalWidth").Fit(flowers).Transform(flowers);
    }

    private IDataView WrongTable(string what)
    {
        IDataView table = Gaps.View(_ml, 20, missing: 0);
        IEstimator<ITransformer> change = what switch
        {
            "none" => _ml.Transforms.DropColumns("Measures"),
            "text" => _ml.Transforms.Conversion.ConvertType("Measures", outputKind: DataKind.String),
            "double" => _ml.Transforms.Conversion.ConvertType("Measures", outputKind: DataKind.Double),
            "scalar" => _ml.Transforms.CopyColumns("Measures", "Weight"),
            "keys" => _ml.Transforms.Conversion.MapValueToKey("Measures"),
            _ => _ml.Transforms.Text.TokenizeIntoWords("Words", "Name").Append(_ml.Transforms.Conversion.ConvertType("Measures", "Words", DataKind.Single)),
        };
        return change.Fit(table).Transform(table);
    }

    private static void MustFail(Action action, params string[] mentions)
    {
        Exception? error = Record.Exception(action);
        while (error is TargetInvocationException { InnerException: { } inner })
            error = inner;
        Assert.True(error is ArgumentOutOfRangeException or InvalidOperationException, error?.ToString() ?? "nothing was thrown");
        Assert.All(mentions, m => Assert.Contains(m, error!.Message, StringComparison.Ordinal));
    }

    private sealed class Wide
    {
        [VectorType(9)]
        public float[] Measures { get; set; } = [];
    }
}
