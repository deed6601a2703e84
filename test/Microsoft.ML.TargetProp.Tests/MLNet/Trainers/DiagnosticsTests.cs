using System.Globalization;
using Microsoft.ML.Data;
using Microsoft.ML.TargetProp.Tests.Support;

namespace Microsoft.ML.TargetProp.Tests.MLNet;

/// <summary>Tests diagnostics of networks during and after training.</summary>
public sealed class DiagnosticsTests(FlowerModel flowers) : IClassFixture<FlowerModel>
{
    private readonly MLContext _ml = flowers.Context;

    [Fact]
    public void Diagnostics_in_every_epoch_do_not_change_the_network()
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
    public void With_the_option_every_epoch_has_a_report(int rows, int looked)
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
    public void Analyze_on_the_training_rows_equals_the_report_of_the_last_epoch(bool augmented)
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
    public void A_loaded_model_has_the_same_report()
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
    public void Diagnostics_work_for_binary_networks()
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

    /// <summary>All rules except straight-through, which needs units without a derivative. Diagnostics reject such units.</summary>
    public static TheoryData<TargetPropLearningRule> Rules => [.. Enum.GetValues<TargetPropLearningRule>().Where(r => r != TargetPropLearningRule.StraightThrough)];

    [Theory]
    [MemberData(nameof(Rules))]
    public void Every_rule_reports_the_numbers_that_apply_to_it(TargetPropLearningRule rule)
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
    public void Options_of_another_rule_than_the_model_are_rejected() =>
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

    // *** Invalid input ***

    [Fact]
    public void Units_without_a_derivative_are_rejected()
    {
        TargetPropMulticlassTransformer model = _ml.MulticlassClassification.Trainers
            .TargetPropClassifier(Models.Small(epochs: 1).With(o => o.UnitType = TargetPropUnitType.Sign)).Fit(flowers.KeyTable);

        Assert.Contains("Sign", Assert.Throws<ArgumentOutOfRangeException>(() => TargetPropDiagnostics.Analyze(model.Model, flowers.KeyTable)).Message);
    }

    [Fact]
    public void The_message_for_a_missing_column_names_it() =>
        Assert.Contains("'Colour'", Assert.Throws<ArgumentOutOfRangeException>(() => Analyze(flowers.KeyTable, o => o.LabelColumnName = "Colour")).Message);

    [Fact]
    public void Features_of_another_length_are_rejected()
    {
        IDataView longer = _ml.Transforms.Concatenate("Features", "Features", "SepalWidth").Fit(flowers.KeyTable).Transform(flowers.KeyTable);

        string message = Assert.Throws<ArgumentOutOfRangeException>(() => Analyze(longer)).Message;

        Assert.Contains("'Features'", message);
        Assert.Contains("4 Single", message);
        Assert.Contains("5", message);
    }

    [Fact]
    public void Labels_that_are_not_keys_are_rejected() =>
        Assert.Contains("String", Assert.Throws<ArgumentOutOfRangeException>(() => Analyze(flowers.Table)).Message);

    [Fact]
    public void Classes_in_another_order_are_rejected()
    {
        IDataView reversed = _ml.Data.LoadFromEnumerable(Tables.Flowers().Reverse());
        Assert.Contains("another order", Assert.Throws<ArgumentOutOfRangeException>(() => Analyze(Models.WithKeys(_ml, reversed))).Message);
    }

    [Fact]
    public void A_NaN_weight_is_rejected() =>
        Assert.Contains("'Name'", Assert.Throws<ArgumentOutOfRangeException>(() => Analyze(flowers.KeyTable, o => o.ExampleWeightColumnName = "Name")).Message);

    [Fact]
    public void An_empty_table_is_rejected()
    {
        Assert.Contains("rows is 0", Assert.Throws<ArgumentOutOfRangeException>(() => Analyze(flowers.KeyTable, rows: 0)).Message);
        Assert.Contains("no rows", Assert.Throws<InvalidOperationException>(() => Analyze(_ml.Data.FilterRowsByColumn(flowers.KeyTable, "SepalWidth", 1e6))).Message);
    }

    private TargetPropDiagnosticsReport Analyze(IDataView data, Action<TargetPropMulticlassTrainer.Options>? change = null, int rows = 150) =>
        TargetPropDiagnostics.Analyze(flowers.Transformer.Model, data, new TargetPropMulticlassTrainer.Options().With(change ?? (_ => { })), rows);
}
