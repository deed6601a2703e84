using Microsoft.ML.Data;
using Microsoft.ML.TargetProp.Tests.Support;

namespace Microsoft.ML.TargetProp.Tests.MLNet;

/// <summary>The base of tests that score a thousand flowers.</summary>
public abstract class ThousandFlowersTests(ThousandFlowers thousand) : IClassFixture<ThousandFlowers>
{
    private protected ThousandFlowers Thousand { get; } = thousand;

    private protected MLContext Context => Thousand.Context;

    private protected IDataView Table => Thousand.Table;

    private protected ITransformer Model => Thousand.Model;

    private protected void SameAsAlone(FlowerPrediction row) => Close(Thousand.Predictions[row.Name].Score, row.Score);

    private protected static void Close(float[] expected, float[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
            Assert.Equal(expected[i], actual[i], 1e-5f);
    }

    /// <summary>Names and scores; the predicted label stays a key, so it is not read as text.</summary>
    private protected FlowerPrediction[] Read(IDataView scored) =>
        [.. Context.Data.CreateEnumerable<FlowerPrediction>(Without(scored, "PredictedLabel"), reuseRowObject: false, ignoreMissingColumns: true)];

    private protected IDataView Without(IDataView view, params string[] columns) => Context.Transforms.DropColumns(columns).Fit(view).Transform(view);

    private protected static DataViewRowCursor Cursor(IDataView view, params string[] columns) => view.GetRowCursor(columns.Select(c => view.Schema[c]));
}

/// <summary>A thousand flowers, a model of them, and its predictions for each of them alone.</summary>
public sealed class ThousandFlowers
{
    public ThousandFlowers()
    {
        Table = Models.FlowersWithKeys(Context, 1000);
        Model = Context.MulticlassClassification.Trainers.TargetPropClassifier(Models.Small(epochs: 3)).Fit(Table);
        using var engine = Context.Model.CreatePredictionEngine<Flower, FlowerKeyPrediction>(Model, new PredictionEngineOptions { OwnsTransformer = false });
        Predictions = Tables.Flowers(1000).ToDictionary(f => f.Name, engine.Predict);
    }

    public MLContext Context { get; } = new(seed: 1);

    public IDataView Table { get; }

    public ITransformer Model { get; }

    internal Dictionary<string, FlowerKeyPrediction> Predictions { get; }
}
