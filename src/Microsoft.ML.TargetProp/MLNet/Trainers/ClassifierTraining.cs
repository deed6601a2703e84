using System.Globalization;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.TargetProp.Supervised;
using TorchSharp;

namespace Microsoft.ML.TargetProp.MLNet;

/// <summary>From data with roles and options to a trained network: what the multiclass and the binary trainer share.</summary>
internal static class ClassifierTraining
{
    /// <summary>What an archive holds (docs/model-format.md), less some room for class names.</summary>
    private static readonly long MostNumbers = (Array.MaxLength - (64 << 20)) / sizeof(float);

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
    /// <param name="classes">How many classes the label can name.</param>
    /// <param name="start">The network to continue from, or null.</param>
    public static (NetworkSnapshot Network, TargetPropTrainingSummary Summary) Run(
        IHost host, TargetPropOptions options, int seed, TrainContext context, OutputKind output, int classes, NetworkSnapshot? start)
    {
        var table = ExampleReader.Read(host, context.TrainingSet, "training");
        CheckClasses(host, table);
        CheckPictures(host, options, table);
        var validationTable = ReadValidation(host, context);
        SharedOptions.CheckValidation(host, validationTable is not null, options.ValidationFraction, options.EarlyStoppingPatience);

        TorchDevice.CheckNativeLibrary(host);
        var device = TorchDevice.Of(host);
        using var guard = torch.no_grad();
        var features = table.Features.ToTensor();
        var validationFeatures = validationTable is null ? null : validationTable.Features.ToTensor();
        if (options.ValidationFraction > 0)
            (features, validationTable, validationFeatures) = ExampleTensors.Split(features, ref table, options.ValidationFraction, seed);

        void CheckAlive()
        {
            host.CheckAlive();
            options.CancellationToken.ThrowIfCancellationRequested();
        }

        var standardization = start is not null ? start.Standardization : LearnStandardization(options, seed, features, table);
        start = start?.With(ClassifierOptions.Signal(options, seed));
        var shape = start?.Shape ?? Shape(options, seed, table, output, classes);
        var settings = ClassifierOptions.Settings(options, seed, table.Rows, shape, standardization);
        CheckSize(host, shape, settings);
        if (start is null && ClassifierOptions.LeavesDecayOpen(options, table.Rows))
        {
            var choice = new WeightDecayChoice((f, t) => LearnStandardization(options, seed, f, t), shape, settings with { EarlyStoppingPatience = 0 }, CheckAlive);
            settings = settings with { WeightDecay = choice.Choose(features, table, device) };
        }
        using var training = ExampleTensors.OnDevice(features, table, options.Augmentation is null ? standardization : null, output, device);
        using var validation = validationFeatures is null ? null : ExampleTensors.OnDevice(validationFeatures, validationTable!, standardization, output, device);
        using var probe = options.DiagnosticsRows == 0 ? null : Probe(settings, training, standardization, options.DiagnosticsRows);
        var loop = new TrainingLoop(settings, options.EpochCallback, CheckAlive, probe is null ? null : probe.Measure);
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

    private static Standardization? LearnStandardization(TargetPropOptions options, int seed, torch.Tensor features, ExampleTable table)
    {
        if (!options.StandardizeFeatures)
            return null;
        var all = StandardizationLearner.Learn(features);
        return ClassifierOptions.IsWide(table.Columns, table.Rows) ? ColumnScreening.Apply(all, features, table.Labels, seed) : all;
    }

    private static NetworkShape Shape(TargetPropOptions options, int seed, ExampleTable table, OutputKind output, int classes)
    {
        var data = new DataFacts(table.Rows);
        var hidden = ClassifierOptions.HiddenUnits.Of(options, data);
        return new(table.Columns, [.. hidden], output == OutputKind.Logistic ? 1 : classes, ClassifierOptions.Activation.Of(options, data), output)
        {
            Signal = ClassifierOptions.Signal(options, seed),
        };
    }

    /// <summary>Better now than after hours: what is trained must fit into an array, and into the file that it is saved in.</summary>
    private static void CheckSize(IHost host, NetworkShape shape, LearningSettings settings)
    {
        var feedback = LearningRules.CreditAssignment(settings).FeedbackMaps(shape);
        var numbers = 2L * shape.InputUnits + shape.ForwardMaps().Concat(feedback).Sum(m => m.Parameters);
        if (numbers > MostNumbers || Math.Max(shape.InputUnits, shape.OutputUnits) > LayerLimits.MaxUnits)
            throw host.Except(
                $"A network of {shape.InputUnits} features, hidden layers of [{string.Join(", ", shape.HiddenUnits)}] units and {shape.OutputUnits} outputs has {numbers} weights, feedback included; " +
                $"a model holds {MostNumbers} at most, and {LayerLimits.MaxUnits} features or outputs. Give {nameof(TargetPropOptions.HiddenUnits)} fewer or smaller layers, or the trainer fewer features.");
    }

    private static TrainingResult Train(
        IHost host, TrainingLoop loop, NetworkSnapshot? start, NetworkShape shape, Standardization? standardization, Examples training, Examples? validation)
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
        if (table.Labels.TrueForAll(l => l == table.Labels[0]))
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
