using System.Globalization;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.TargetProp.Supervised;
using TorchSharp;

namespace Microsoft.ML.TargetProp.MLNet;

/// <summary>Turns data and options into a trained classifier, for the multiclass and the binary trainer.</summary>
/// <param name="host">The source of messages, exceptions and cancellation.</param>
/// <param name="options">Checked options.</param>
/// <param name="seed">The seed of the trainer.</param>
/// <param name="output">The kind of the output layer.</param>
internal sealed class ClassifierTraining(IHost host, TargetPropOptions options, int seed, OutputKind output)
{
    /// <summary>Adds the validation rows of the options when <c>Fit</c> was given none, after the same checks.</summary>
    /// <param name="context">The arguments of <c>Fit</c>.</param>
    /// <param name="checkSchema">Throws when the trainer's columns are missing or have a wrong type.</param>
    public TrainContext WithValidation(TrainContext context, Func<SchemaShape, SchemaShape> checkSchema)
    {
        if (context.ValidationSet is not null || options.ValidationSet is not { } set)
            return context;
        checkSchema(SchemaShape.Create(set.Schema));
        var roles = context.TrainingSet.Schema;
        var validation = new RoleMappedData(set, label: roles.Label?.Name, feature: roles.Feature?.Name, weight: roles.Weight?.Name);
        return new(context.TrainingSet, validation, null, context.InitialPredictor);
    }

    /// <param name="context">The training rows, and the validation rows if there are any.</param>
    /// <param name="outputs">The number of output units.</param>
    /// <param name="start">The network to continue from, or null.</param>
    public (NetworkSnapshot Network, TargetPropTrainingSummary Summary) Run(TrainContext context, int outputs, NetworkSnapshot? start)
    {
        SharedOptions.CheckValidation(host, context.ValidationSet is not null, options.ValidationFraction, options.EarlyStoppingPatience);
        TorchDevice.CheckNativeLibrary(host);
        var device = TorchDevice.Of(host);
        using var guard = torch.no_grad();
        using var scope = torch.NewDisposeScope();
        var (table, validationTable) = Read(context);
        if (table.Sparse is not null && SparseRefusal(device, start) is { } reason)
            table = table.ToDense(host, reason);
        validationTable = table.Sparse is null ? validationTable?.ToDense(host, "the training rows are dense") : validationTable?.ToSparse();

        var standardization = start is null ? LearnStandardization(table) : start.Standardization;
        start = start?.With(ClassifierOptions.Signal(options, seed));
        var shape = start?.Shape ?? Shape(table, outputs);
        CheckSize(shape);
        var checkAlive = HostedTraining.Cancellation(host, options.CancellationToken);
        var settings = ClassifierOptions.Settings(options, seed, table.Rows, shape, standardization, table.Sparse is not null);
        if (start is null && ClassifierOptions.LeavesDecayOpen(options, Facts(table)))
        {
            var choice = new WeightDecayChoice(LearnStandardization, shape, settings with { EarlyStoppingPatience = 0 }, checkAlive);
            settings = settings with { WeightDecay = choice.Choose(table, device) };
        }

        using var training = table.MoveTo(device, output, options.Augmentation is null ? standardization : null);
        using var validation = validationTable?.MoveTo(device, output, standardization);
        using var probe = options.DiagnosticsRows == 0 ? null : Probe(settings, training, standardization);
        var trainer = new ClassifierTrainer(settings, options.EpochCallback, checkAlive, probe is null ? null : probe.Measure);
        var result = HostedTraining.Run(host, () =>
            start is null ? trainer.Run(shape, standardization, training, validation) : trainer.Run(start, training, validation));
        return (result.Network, Summary(result, settings, table.Rows));
    }

    /// <summary>Reads the training rows and the validation rows, both raw.</summary>
    private (ExampleTable Training, ExampleTable? Validation) Read(TrainContext context)
    {
        var table = ExampleReader.Read(host, context.TrainingSet, "training");
        ModelSize.CheckInput(host, table.FeatureColumnName, table.Columns);
        CheckClasses(table);
        CheckPictures(table);
        if (options.ValidationFraction == 0)
            return (table, context.ValidationSet is { } data ? ReadValidation(data, context.TrainingSet.Schema.Feature!.Value) : null);
        var parts = table.Split(options.ValidationFraction, seed);
        table.Features.Dispose();
        return parts;
    }

