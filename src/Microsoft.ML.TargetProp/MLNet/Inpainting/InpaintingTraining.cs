using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.TargetProp.Generative;
using TorchSharp;

namespace Microsoft.ML.TargetProp.MLNet;

using Options = TargetPropInpaintingEstimator.Options;

/// <summary>Trains a generative model and its completion maps from data and options.</summary>
/// <param name="host">Takes messages and errors, and cancels.</param>
/// <param name="options">Checked options.</param>
/// <param name="seed">The seed of this estimator.</param>
internal sealed class InpaintingTraining(IHost host, Options options, int seed)
{
    private readonly Action _checkAlive = HostedTraining.Cancellation(host, options.CancellationToken);

    /// <param name="data">The training rows.</param>
    /// <param name="validationData">The validation rows passed to <c>Fit</c>, or null.</param>
    /// <param name="start">The model to continue from, or null.</param>
    public TargetPropGenerativeModel Run(IDataView data, IDataView? validationData, TargetPropGenerativeModel? start)
    {
        var column = VectorColumn.Find(host, data.Schema, options.Input);
        ModelSize.CheckInput(host, column.Name, column.Type.GetVectorSize());
        if (start is not null)
            CheckWarmStart(start, column);
        CheckPicture(column);
        var units = start?.VisibleUnits ?? (options.VisibleUnits is { } kind ? [.. Enumerable.Repeat(kind, column.Type.GetVectorSize())] : null);
        validationData ??= options.ValidationSet;
        SharedOptions.CheckValidation(host, validationData is not null, options.ValidationFraction, options.EarlyStoppingPatience);
        TorchDevice.CheckNativeLibrary(host);
        var device = TorchDevice.Of(host);
        using var guard = torch.no_grad();
        using var scope = torch.NewDisposeScope();
        var training = InpaintingRows.Read(host, data, column, units, "training");
        var validation = validationData is null ? null : InpaintingRows.Read(host, validationData, VectorColumn.FindSame(host, validationData.Schema, column), units, "validation");
        if (options.ValidationFraction > 0)
            (training, validation) = RowTensors.Split(host, training, options.ValidationFraction, seed);
        InpaintingRows.CheckEverySlotObserved(host, training, column);

        var shape = start?.Snapshot.Shape
            ?? new(units ?? VisibleScale.ChooseUnits(training), InpaintingOptions.HiddenUnits.Of(options, new(training.shape[0])), options.Activation);
        var settings = Settings(shape, (int)training.shape[0]);
        CheckSize(shape, settings, training.shape[0]);
        (training, validation) = (training.MovedTo(device), validation is null ? null : validation.MovedTo(device));
        var result = Train(shape, start?.Snapshot, training, validation, settings);
        return new(host, AddCompletionMaps(result.Model, training, validation), Summary(result, settings, training.shape[0]));
    }

    /// <summary>Adds completion maps to the model, trained on rows with masked entries.</summary>
    private GenerativeSnapshot AddCompletionMaps(GenerativeSnapshot model, torch.Tensor training, torch.Tensor? validation)
    {
        if (options.Completion.MaxEpochs == 0)
            return model with { Completion = null };
        using var channel = host.Start("Training on masked rows");
        var settings = CompletionMapSettings(model.Shape.VisibleUnits, training.shape[0]);
        void OnEpoch(TargetPropCompletionEpochMetrics epoch)
        {
            HostedTraining.Log(channel, $"Completion epoch {epoch.Epoch} of {epoch.MaxEpochs}", $"squared error of completed entries {epoch.Error:G4}", epoch.ValidationError);
            options.Completion.EpochCallback?.Invoke(epoch);
        }
        return HostedTraining.Run(host, () => CompletionTrainer.Run(model, training, settings, OnEpoch, _checkAlive, validation));
    }

    private CompletionTrainingSettings CompletionMapSettings(int columns, long rows) => CompletionDefaults.Of(rows, columns, options.ImageWidth ?? 0, seed) with
    {
        MaxEpochs = InpaintingOptions.CompletionEpochs.Of(options, new(rows) { Columns = columns }),
        ImageHeight = options.ImageHeight ?? 0,
        EarlyStoppingPatience = options.EarlyStoppingPatience,
    };

