using System.Text.Json;
using Microsoft.ML.Data;
using Microsoft.ML.TargetProp.Samples;
using Microsoft.ML.TargetProp.Samples.ModelBuilder;
using Microsoft.ML.TargetProp.Tests.Packaging;

namespace Microsoft.ML.TargetProp.Tests.Samples;

/// <summary>Uses the code that follows Model Builder's layout as a user of Model Builder would.</summary>
public sealed class ModelBuilderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void It_trains_on_a_file_and_predicts_from_the_saved_model()
    {
        DigitSet digits = DrawnDigits.Draw(600);
        DigitCsv.Write(_folder["digits.csv"], digits);
        DigitModel.Train(_folder["DigitModel.zip"], _folder["digits.csv"]);
        DigitModel.MLNetModelPath = _folder["DigitModel.zip"];

        DigitModel.ModelOutput[] outputs = [.. Enumerable.Range(0, 50).Select(i => DigitModel.Predict(Input(digits, i)))];

        Assert.InRange(outputs.Where((output, i) => output.PredictedLabel == digits.LabelName(i)).Count(), 40, 50);
        KeyValuePair<string, float>[] all = [.. DigitModel.PredictAllLabels(Input(digits, 3))];
        Assert.Equal(Enumerable.Range(0, 10).Select(i => $"{i}"), all.Select(pair => pair.Key).Order());
        Assert.Equal(all.Select(pair => pair.Value).OrderDescending(), all.Select(pair => pair.Value));
        Assert.Equal(outputs[3].PredictedLabel, all[0].Key);
        Assert.Equal(1f, all.Sum(pair => pair.Value), 3);
    }

    [Fact]
    public void It_evaluates_the_model_and_ranks_the_features()
    {
        DigitCsv.Write(_folder["digits.csv"], DrawnDigits.Draw(400));
        MLContext mlContext = new(1);
        IDataView data = DigitModel.LoadIDataViewFromFile(mlContext, _folder["digits.csv"], ',', hasHeader: true, allowQuoting: false);
        ITransformer model = DigitModel.RetrainModel(mlContext, data);

        MulticlassClassificationMetrics metrics = DigitModel.Evaluate(mlContext, data, model, "label");
        List<Tuple<string, double>> importance = DigitModel.CalculatePFI(mlContext, mlContext.Data.TakeRows(data, 20), model, "label");

        Assert.InRange(metrics.MicroAccuracy, 0.8, 1);
        Assert.Contains(importance, feature => feature.Item1.EndsWith("pixel400", StringComparison.Ordinal));
        Assert.Equal(importance.Select(feature => feature.Item2).OrderDescending(), importance.Select(feature => feature.Item2));
    }

    [Fact]
    public void The_saved_model_imputes_the_missing_values_of_a_table()
    {
        ParcelCsv.Write(_folder["parcels.csv"], 300);
        ParcelCsv.Write(_folder["others.csv"], 100, seed: 2);
        ParcelModel.Train(_folder["ParcelModel.zip"], _folder["parcels.csv"]);
        ParcelModel.MLNetModelPath = _folder["ParcelModel.zip"];
        MLContext mlContext = new(1);
        ITransformer model = mlContext.Model.Load(_folder["ParcelModel.zip"], out _);

        (double ours, double mean) = ParcelModel.Evaluate(mlContext, ParcelModel.LoadIDataViewFromFile(mlContext, _folder["others.csv"]), model);
        ParcelModel.ModelOutput output = ParcelModel.Predict(new ParcelModel.ModelInput { Length = 40, Height = 18 });

        Assert.InRange(ours, 0, 0.4 * mean);
        Assert.Equal([40, 18], new[] { output.Completed[0], output.Completed[2] });
        Assert.InRange(output.Completed[1], 22, 32);
        Assert.True(output.Uncertainty[1] > 0 && output.Uncertainty[0] == 0);
    }

    [Fact]
    public void The_saved_model_predicts_fares_and_an_interval_for_them()
    {
        FareCsv.Write(_folder["fares.csv"], 800);
        FareCsv.Write(_folder["others.csv"], 500, seed: 2);
        FareModel.Train(_folder["FareModel.zip"], _folder["fares.csv"]);
        FareModel.MLNetModelPath = _folder["FareModel.zip"];
        MLContext mlContext = new(1);
        ITransformer model = mlContext.Model.Load(_folder["FareModel.zip"], out _);
        IDataView others = FareModel.LoadIDataViewFromFile(mlContext, _folder["others.csv"], ',', hasHeader: true, allowQuoting: false);
        FareModel.ModelInput[] rides = [.. mlContext.Data.CreateEnumerable<FareModel.ModelInput>(others, reuseRowObject: false)];

        RegressionMetrics metrics = FareModel.Evaluate(mlContext, others, model, "fare");
        List<Tuple<string, double>> importance = FareModel.CalculatePFI(mlContext, others, model, "fare");
        double inside = rides.Average(ride => FareModel.Predict(ride).Quantiles is [var low, var high] && ride.Fare >= low && ride.Fare <= high ? 1.0 : 0);

        Assert.InRange(metrics.RSquared, 0.95, 1);
        Assert.Equal("distance", importance[0].Item1);
        Assert.InRange(inside, 0.82, 0.97);
    }

    [Fact]
    public void Digits_are_the_same_after_writing_and_reading_a_file()
    {
        DigitSet digits = DrawnDigits.Draw(12);
        DigitCsv.Write(_folder["a/digits.csv"], digits);

        MLContext mlContext = new();
        IDataView data = DigitModel.LoadIDataViewFromFile(mlContext, _folder["a/digits.csv"], ',', hasHeader: true, allowQuoting: false);
        DigitModel.ModelInput[] rows = [.. mlContext.Data.CreateEnumerable<DigitModel.ModelInput>(data, reuseRowObject: false)];

        Assert.Equal(12, rows.Length);
        Assert.All(Enumerable.Range(0, 12), i =>
        {
            Assert.Equal(digits.LabelName(i), rows[i].Label);
            Assert.Equal(digits.Image(i).ToArray().Select(p => (float)p), rows[i].Pixels);
        });
        Assert.Single(Directory.GetFiles(_folder["a"]));
    }

    [Theory]
    [InlineData("a,b\n1,2\n", "found 2 columns")]
    [InlineData("", "found 1 columns")]
    public void A_file_with_a_wrong_number_of_columns_gives_a_message(string content, string message)
    {
        File.WriteAllText(_folder["digits.csv"], content);

        Assert.Contains(message, Assert.Throws<SampleException>(() => DigitCsv.CheckHeader(_folder["digits.csv"])).Message);
    }

    [Fact]
    public void A_file_without_a_header_and_a_missing_file_give_a_message()
    {
        File.WriteAllText(_folder["digits.csv"], string.Join(',', Enumerable.Repeat("0", 785)));

        Assert.Contains("expected a header", Assert.Throws<SampleException>(() => DigitCsv.CheckHeader(_folder["digits.csv"])).Message);
        Assert.Contains("none.csv' not found", Assert.Throws<SampleException>(() => DigitCsv.CheckHeader(_folder["none.csv"])).Message);
    }

    [Fact]
    public void The_configuration_describes_the_training_file()
    {
        string path = Path.Combine(Packaging.Repository.Root, "src", "Samples", "ModelBuilder", "DigitModel.mbconfig");
        using JsonDocument configuration = JsonDocument.Parse(File.ReadAllText(path));
        JsonElement root = configuration.RootElement;
        JsonElement source = root.GetProperty("DataSource");
        JsonElement[] columns = [.. source.GetProperty("ColumnProperties").EnumerateArray()];

        Assert.Equal("Classification", root.GetProperty("Scenario").GetString());
        Assert.Equal("TrainingConfig", root.GetProperty("Type").GetString());
        Assert.Equal(DigitModel.RetrainFilePath, source.GetProperty("FilePath").GetString());
        Assert.Equal(DigitModel.RetrainSeparatorChar.ToString(), source.GetProperty("Delimiter").GetString());
        Assert.Equal(DigitModel.RetrainHasHeader, source.GetProperty("HasHeader").GetBoolean());
        Assert.Equal(DigitCsv.Header, string.Join(',', columns.Select(column => column.GetProperty("ColumnName").GetString())));
        Assert.Equal(["Label", .. Enumerable.Repeat("Feature", 784)], columns.Select(column => column.GetProperty("ColumnPurpose").GetString()));
    }

    private static DigitModel.ModelInput Input(DigitSet digits, int index) =>
        new() { Pixels = [.. digits.Image(index).ToArray().Select(pixel => (float)pixel)] };
}
