// A program that uses only the packages. `train MODEL OUT` trains, saves and predicts. `predict MODEL OUT` loads the model in a process
// without a trainer and predicts again. OUT contains the bits of every score, so that two runs can be compared as text.
using Microsoft.ML;
using Microsoft.ML.Data;

if (args is not ["train" or "predict", var modelPath, var outputPath])
{
    Console.Error.WriteLine("usage: Consumer train|predict MODEL OUT");
    return 2;
}

var ml = new MLContext(seed: 1);
IDataView table = ml.Data.LoadFromEnumerable(Table.Rows());
ITransformer model;
if (args[0] == "train")
{
    var pipeline = ml.Transforms.Conversion.MapValueToKey("Label")
        .Append(ml.MulticlassClassification.Trainers.TargetPropClassifier(hiddenUnits: [16, 16], maxEpochs: 30))
        .Append(ml.Transforms.Conversion.MapKeyToValue("PredictedLabel"));
    model = pipeline.Fit(table);
    ml.Model.Save(model, table.Schema, modelPath);
}
else
{
    model = ml.Model.Load(modelPath, out _);
}

var lines = new List<string>();
IDataView scored = model.Transform(table);
foreach (Prediction row in ml.Data.CreateEnumerable<Prediction>(scored, reuseRowObject: false))
    lines.Add(Table.Describe(row));
using (var engine = ml.Model.CreatePredictionEngine<Row, Prediction>(model))
    foreach (Row row in Table.Rows().Take(10))
        lines.Add(Table.Describe(engine.Predict(row)));
File.WriteAllLines(outputPath, lines);

// Labels are text in both processes, so comparing strings counts the correct predictions.
int hits = Table.Rows().Zip(lines, (row, line) => line.StartsWith(row.Label + " ", StringComparison.Ordinal)).Count(hit => hit);
Console.WriteLine($"hits {hits} of {Table.Rows().Count()}");
return 0;

internal static class Table
{
    /// <summary>Points in four dimensions, around a centre per class. They are the same in every process.</summary>
    public static IEnumerable<Row> Rows()
    {
        var random = new Random(7);
        string[] kinds = ["ant", "bee", "cat"];
        for (int i = 0; i < 300; i++)
        {
            int kind = i % 3;
            var features = new float[4];
            for (int j = 0; j < features.Length; j++)
                features[j] = (float)(random.NextDouble() + (j % 3 == kind ? 1.5 : 0));
            yield return new Row { Label = kinds[kind], Features = features };
        }
    }

    public static string Describe(Prediction row)
        => row.PredictedLabel + " " + string.Join(' ', row.Score.Select(s => BitConverter.SingleToInt32Bits(s).ToString("x8")));
}

internal sealed class Row
{
    public string Label { get; set; } = "";

    [VectorType(4)]
    public float[] Features { get; set; } = [];
}

internal sealed class Prediction
{
    public string PredictedLabel { get; set; } = "";

    public float[] Score { get; set; } = [];
}
