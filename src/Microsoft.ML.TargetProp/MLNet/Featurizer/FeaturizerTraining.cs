using System.Globalization;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.TargetProp.Autoencoder;
using TorchSharp;

namespace Microsoft.ML.TargetProp.MLNet;

using Options = TargetPropFeaturizerEstimator.Options;

/// <summary>From data and options to a trained auto-encoder.</summary>
/// <param name="host">For messages, errors and cancellation.</param>
/// <param name="options">Checked options.</param>
/// <param name="seed">The seed of this estimator.</param>
internal sealed class FeaturizerTraining(IHost host, Options options, int seed)
{
    public TargetPropAutoencoderModel Run(IDataView data)
    {
        var column = VectorSource.Find(host, data.Schema, options.Input);
        TorchDevice.CheckNativeLibrary(host);
        using var guard = torch.no_grad();
        using var scope = torch.NewDisposeScope();
        var rows = RowTensors.Moved(Read(data, column), TorchDevice.Of(host));
        var standardization = options.StandardizeFeatures ? StandardizationLearner.Learn(rows) : null;
        standardization?.Apply(rows);
        var count = (int)rows.shape[0];
        var shape = new AutoencoderShape((int)rows.shape[1], FeaturizerOptions.HiddenUnits.Of(options, new(count)), options.Activation);
        return new(host, Train(shape, standardization, rows, Settings(count)));
    }

    private torch.Tensor Read(IDataView data, DataViewSchema.Column column)
    {
        var bad = new VectorCheck(column, VectorRules.FirstNotFinite);
        using var channel = host.Start("Reading training data");
        var (table, rows) = VectorReader.Read(host, data, column, (values, row) =>
        {
            bad.Look(values, row);
            return true;
        });
        bad.Finish(host, rows, "training", "values that are missing (NaN) or infinite",
            "Fill them in before, for example with mlContext.Transforms.TargetPropInpainting or ReplaceMissingValues, or filter such rows out.");
        if (rows == 0)
            throw host.Except($"The training data has no rows (column '{column.Name}'). Check the source and the filters before the transform.");
        return table.ToTensor();
    }

    private AutoencoderSettings Settings(int rows)
    {
        var data = new DataFacts(rows);
        return new()
        {
            MaxEpochs = FeaturizerOptions.MaxEpochs.Of(options, data),
            BatchSize = FeaturizerOptions.BatchSize.Of(options, data),
            LearningRate = options.LearningRate,
            DecoderLearningRate = options.DecoderLearningRate,
            CodeNoise = options.CodeNoise,
            InputNoise = options.InputNoise,
            Schedule = options.Schedule,
            Seed = seed,
        };
    }

    private AutoencoderSnapshot Train(AutoencoderShape shape, Standardization? standardization, torch.Tensor rows, AutoencoderSettings settings)
    {
        using var channel = host.Start("Training");
        void OnEpoch(TargetPropFeaturizerEpochMetrics epoch)
        {
            channel.Info(string.Create(CultureInfo.InvariantCulture,
                $"Layer {epoch.Layer} of {shape.Layers}, epoch {epoch.Epoch} of {epoch.MaxEpochs}: reconstruction error {epoch.ReconstructionError:G4}"));
            options.EpochCallback?.Invoke(epoch);
        }
        void CheckAlive()
        {
            host.CheckAlive();
            options.CancellationToken.ThrowIfCancellationRequested();
        }
        try
        {
            return new AutoencoderTraining(settings, OnEpoch, CheckAlive).Run(shape, standardization, rows);
        }
        catch (TrainingDivergedException error)
        {
            throw host.Except(error, error.Message);
        }
    }
}