    private void CheckSize(GenerativeShape shape, GenerativeSettings settings, long rows)
    {
        var components = settings.Prior == TargetPropCodePrior.Mixture ? Math.Min(settings.PriorComponents, rows) : 1;
        var completion = options.Completion.MaxEpochs == 0 ? 0 : CompletionArchive.CountNumbers(shape.VisibleUnits, CompletionMapSettings(shape.VisibleUnits, rows).HiddenUnits);
        ModelSize.Check(host, GenerativeArchive.CountNumbers(shape, components) + completion,
            $"A generative model of {shape.VisibleUnits} slots and hidden layers of [{string.Join(", ", shape.HiddenUnits)}] units, completion maps and prior included,",
            $"Give {nameof(options.HiddenUnits)} fewer or smaller layers, or the transform fewer slots.");
    }

    private void CheckPicture(DataViewSchema.Column column)
    {
        var (slots, width, height) = (column.Type.GetVectorSize(), options.ImageWidth ?? 0, options.ImageHeight ?? 0);
        if (width > 0 && height == 0 && slots % width != 0)
            throw host.ExceptUserArg(nameof(options.ImageWidth),
                $"{nameof(options.ImageWidth)} is {width}, which does not divide the {slots} slots of column '{column.Name}'. It must divide the number of slots. If only the first slots are a picture, set {nameof(options.ImageHeight)} to its number of lines.");
        if ((long)width * height > slots)
            throw host.ExceptUserArg(nameof(options.ImageHeight),
                $"{nameof(options.ImageWidth)} is {width} and {nameof(options.ImageHeight)} {height}: {(long)width * height} pixels, more than the {slots} slots of column '{column.Name}'. Their product must be at most the number of slots.");
    }

    private GenerativeResult Train(GenerativeShape shape, GenerativeSnapshot? start, torch.Tensor training, torch.Tensor? validation, GenerativeSettings settings)
    {
        using var channel = host.Start("Training");
        void OnEpoch(TargetPropGenerativeEpochMetrics epoch)
        {
            HostedTraining.Log(channel, $"Epoch {epoch.Epoch} of {epoch.MaxEpochs}", $"reconstruction error {epoch.ReconstructionError:G4}", epoch.ValidationError);
            options.EpochCallback?.Invoke(epoch);
        }
        return HostedTraining.Run(host, () => start is null
            ? GenerativeTrainer.Run(shape, training, settings, OnEpoch, _checkAlive, validation)
            : GenerativeTrainer.Run(start, training, settings, OnEpoch, _checkAlive, validation));
    }

    private GenerativeSettings Settings(GenerativeShape shape, int rows)
    {
        var data = new DataFacts(rows) { HiddenUnits = shape.HiddenUnits };
        return new()
        {
            MaxEpochs = InpaintingOptions.MaxEpochs.Of(options, data),
            BatchSize = InpaintingOptions.BatchSize.Of(options, data),
            LearningRate = InpaintingOptions.LearningRate.Of(options, data),
            Schedule = options.Schedule,
            Noise = options.Noise,
            Seed = seed,
            Inference = InpaintingOptions.Inference(options),
            TrainingIterations = InpaintingOptions.TrainingIterations.Of(options, data),
            Prior = options.Prior.Kind,
            PriorWidening = options.Prior.Widening,
            PriorScale = options.Prior.Scale,
            PriorComponents = options.Prior.Components,
            Maximization = options.Inference.Maximization,
            EarlyStoppingPatience = options.EarlyStoppingPatience,
        };
    }

