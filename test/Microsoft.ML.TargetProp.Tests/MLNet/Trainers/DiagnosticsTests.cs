using System.Globalization;
using Microsoft.ML.Data;
using Microsoft.ML.TargetProp.Tests.Support;

namespace Microsoft.ML.TargetProp.Tests.MLNet;

/// <summary>Looks into networks: while they train, and afterwards.</summary>
public sealed class DiagnosticsTests(FlowerModel flowers) : IClassFixture<FlowerModel>
{
    private readonly MLContext _ml = flowers.Context;

    [Fact]
    public void A_look_at_every_epoch_trains_the_same_network_bit_for_bit()
    {
        TargetPropMulticlassTrainer.Options Noisy(int rows) => Models.Small(epochs: 4).With(o =>
        {
            (o.Dropout, o.InputDropout, o.DiagnosticsRows) = (0.1, 0.1, rows);
            o.ExampleWeightColumnName = "Weight";
        });
        byte[] Train(int rows) => _ml.MulticlassClassification.Trainers.TargetPropClassifier(Noisy(rows)).Fit(flowers.KeyTable).Bytes();

        Assert.Equal(Train(0), Train(20));
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(40, 40)]
    [InlineData(10_000, 150)]
    public void Every_epoch_has_its_report_where_the_option_asks_for_it(int rows, int looked)
    {
        var epochs = new List<TargetPropEpochMetrics>();
        _ml.MulticlassClassification.Trainers.TargetPropClassifier(Models.Small(epochs: 3).With(o =>
        {
            (o.HiddenUnits, o.DiagnosticsRows) = ([8, 6, 5], rows);
            o.EpochCallback = epochs.Add;
        })).Fit(flowers.KeyTable);

        Assert.Equal(3, epochs.Count);
        Assert.All(epochs, e => Assert.Equal(looked, e.Diagnostics!.Rows));
        Assert.All(epochs, e => Assert.Equal([8, 6, 5, 3], e.Diagnostics!.Layers.Select(l => l.Units)));
        Assert.All(epochs, e => Assert.Equal([(2, 1), (3, 2)], e.Diagnostics!.FeedbackMaps.Select(m => (m.From, m.To))));
        Assert.All(epochs, e => Assert.All(e.Diagnostics!.FeedbackMaps, m => Assert.True(m.ReconstructionLoss > 0 && m.LargestEigenvalue > 0)));
    }

