using System.Globalization;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.TargetProp.Supervised;
using TorchSharp;

namespace Microsoft.ML.TargetProp.MLNet;

/// <summary>Turns data and options into a trained network, for the classifiers and the regression trainer.</summary>
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
    /// <param name="start">The networks to continue from, or null.</param>
    public (IReadOnlyList<NetworkSnapshot> Members, TargetPropTrainingSummary Summary) Run(TrainContext context, int outputs, IReadOnlyList<NetworkSnapshot>? start)
    {
        SharedOptions.CheckValidation(host, context.ValidationSet is not null, options.ValidationFraction, options.EarlyStoppingPatience);
        var feature = context.TrainingSet.Schema.Feature!.Value;
        ModelSize.CheckInput(host, feature.Name, feature.Type.GetVectorSize());
        TorchDevice.CheckNativeLibrary(host);
        var device = TorchDevice.Of(host);
        using var guard = torch.no_grad();
        using var scope = torch.NewDisposeScope();
        var (table, validationTable) = Read(context, start is null ? FeatureEncoder.AcceptsGaps(options) : start[0].Encoding is { AcceptsGaps: true });

        (table, validationTable) = SparseOrDense(table, validationTable, device, start?[0].Encoding);
        var encoding = start is null ? FeatureEncoder.Learn(options, table, seed) : start[0].Encoding;
        SparseText.Announce(host, table, encoding);
        var regression = RegressionOptions.Output(host, options, table, start?[0]);
        start = start is null ? null : [.. start.Select(member => member.With(member.Shape with { Signal = ClassifierOptions.Signal(options, seed), Regression = regression }))];
        var shape = start?[0].Shape ?? Shape(table, encoding, outputs) with { Regression = regression };
        CheckSize(shape);
        var checkAlive = HostedTraining.Cancellation(host, options.CancellationToken);
        var settings = ClassifierOptions.Settings(options, seed, table.Rows, shape, encoding);
        if (start is null && ClassifierOptions.LeavesDecayOpen(options, table.Rows, encoding))
        {
            var choice = new WeightDecayChoice(rows => FeatureEncoder.Learn(options, rows, seed), shape, settings with { EarlyStoppingPatience = 0 }, checkAlive);
            settings = settings with { WeightDecay = choice.Choose(table.In(regression), device) };
        }

        (table, validationTable) = (table.In(regression), validationTable?.In(regression));
        using var training = table.MoveTo(device, output, options.Augmentation is null ? encoding : null);
        using var validation = validationTable?.MoveTo(device, output, encoding);
        using var probe = options.DiagnosticsRows == 0 ? null : Probe(settings, training, encoding);
        var trainer = new ClassifierTrainer(settings, options.EpochCallback, checkAlive, probe is null ? null : probe.Measure);
        var result = HostedTraining.Run(host, () =>
            start is null ? trainer.Run(shape, encoding, training, validation) : trainer.Run(start, training, validation));
        return (result.Members, Summary(result, settings, table.Rows));
    }

    /// <summary>Reads the training rows and the validation rows, both raw.</summary>
    private (ExampleTable Training, ExampleTable? Validation) Read(TrainContext context, bool acceptsGaps)
    {
        var table = ExampleReader.Read(host, context.TrainingSet, "training", acceptsGaps);
        CheckClasses(table);
        CheckPictures(table);
        if (options.ValidationFraction == 0)
            return (table, context.ValidationSet is { } data ? ReadValidation(data, context.TrainingSet.Schema.Feature!.Value, acceptsGaps) : null);
        var parts = table.Split(options.ValidationFraction, seed);
        table.Features.Dispose();
        return parts;
    }

    /// <summary>Both tables in the form that the network reads.</summary>
    private (ExampleTable Training, ExampleTable? Validation) SparseOrDense(ExampleTable table, ExampleTable? validation, torch.Device device, ColumnEncoding? start)
    {
        var refusal = SparseText.Refusal(options, device, start);
        if (refusal is null && (table.Sparse is not null || start is SparseEncoding))
            return (table.ToSparse(), validation?.ToSparse());
        return (table.ToDense(host, refusal!), validation?.ToDense(host, refusal ?? "the training rows are dense"));
    }

    private ExampleTable ReadValidation(RoleMappedData data, DataViewSchema.Column expected, bool acceptsGaps)
    {
        var found = data.Schema.Feature!.Value;
        if (!found.Type.Equals(expected.Type))
            throw host.ExceptSchemaMismatch("validationData", "feature", found.Name, expected.Type.ToString(), found.Type.ToString());
        return ExampleReader.Read(host, data, "validation", acceptsGaps);
    }

    private NetworkProbe Probe(ClassifierSettings settings, Examples training, ColumnEncoding? encoding)
    {
        using var scope = torch.NewDisposeScope();
        var batch = training.Spread(options.DiagnosticsRows).ToDense();
        return new(settings, settings.Augmentation is null || encoding is null ? batch : batch with { Features = encoding.Encode(batch.Features) });
    }

    private NetworkShape Shape(ExampleTable table, ColumnEncoding? encoding, int outputs)
    {
        var data = new DataFacts(table.Rows) { Encoding = encoding };
        return new(encoding?.Inputs ?? table.Columns, ClassifierOptions.HiddenUnits.Of(options, data), outputs, ClassifierOptions.Activation.Of(options, data), output) { Signal = ClassifierOptions.Signal(options, seed) };
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
        if (output != OutputKind.Linear && table.Labels.All(l => l == table.Labels[0]))
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