    private void CheckWarmStart(TargetPropGenerativeModel start, DataViewSchema.Column column)
    {
        void Require(bool holds, string difference)
        {
            if (!holds)
                throw host.Except($"Training cannot continue from this model. Model and data or options differ in {difference}.");
        }
        var slots = column.Type.GetVectorSize();
        Require(start.SlotCount == slots, $"slots of the vector: the model has {start.SlotCount}, column '{column.Name}' {slots}");
        Require(options.HiddenUnits is null || options.HiddenUnits.SequenceEqual(start.HiddenUnits),
            $"{nameof(options.HiddenUnits)}: the model has [{string.Join(", ", start.HiddenUnits)}], the options [{string.Join(", ", options.HiddenUnits ?? [])}]; leave the option null to keep the model's");
        Require(options.Activation == start.Activation, $"{nameof(options.Activation)}: the model has {start.Activation}, the options {options.Activation}");
        Require(options.VisibleUnits is null || start.VisibleUnits.All(u => u == options.VisibleUnits),
            $"{nameof(options.VisibleUnits)}: the model has others than {options.VisibleUnits}; leave the option null to keep the model's");
    }

    private static TargetPropGenerativeTrainingSummary Summary(GenerativeResult result, GenerativeSettings settings, long rows)
    {
        var summary = new TargetPropGenerativeTrainingSummary();
        var epoch = summary.Describe(result, settings.BatchSize, settings.Seed, rows);
        (summary.ReconstructionError, summary.ValidationError) = (epoch.ReconstructionError, epoch.ValidationError);
        return summary;
    }
}

/// <summary>Reads the vectors that a generative model learns from, with their gaps, and refuses rows that cannot be used.</summary>
internal static class InpaintingRows
{
    /// <summary>Reads every row that has an observed entry.</summary>
    /// <param name="host">Takes warnings and errors, and cancels.</param>
    /// <param name="data">The data.</param>
    /// <param name="column">The column of vectors.</param>
    /// <param name="units">The kind of every slot; null when it is not known yet.</param>
    /// <param name="role">The role of the rows in messages: <c>training</c> or <c>validation</c>.</param>
    /// <returns><c>[rows, slots]</c>, NaN where missing, in the processor's memory.</returns>
    /// <exception cref="InvalidOperationException">The rows cannot be used; the message says why.</exception>
    public static torch.Tensor Read(IHost host, IDataView data, DataViewSchema.Column column, IReadOnlyList<TargetPropVisibleUnits>? units, string role)
    {
        var infinite = new VectorCheck(column, VectorCheck.FirstInfinite);
        var outside = new VectorCheck(column, values => units is null ? -1 : VectorCheck.FirstOutside(values, units));
        using var channel = host.Start("Reading " + role + " data");
        var (table, row) = VectorColumn.Read(host, data, column, (values, number) =>
        {
            infinite.Look(values, number);
            outside.Look(values, number);
            return !VectorCheck.IsEmpty(values);
        });

        infinite.Finish(host, row, role, "infinite values", VectorCheck.InfiniteRemedy);
        outside.Finish(host, row, role, "values outside [0, 1]", VectorCheck.OutsideRemedy);
        if (table.Rows == 0)
            throw host.Except(row == 0
                ? $"The {role} data has no rows (column '{column.Name}'). Check the source and the filters before the transform."
                : $"None of the {row} {role} rows has an observed entry in column '{column.Name}': every entry is missing (NaN). Check the source and the transforms before this one.");
        if (table.Rows < row)
            channel.Warning("{0} of {1} {2} rows have no observed entry in column '{3}' and were left out.", row - table.Rows, row, role, column.Name);
        return table.MoveToTensor();
    }

    /// <exception cref="InvalidOperationException">A slot is missing in all rows; the message names it.</exception>
    public static void CheckEverySlotObserved(IHost host, torch.Tensor rows, DataViewSchema.Column column)
    {
        using var scope = torch.NewDisposeScope();
        var empty = rows.isnan().all(dim: 0).data<bool>().ToArray();
        var first = Array.IndexOf(empty, true);
        if (first >= 0)
            throw host.Except(
                $"Column '{column.Name}' has no observed entry in slot {VectorColumn.SlotName(column, first)} in any of the {rows.shape[0]} training rows (slots count from 0; {empty.Count(e => e)} slots have none). " +
                "Nothing can be learned about such a slot: leave it out of the vector, or add rows in which it is observed.");
    }
}