    [Fact]
    public void Without_the_option_there_is_no_report()
    {
        var epochs = new List<TargetPropEpochMetrics>();
        _ml.MulticlassClassification.Trainers.TargetPropClassifier(Models.Small(epochs: 2).With(o => o.EpochCallback = epochs.Add)).Fit(flowers.KeyTable);

        Assert.All(epochs, e => Assert.Null(e.Diagnostics));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Analyze_says_of_the_training_rows_what_the_last_epoch_said(bool augmented)
    {
        TargetPropDiagnosticsReport? last = null;
        TargetPropMulticlassTrainer.Options options = Models.Small(epochs: 3).With(o =>
        {
            (o.TargetStep, o.Feedback.Noise, o.DiagnosticsRows) = (0.1, 0.3, 150);
            o.ExampleWeightColumnName = "Weight";
            o.Augmentation = augmented ? new() { Width = 2 } : null;
            o.EpochCallback = e => last = e.Diagnostics;
        });
        TargetPropMulticlassTransformer model = _ml.MulticlassClassification.Trainers.TargetPropClassifier(options).Fit(flowers.KeyTable);

        Assert.Equivalent(last, TargetPropDiagnostics.Analyze(model.Model, flowers.KeyTable, options), strict: true);
    }

    [Fact]
    public void A_model_that_was_saved_and_loaded_has_the_same_report()
    {
        TransformerChain<ITransformer> loaded = Assert.IsType<TransformerChain<ITransformer>>(Models.Load(new MLContext(), Models.Zip(_ml, flowers.Chain, flowers.Table.Schema)));
        TargetPropMulticlassModelParameters model = loaded.OfType<TargetPropMulticlassTransformer>().Single().Model;

        TargetPropDiagnosticsReport report = TargetPropDiagnostics.Analyze(model, flowers.KeyTable);

        Assert.Equivalent(TargetPropDiagnostics.Analyze(flowers.Transformer.Model, flowers.KeyTable), report, strict: true);
        TargetPropFeedbackDiagnostics map = Assert.Single(report.FeedbackMaps);
        Assert.True(map.NearerFraction > 0.9, $"{map.NearerFraction} of the targets come nearer.");
        Assert.InRange(report.Layers[0].UpdateAngle!.Value, 0, 90);
    }

    [Fact]
    public void A_binary_network_is_measured_too()
    {
        IDataView moons = Models.Moons(_ml);
        var trained = _ml.BinaryClassification.Trainers.TargetPropClassifier(Models.SmallBinary()).Fit(moons);
        ITransformer loaded = Models.Load(new MLContext(), Models.Zip(_ml, trained, moons.Schema));

        TargetPropDiagnosticsReport report = TargetPropDiagnostics.Analyze(trained.Model.SubModel, moons, rows: 100);

        Assert.Equal(100, report.Rows);
        Assert.Equal([16, 16, 1], report.Layers.Select(l => l.Units));
        Assert.Single(report.FeedbackMaps);
        Assert.Equivalent(report, TargetPropDiagnostics.Analyze(Models.BinaryParameters(loaded), moons, rows: 100), strict: true);
    }

    /// <summary>Straight-through is for units whose signal has no derivative, and these are refused.</summary>
    public static TheoryData<TargetPropLearningRule> Rules => [.. Enum.GetValues<TargetPropLearningRule>().Where(r => r != TargetPropLearningRule.StraightThrough)];

    [Theory]
    [MemberData(nameof(Rules))]
    public void Every_rule_reports_what_applies(TargetPropLearningRule rule)
    {
        TargetPropMulticlassTransformer model = _ml.MulticlassClassification.Trainers
            .TargetPropClassifier(Models.Small(epochs: 2).With(o => o.LearningRule = rule)).Fit(flowers.KeyTable);

        TargetPropDiagnosticsReport report = TargetPropDiagnostics.Analyze(model.Model, flowers.KeyTable);

        Assert.Equal([1, 2, 3], report.Layers.Select(l => l.Layer));
        Assert.All(report.Layers, l => Assert.InRange(l.UpdateAngle!.Value, 0, 180));
        Assert.Equal(0, report.Layers[^1].UpdateAngle!.Value, 1e-4);
        Assert.Equal(model.Model.Classifier.Network.Feedback.Select(m => (m.Shape.From, m.Shape.To)), report.FeedbackMaps.Select(m => (m.From, m.To)));
    }

    [Fact]
    public void Options_of_another_rule_are_told() =>
        Assert.Contains("trained by DifferenceTargetPropagation", Assert.Throws<ArgumentOutOfRangeException>(() => Analyze(flowers.KeyTable, o => o.LearningRule = TargetPropLearningRule.Backpropagation)).Message);

    [Fact]
    public void A_report_is_a_table_in_every_culture()
    {
        CultureInfo before = CultureInfo.CurrentCulture;
        try
        {
            CultureInfo.CurrentCulture = CultureInfo.GetCultureInfo("de-DE");
            string[] lines = TargetPropDiagnostics.Analyze(flowers.Transformer.Model, flowers.KeyTable).ToString().ReplaceLineEndings("\n").Split('\n');

            Assert.Contains("update angle", lines[0]);
            Assert.Contains("0.0°", lines[2]);
            Assert.StartsWith("2 → 1", lines[6]);
            Assert.DoesNotContain(",", string.Concat(lines));
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    // *** What cannot be looked at ***

    [Fact]
    public void Units_whose_signal_has_no_derivative_are_refused()
    {
        TargetPropMulticlassTransformer model = _ml.MulticlassClassification.Trainers
            .TargetPropClassifier(Models.Small(epochs: 1).With(o => o.UnitType = TargetPropUnitType.Sign)).Fit(flowers.KeyTable);

        Assert.Contains("Sign", Assert.Throws<ArgumentOutOfRangeException>(() => TargetPropDiagnostics.Analyze(model.Model, flowers.KeyTable)).Message);
    }

    [Fact]
    public void A_missing_column_is_named() =>
        Assert.Contains("'Colour'", Assert.Throws<ArgumentOutOfRangeException>(() => Analyze(flowers.KeyTable, o => o.LabelColumnName = "Colour")).Message);

    [Fact]
    public void Features_of_another_length_are_told()
    {
        IDataView longer = _ml.Transforms.Concatenate("Features", "Features", "SepalWidth").Fit(flowers.KeyTable).Transform(flowers.KeyTable);

        string message = Assert.Throws<ArgumentOutOfRangeException>(() => Analyze(longer)).Message;

        Assert.Contains("'Features'", message);
        Assert.Contains("4 Single", message);
        Assert.Contains("5", message);
    }

    [Fact]
    public void Labels_that_are_no_keys_are_told() =>
        Assert.Contains("String", Assert.Throws<ArgumentOutOfRangeException>(() => Analyze(flowers.Table)).Message);

    [Fact]
    public void Classes_in_another_order_are_told()
    {
        IDataView reversed = _ml.Data.LoadFromEnumerable(Tables.Flowers().Reverse());
        Assert.Contains("another order", Assert.Throws<ArgumentOutOfRangeException>(() => Analyze(Models.WithKeys(_ml, reversed))).Message);
    }

    [Fact]
    public void A_weight_that_is_no_number_is_told() =>
        Assert.Contains("'Name'", Assert.Throws<ArgumentOutOfRangeException>(() => Analyze(flowers.KeyTable, o => o.ExampleWeightColumnName = "Name")).Message);

    [Fact]
    public void No_rows_are_told()
    {
        Assert.Contains("rows is 0", Assert.Throws<ArgumentOutOfRangeException>(() => Analyze(flowers.KeyTable, rows: 0)).Message);
        Assert.Contains("no rows", Assert.Throws<InvalidOperationException>(() => Analyze(_ml.Data.FilterRowsByColumn(flowers.KeyTable, "SepalWidth", 1e6))).Message);
    }

    private TargetPropDiagnosticsReport Analyze(IDataView data, Action<TargetPropMulticlassTrainer.Options>? change = null, int rows = 150) =>
        TargetPropDiagnostics.Analyze(flowers.Transformer.Model, data, new TargetPropMulticlassTrainer.Options().With(change ?? (_ => { })), rows);
}
