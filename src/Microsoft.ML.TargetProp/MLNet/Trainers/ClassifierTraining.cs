using System.Globalization;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.TargetProp.Supervised;
using TorchSharp;

namespace Microsoft.ML.TargetProp.MLNet;

/// <summary>From data with roles and options to a trained network: what the multiclass and the binary trainer share.</summary>
internal static class ClassifierTraining
{
    /// <summary>Takes the validation rows of the options when <c>Fit</c> was given none, after the checks that those of <c>Fit</c> pass.</summary>
    /// <param name="options">Checked options.</param>
    /// <param name="context">What <c>Fit</c> was given.</param>
    /// <param name="checkSchema">Throws when the trainer's columns are missing or of a wrong type.</param>
    public static TrainContext WithValidation(TargetPropOptions options, TrainContext context, Func<SchemaShape, SchemaShape> checkSchema)
    {
        if (context.ValidationSet is not null || options.ValidationSet is not { } set)
            return context;
        checkSchema(SchemaShape.Create(set.Schema));
        var roles = context.TrainingSet.Schema;
        var validation = new RoleMappedData(set, label: roles.Label?.Name, feature: roles.Feature?.Name, weight: roles.Weight?.Name);
        return new(context.TrainingSet, validation, null, context.InitialPredictor);
    }

    /// <param name="host">For messages, errors and cancellation.</param>
    /// <param name="options">Checked options.</param>
    /// <param name="seed">The seed of this trainer.</param>
    /// <param name="context">Training data, validation data, and a model to continue from.</param>
    /// <param name="output">What the output layer is.</param>
    /// <param name="outputs">The number of output units.</param>
    /// <param name="start">The network to continue from, or null.</param>
    public static (NetworkSnapshot Network, TargetPropTrainingSummary Summary) Run(
        IHost host, TargetPropOptions options, int seed, TrainContext context, OutputKind output, int outputs, NetworkSnapshot? start)
    {
        OptionRule.ValidationRows(host, context.ValidationSet is not null, options.ValidationFraction, options.EarlyStoppingPatience);
        TorchDevice.CheckNativeLibrary(host);
        var device = TorchDevice.Of(host);
        using var guard = torch.no_grad();
        using var scope = torch.NewDisposeScope();
        var table = ExampleReader.Read(host, context.TrainingSet, "training");
        CheckClasses(host, table);
        CheckPictures(host, options, table);
        var validationTable = ReadValidation(host, context);
        if (options.ValidationFraction > 0)
        {
            var all = table;
            (table, validationTable) = all.Split(options.ValidationFraction, seed);
            all.Features.Dispose();
        }

        void CheckAlive()
        {
            host.CheckAlive();
            options.CancellationToken.ThrowIfCancellationRequested();
        }

        var standardization = start is not null ? start.Standardization : LearnStandardization(options, seed, table);
        start = start?.With(ClassifierDefaults.Signal(options, seed));
        var shape = start?.Shape ?? Shape(options, seed, table, output, outputs);
        var settings = ClassifierDefaults.Settings(options, seed, table.Rows, shape, standardization);
        CheckSize(host, shape, settings);
        if (start is null && ClassifierDefaults.LeavesDecayOpen(options, table.Rows))
        {
            var choice = new WeightDecayChoice(t => LearnStandardization(options, seed, t), shape, settings with { EarlyStoppingPatience = 0 }, CheckAlive);
            settings = settings with { WeightDecay = choice.Choose(table, device) };
        }
        using var training = table.MoveTo(device, output, options.Augmentation is null ? standardization : null);
        using var validation = validationTable?.MoveTo(device, output, standardization);
        using var probe = options.DiagnosticsRows == 0 ? null : Probe(settings, training, standardization, options.DiagnosticsRows);
        var loop = new ClassifierTrainer(settings, options.EpochCallback, CheckAlive, probe is null ? null : probe.Measure);
        var result = Train(host, loop, start, shape, standardization, training, validation);
        return (result.Network, Summary(result, settings, table.Rows));
    }

    private static NetworkProbe Probe(LearningSettings settings, Examples training, Standardization? standardization, int rows)
    {
        using var scope = torch.NewDisposeScope();
        var batch = training.Spread(rows);
        if (settings.Augmentation is not null)
            standardization?.Apply(batch.Features);
        return new(settings, batch);
    }

