using System.Diagnostics;
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
        var clock = Stopwatch.StartNew();
        SharedOptions.CheckValidation(host, context.ValidationSet is not null, options.ValidationFraction, options.EarlyStoppingPatience);
        var feature = context.TrainingSet.Schema.Feature!.Value;
        ModelSize.CheckInput(host, feature.Name, feature.Type.GetVectorSize());
        TorchDevice.CheckNativeLibrary(host);
        var device = TorchDevice.Of(host);
        using var guard = torch.no_grad();
        using var scope = torch.NewDisposeScope();
        var (table, validationTable) = Read(context, FeatureEncoder.AcceptsGaps(options) && (start is null || start.All(member => member.Encoding is { AcceptsGaps: true })));

        (table, validationTable) = SparseOrDense(table, validationTable, device, start);
        var isNew = start?[0].Shape.Regression is null;
        var regression = RegressionOptions.Output(host, options, table, start?[0]);
        var data = FeatureEncoder.Facts(table, regression is not null, arePictures: options.Augmentation is { IsIdentity: false }) with { Outputs = outputs };
        var outputShape = new NetworkShape(table.Columns, [], outputs, default, output) { Signal = ClassifierOptions.Signal(options, seed), Regression = regression };
        start = start is null ? null : [.. start.Select(member => member.With(member.Shape with { Signal = outputShape.Signal, Regression = regression }))];
        var (plans, parts) = start is null
            ? new CommitteeChoice(options, data, new(table, FeatureEncoder.AcceptsGaps(options), data.IsNumber, seed)).Plan(outputShape)
            : (CommitteeChoice.Continue(start, options, data), null);
        CheckSize(plans);
        data = data with { HiddenUnits = plans[0].Shape.HiddenUnits, Encoding = plans[0].Encoding };
        var settings = ClassifierOptions.Settings(options, seed, data);
        var checkAlive = HostedTraining.Cancellation(host, options.CancellationToken);
        using var channel = host.Start("Training");
        Log(channel, table, plans, settings);
        (table, validationTable) = (table.In(regression), validationTable?.In(regression));
        if (start is null && ClassifierOptions.LeavesDecayOpen(options, data))
            plans = WithDecay(plans, table, settings, checkAlive, device, channel);

        var encodings = plans.Select(plan => plan.Encoding).ToArray();
        using var validation = validationTable?.MoveTo(device, output, encodings, movesPictures: false);
        if (isNew && regression is { Quantiles.Count: > 0 } && table.Rows >= QuantileCalibration.MinRows)
        {
            var calibration = new QuantileCalibration(plans, settings, start, checkAlive);
            regression = regression with { Shifts = HostedTraining.Run(host, () => calibration.Shifts(table, validation, device, text => channel.Info(text))) };
        }
        using var training = table.MoveTo(device, output, encodings, movesPictures: settings.Augmentation is not null);
        using var probe = options.DiagnosticsRows == 0 ? null : Probe(settings, training, encodings[0]);
        var trainer = new ClassifierTrainer(settings, options.EpochCallback, checkAlive, probe is null ? null : probe.Measure, clock);
        var result = HostedTraining.Run(host, () => start is null ? trainer.Run(plans, training, validation, parts) : trainer.Run(start, training, validation, plans));
        if (result.CandidateWeights.Count > 0)
            channel.Info(string.Create(CultureInfo.InvariantCulture, $"Candidates weigh {string.Join(", ", result.CandidateWeights.Select(w => w.ToString("0.00", CultureInfo.InvariantCulture)))} by the rows that they left out; {result.Members.Count} of {plans.Count} networks are kept."));
        return ([.. result.Members.Select(member => member.With(member.Shape with { Regression = regression }))], Summary(result, settings, table.Rows));
    }

    private MemberPlan[] WithDecay(
        IReadOnlyList<MemberPlan> plans, ExampleTable table, ClassifierSettings settings, Action checkAlive, torch.Device device, IChannel channel)
    {
        FeatureEncoder Encoder(ExampleTable rows) => new(rows, FeatureEncoder.AcceptsGaps(options), plans[0].Shape.Regression is not null, seed);
        var choice = new WeightDecayChoice(rows => Encoder(rows).Learn(options.FeatureEncoding, candidate: null), plans[0].Shape, settings with { EarlyStoppingPatience = 0 }, checkAlive);
        var decay = choice.Choose(table, device, text => channel.Info(text));
        return [.. plans.Select(plan => plan with { WeightDecay = decay })];
    }

    /// <summary>Says what was found and chosen before the training begins.</summary>
    private static void Log(IChannel channel, ExampleTable table, IReadOnlyList<MemberPlan> plans, ClassifierSettings settings)
    {
        if (table.Sparse is { } rows)
            SparseText.Announce(channel, table.FeatureColumnName, rows, plans[0].Encoding);
        var gaps = plans[0].Encoding is TableEncoding encoding ? encoding.Codes.Count(code => code.HasGaps) : 0;
        if (gaps > 0)
            channel.Info(string.Create(CultureInfo.InvariantCulture, $"Column '{table.FeatureColumnName}' has missing values in {gaps} of {table.Columns} slots. Each of these slots has one more input, which tells where its value is missing."));
        var kinds = plans.GroupBy(plan => FormattableString.Invariant($"{plan.Shape.InputUnits}-{string.Join('-', plan.Shape.HiddenUnits)}-{plan.Shape.OutputUnits}"));
        channel.Info(string.Create(CultureInfo.InvariantCulture,
            $"{table.Rows} training rows, {table.Columns} columns; networks of {string.Join(", ", kinds.Select(kind => $"{kind.Key} ({kind.Count()})"))} units; {settings.MaxEpochs} epochs of mini-batches of {settings.BatchSize} rows."));
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

    /// <summary>Both tables in the form that the networks read.</summary>
    private (ExampleTable Training, ExampleTable? Validation) SparseOrDense(
        ExampleTable table, ExampleTable? validation, torch.Device device, IReadOnlyList<NetworkSnapshot>? start)
    {
        var isText = start?.All(member => member.Encoding is SparseEncoding) ?? table.Sparse is not null;
        if (SparseText.Refusal(options, device, isText) is not { } refusal)
            return (table.ToSparse(), validation?.ToSparse());
        return (table.ToDense(host, refusal), validation?.ToDense(host, refusal));
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
        return new(settings, training.AreRaw && encoding is not null ? batch with { Features = encoding.Encode(batch.Features, training.Device) } : batch);
    }

    private void CheckSize(IReadOnlyList<MemberPlan> plans)
    {
        var numbers = plans.Sum(plan => 2L * plan.Shape.InputUnits
            + plan.Shape.ForwardMaps().Concat(LearningRule.Of(options.LearningRule).FeedbackMaps(plan.Shape)).Sum(m => m.Parameters));
        var shape = plans[0].Shape;
        ModelSize.Check(host, numbers,
            $"{(plans.Count == 1 ? "A network" : $"A committee of {plans.Count} networks")} of {shape.InputUnits} features, hidden layers of [{string.Join(", ", shape.HiddenUnits)}] units and {shape.OutputUnits} outputs, feedback included,",
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
        (summary.ValidationLoss, summary.ValidationError) = (result.Weighted?.Loss ?? epoch.ValidationLoss, result.Weighted?.Error ?? epoch.ValidationError);
        return summary;
    }
}
