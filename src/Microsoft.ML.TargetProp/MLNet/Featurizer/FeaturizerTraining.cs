using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.TargetProp.Autoencoder;
using TorchSharp;

namespace Microsoft.ML.TargetProp.MLNet;

using Options = TargetPropFeaturizerEstimator.Options;

/// <summary>Turns data and options into a trained auto-encoder.</summary>
/// <param name="host">The source of messages, exceptions and cancellation.</param>
/// <param name="options">Checked options.</param>
/// <param name="seed">The seed of the estimator.</param>
internal sealed class FeaturizerTraining(IHost host, Options options, int seed)
{
    /// <param name="data">The training rows.</param>
    /// <param name="validationData">The validation rows that <c>Fit</c> was given, or null.</param>
    public TargetPropAutoencoderModel Run(IDataView data, IDataView? validationData)
    {
        var column = VectorColumn.Find(host, data.Schema, options.Input);
        ModelSize.CheckInput(host, column.Name, column.Type.GetVectorSize());
        validationData ??= options.ValidationSet;
        SharedOptions.CheckValidation(host, validationData is not null, options.ValidationFraction, options.EarlyStoppingPatience);
        TorchDevice.CheckNativeLibrary(host);
        var device = TorchDevice.Of(host);
        using var guard = torch.no_grad();
        using var scope = torch.NewDisposeScope();
        var training = Read(data, column, "training");
        var validation = validationData is null ? null : Read(validationData, VectorColumn.FindSame(host, validationData.Schema, column), "validation");
        if (options.ValidationFraction > 0)
            (training, validation) = RowTensors.Split(host, training, options.ValidationFraction, seed);

        var rows = (int)training.shape[0];
        var shape = new AutoencoderShape((int)training.shape[1], FeaturizerOptions.HiddenUnits.Of(options, new(rows)), options.Activation);
        CheckSize(shape);
        (training, validation) = (training.MovedTo(device), validation is null ? null : validation.MovedTo(device));
        var standardization = options.StandardizeFeatures ? Standardization.Learn(training) : null;
        standardization?.Apply(training);
        if (validation is not null)
            standardization?.Apply(validation);
        return new(host, Train(shape, standardization, training, validation, Settings(rows)));
    }

    private torch.Tensor Read(IDataView data, DataViewSchema.Column column, string role)
    {
        var bad = new VectorCheck(column, VectorCheck.FirstNotFinite);
        using var channel = host.Start("Reading " + role + " data");
        var (table, rows) = VectorColumn.Read(host, data, column, (values, row) =>
        {
            bad.Look(values, row);
            return true;
        });
        bad.Finish(host, rows, role, "values that are missing (NaN) or infinite",
            "Fill them in before, for example with mlContext.Transforms.TargetPropInpainting or ReplaceMissingValues, or filter such rows out.");
        if (rows == 0)
            throw host.Except($"The {role} data has no rows (column '{column.Name}'). Check the source and the filters before the transform.");
        return table.MoveToTensor();
    }

    private void CheckSize(AutoencoderShape shape) => ModelSize.Check(
        host, 2L * shape.InputUnits + shape.Encoders().Concat(shape.Decoders()).Sum(m => m.Parameters),
        $"An auto-encoder of {shape.InputUnits} slots and layers of [{string.Join(", ", shape.HiddenUnits)}] units",
        $"Give {nameof(options.HiddenUnits)} fewer or smaller layers, or the featurizer fewer slots.");

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
            EarlyStoppingPatience = options.EarlyStoppingPatience,
        };
    }

    private AutoencoderSnapshot Train(
        AutoencoderShape shape, Standardization? standardization, torch.Tensor training, torch.Tensor? validation, AutoencoderSettings settings)
    {
        using var channel = host.Start("Training");
        void OnEpoch(TargetPropFeaturizerEpochMetrics epoch)
        {
            HostedTraining.Log(channel, $"Layer {epoch.Layer} of {shape.Layers}, epoch {epoch.Epoch} of {epoch.MaxEpochs}", $"reconstruction error {epoch.ReconstructionError:G4}", epoch.ValidationError);
            options.EpochCallback?.Invoke(epoch);
        }
        var trainer = new AutoencoderTrainer(settings, OnEpoch, HostedTraining.Cancellation(host, options.CancellationToken));
        return HostedTraining.Run(host, () => trainer.Run(shape, standardization, training, validation));
    }
}