    private ExampleTable ReadValidation(RoleMappedData data, DataViewSchema.Column expected)
    {
        var found = data.Schema.Feature!.Value;
        if (!found.Type.Equals(expected.Type))
            throw host.ExceptSchemaMismatch("validationData", "feature", found.Name, expected.Type.ToString(), found.Type.ToString());
        return ExampleReader.Read(host, data, "validation");
    }

    private NetworkProbe Probe(ClassifierSettings settings, Examples training, Standardization? standardization)
    {
        using var scope = torch.NewDisposeScope();
        var batch = training.Spread(options.DiagnosticsRows);
        if (settings.Augmentation is not null)
            standardization?.Apply(batch.Features);
        return new(settings, batch);
    }

    private Standardization? LearnStandardization(ExampleTable table)
    {
        if (!options.StandardizeFeatures)
            return null;
        if (table.Sparse is { } rows)
            return Standardization.Learn(rows);
        var all = Standardization.Learn(table.Features);
        return ClassifierOptions.IsWide(table.Columns, table.Rows) ? ColumnScreening.Apply(all, table.Features, table.Labels, seed) : all;
    }

    private static DataFacts Facts(ExampleTable table) => new(table.Rows) { Columns = table.Columns, AreSparse = table.Sparse is not null };

    /// <summary>Why the network cannot read sparse rows, a clause; null when it can.</summary>
    private string? SparseRefusal(torch.Device device, NetworkSnapshot? start) =>
        device.type != DeviceType.CPU ? "sparse rows are for the processor, and training runs on a GPU"
        : options.Augmentation is not null ? $"{nameof(options.Augmentation)} moves pictures"
        : options.InputNoise > 0 ? $"{nameof(options.InputNoise)} is above 0, which disturbs every entry"
        : options.DiagnosticsRows > 0 ? $"{nameof(options.DiagnosticsRows)} is above 0, and diagnostics need every column"
        : options.UnitType != TargetPropUnitType.Continuous ? $"{nameof(options.UnitType)} is {options.UnitType}"
        : start?.Standardization is { KeepsZeros: false } ? "the model to continue from was trained on dense rows"
        : null;

    private NetworkShape Shape(ExampleTable table, int outputs)
    {
        var data = Facts(table);
        return new(table.Columns, ClassifierOptions.HiddenUnits.Of(options, data), outputs, ClassifierOptions.Activation.Of(options, data), output) { Signal = ClassifierOptions.Signal(options, seed) };
    }

    private void CheckSize(NetworkShape shape)
    {
        var feedback = LearningRule.Of(options.LearningRule).FeedbackMaps(shape);
        ModelSize.Check(host, 2L * shape.InputUnits + shape.ForwardMaps().Concat(feedback).Sum(m => m.Parameters),
            $"A network of {shape.InputUnits} features, hidden layers of [{string.Join(", ", shape.HiddenUnits)}] units and {shape.OutputUnits} outputs, feedback included,",
            $"Give {nameof(options.HiddenUnits)} fewer or smaller layers, or the trainer fewer features.");
    }

    private void CheckClasses(ExampleTable table)
    {
        if (table.Labels.All(l => l == table.Labels[0]))
            throw host.Except($"All {table.Rows} training rows have the same label in column '{table.LabelColumnName}'. A classifier needs rows of at least two classes.");
    }

    private void CheckPictures(ExampleTable table)
    {
        if (options.Augmentation is { } pictures && pictures.HeightIn(table.Columns) is null)
            throw host.ExceptUserArg(nameof(options.Augmentation),
                $"{nameof(options.Augmentation)} is for pictures of {pictures.Width} × {pictures.Height?.ToString(CultureInfo.InvariantCulture) ?? "any height"} pixels of {pictures.Channels} channels, " +
                $"but column '{table.FeatureColumnName}' has {table.Columns} features. Width × height × channels must be that number.");
    }

    private static TargetPropTrainingSummary Summary(ClassifierResult result, ClassifierSettings settings, int rows)
    {
        var summary = new TargetPropTrainingSummary { LearningRule = settings.Rule };
        var epoch = summary.Describe(result, settings.BatchSize, settings.Seed, rows);
        (summary.TrainingLoss, summary.TrainingError) = (epoch.TrainingLoss, epoch.TrainingError);
        (summary.ValidationLoss, summary.ValidationError) = (epoch.ValidationLoss, epoch.ValidationError);
        return summary;
    }
}