    private static Standardization? LearnStandardization(TargetPropOptions options, int seed, ExampleTable table)
    {
        if (!options.StandardizeFeatures)
            return null;
        var all = Standardization.Learn(table.Features);
        return ClassifierDefaults.IsWide(table.Columns, table.Rows) ? ColumnScreening.Apply(all, table.Features, table.Labels, seed) : all;
    }

    private static NetworkShape Shape(TargetPropOptions options, int seed, ExampleTable table, OutputKind output, int outputs)
    {
        int[] hidden = options.HiddenUnits ?? ClassifierDefaults.HiddenUnits(table.Rows);
        var signal = ClassifierDefaults.Signal(options, seed);
        return new(table.Columns, [.. hidden], outputs, options.Activation ?? signal.Activation, output) { Signal = signal };
    }

    /// <summary>Better now than after hours: what is trained must fit into an array, and into the file that it is saved in.</summary>
    private static void CheckSize(IHost host, NetworkShape shape, LearningSettings settings)
    {
        var feedback = LearningRule.Of(settings.Rule).FeedbackMaps(shape);
        var numbers = 2L * shape.InputUnits + shape.ForwardMaps().Concat(feedback).Sum(m => m.Parameters);
        ModelSize.Check(host, numbers,
            $"A network of {shape.InputUnits} features, hidden layers of [{string.Join(", ", shape.HiddenUnits)}] units and {shape.OutputUnits} outputs, feedback weights included,",
            $"Give {nameof(TargetPropOptions.HiddenUnits)} fewer or smaller layers, or the trainer fewer features.", Math.Max(shape.InputUnits, shape.OutputUnits));
    }

    private static TrainingResult Train(
        IHost host, ClassifierTrainer loop, NetworkSnapshot? start, NetworkShape shape, Standardization? standardization, Examples training, Examples? validation)
    {
        try
        {
            return start is null
                ? loop.Run(shape, standardization, training, validation)
                : loop.Run(start, training, validation);
        }
        catch (TrainingDivergedException error)
        {
            throw host.Except(error, error.Message);
        }
    }

    private static ExampleTable? ReadValidation(IHost host, TrainContext context)
    {
        if (context.ValidationSet is not { } data)
            return null;
        var (expected, found) = (context.TrainingSet.Schema.Feature!.Value, data.Schema.Feature!.Value);
        if (!found.Type.Equals(expected.Type))
            throw host.ExceptSchemaMismatch(nameof(context.ValidationSet), "feature", found.Name, expected.Type.ToString(), found.Type.ToString());
        return ExampleReader.Read(host, data, "validation");
    }

    private static void CheckClasses(IHost host, ExampleTable table)
    {
        if (table.Labels.All(l => l == table.Labels[0]))
            throw host.Except($"All {table.Rows} training rows have the same label in column '{table.LabelColumnName}'. A classifier needs rows of at least two classes.");
    }

    private static void CheckPictures(IHost host, TargetPropOptions options, ExampleTable table)
    {
        if (options.Augmentation is { } pictures && pictures.HeightIn(table.Columns) is null)
            throw host.ExceptUserArg(nameof(options.Augmentation),
                $"{nameof(options.Augmentation)} is for pictures of {pictures.Width} × {pictures.Height?.ToString(CultureInfo.InvariantCulture) ?? "any height"} pixels of {pictures.Channels} channels, but column '{table.FeatureColumnName}' has {table.Columns} features. Width × height × channels must be that number.");
    }

    private static TargetPropTrainingSummary Summary(TrainingResult result, LearningSettings settings, int rows)
    {
        var epoch = result.Epochs[result.BestEpoch - 1];
        return new()
        {
            Epochs = result.Epochs.Count,
            BestEpoch = result.BestEpoch,
            TrainingRows = rows,
            BatchSize = settings.BatchSize,
            Seed = settings.Seed,
            LearningRule = settings.Rule,
            TrainingLoss = epoch.TrainingLoss,
            TrainingError = epoch.TrainingError,
            ValidationLoss = epoch.ValidationLoss,
            ValidationError = epoch.ValidationError,
            LibraryVersion = MLNetCompatibility.LibraryVersion,
            MLNetVersion = MLNetCompatibility.LoadedVersion,
            TorchSharpVersion = MLNetCompatibility.TorchSharpVersion,
        };
    }
}
