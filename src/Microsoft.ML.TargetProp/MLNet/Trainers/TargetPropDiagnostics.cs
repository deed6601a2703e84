using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.TargetProp.MLNet;
using Microsoft.ML.TargetProp.Supervised;
using Microsoft.ML.Transforms;
using TorchSharp;

namespace Microsoft.ML.TargetProp;

/// <summary>
/// Measures the targets of a trained or loaded network (docs/algorithm.md, section 6): whether they help their layers, and how the updates compare
/// with back-propagation's.
/// </summary>
/// <remarks>
/// The option <see cref="TargetPropOptions.DiagnosticsRows"/> measures the same during training. Rows are taken from the top: shuffle data that
/// are sorted by class (<c>mlContext.Data.ShuffleRows</c>).
/// </remarks>
/// <example>
/// <code>
/// var model = mlContext.MulticlassClassification.Trainers.TargetPropClassifier().Fit(trainData);
/// Console.WriteLine(TargetPropDiagnostics.Analyze(model.Model, testData));
/// </code>
/// </example>
public static class TargetPropDiagnostics
{
    private const int DefaultRows = 256;

    /// <summary>Measures a multiclass network.</summary>
    /// <param name="model">The network: the <c>Model</c> of a transformer.</param>
    /// <param name="data">
    /// Rows with the columns of the training data, prepared in the same way: features, label (with the same classes), and the weight if there
    /// is one.
    /// </param>
    /// <param name="options">
    /// The options that the model was trained with, for values that the model does not hold: the names of the columns, the target step, the
    /// learning of the feedback. Null, the default: the defaults of the model's learning rule.
    /// </param>
    /// <param name="rows">Most rows to measure, 1 or more; default 256. They form one mini-batch.</param>
    /// <exception cref="ArgumentOutOfRangeException">
    /// A column is missing or does not fit the model, <paramref name="rows"/> is below 1, or the options have another learning rule.
    /// </exception>
    /// <exception cref="InvalidOperationException">No row can be used; the message says why.</exception>
    public static TargetPropDiagnosticsReport Analyze(
        TargetPropMulticlassModelParameters model, IDataView data, TargetPropOptions? options = null, int rows = DefaultRows)
    {
        Contracts.CheckValue(model, nameof(model));
        return Analyze(model.Classifier, data, options ?? new TargetPropMulticlassTrainer.Options { LearningRule = model.TrainingSummary.LearningRule }, rows, label =>
            label.Type is not KeyDataViewType { Count: var count } || count != (ulong)model.ClassCount ? label.Type.ToString()
            : TargetPropMulticlassTrainer.ClassNamesOf(label, model.ClassCount) is { Length: > 0 } names && model.ClassNames.Count > 0 && !names.SequenceEqual(model.ClassNames)
                ? "other names or another order"
                : null);
    }

    /// <summary>Measures a binary network.</summary>
    /// <param name="model">The network: the <c>SubModel</c> of the <c>Model</c> of a transformer.</param>
    /// <param name="data"><inheritdoc cref="Analyze(TargetPropMulticlassModelParameters, IDataView, TargetPropOptions, int)" path="/param[@name='data']"/></param>
    /// <param name="options"><inheritdoc cref="Analyze(TargetPropMulticlassModelParameters, IDataView, TargetPropOptions, int)" path="/param[@name='options']"/></param>
    /// <param name="rows">Most rows to measure, 1 or more; default 256. They form one mini-batch.</param>
    /// <exception cref="ArgumentOutOfRangeException">
    /// A column is missing or does not fit the model, <paramref name="rows"/> is below 1, or the options have another learning rule.
    /// </exception>
    /// <exception cref="InvalidOperationException">No row can be used; the message says why.</exception>
    public static TargetPropDiagnosticsReport Analyze(
        TargetPropBinaryModelParameters model, IDataView data, TargetPropOptions? options = null, int rows = DefaultRows)
    {
        Contracts.CheckValue(model, nameof(model));
        return Analyze(model.Classifier, data, options ?? new TargetPropBinaryTrainer.Options { LearningRule = model.TrainingSummary.LearningRule }, rows, label =>
            label.Type is BooleanDataViewType ? null : label.Type.ToString());
    }

    /// <summary>Measures a regression network.</summary>
    /// <param name="model">The network: the <c>Model</c> of a transformer.</param>
    /// <param name="data">
    /// Rows with the columns of the training data, prepared in the same way: features, label, and the weight if there is one.
    /// </param>
    /// <param name="options"><inheritdoc cref="Analyze(TargetPropMulticlassModelParameters, IDataView, TargetPropOptions, int)" path="/param[@name='options']"/></param>
    /// <param name="rows">Most rows to measure, 1 or more; default 256. They form one mini-batch.</param>
    /// <exception cref="ArgumentOutOfRangeException">
    /// A column is missing or does not fit the model, <paramref name="rows"/> is below 1, or the options have another learning rule.
    /// </exception>
    /// <exception cref="InvalidOperationException">No row can be used; the message says why.</exception>
    public static TargetPropDiagnosticsReport Analyze(
        TargetPropRegressionModelParameters model, IDataView data, TargetPropOptions? options = null, int rows = DefaultRows)
    {
        Contracts.CheckValue(model, nameof(model));
        return Analyze(model.Classifier, data, options ?? new TargetPropRegressionTrainer.Options { LearningRule = model.TrainingSummary.LearningRule }, rows, label =>
            label.Type == NumberDataViewType.Single ? null : label.Type.ToString());
    }

    /// <param name="model">The network.</param>
    /// <param name="data">The rows.</param>
    /// <param name="options">The options of the training.</param>
    /// <param name="rows">Most rows.</param>
    /// <param name="wrongLabel">Describes a label column that does not fit the model; null for one that does.</param>
    private static TargetPropDiagnosticsReport Analyze(
        ClassifierModel model, IDataView data, TargetPropOptions options, int rows, Func<DataViewSchema.Column, string?> wrongLabel)
    {
        var (host, shape) = (model.Host, model.Network.Shape);
        host.CheckValue(data, nameof(data));
        if (rows < 1)
            throw host.ExceptUserArg(nameof(rows), $"{nameof(rows)} is {rows}; allowed: 1 or more.");
        (options is TargetPropRegressionTrainer.Options ? RegressionOptions.Table : ClassifierOptions.Table).Check(host, options);
        if (options.LearningRule != model.Summary.LearningRule)
            throw host.ExceptUserArg(nameof(options), $"{nameof(options.LearningRule)} is {options.LearningRule}, but the model was trained by {model.Summary.LearningRule}. Pass the options that it was trained with.");
        if (!shape.Signal.IsContinuous)
            throw host.ExceptUserArg(nameof(model), $"The model's {nameof(options.UnitType)} is {shape.Signal.UnitType}, but diagnostics compare derivatives, which discrete signals do not have. Pass a model of {TargetPropUnitType.Continuous} units.");
        DataViewSchema.Column Column(string role, string name) => data.Schema.GetColumnOrNull(name) ?? throw host.ExceptSchemaMismatch(nameof(data), role, name);
        var (feature, label) = (Column("feature", options.FeatureColumnName), Column("label", options.LabelColumnName));
        if (!feature.Type.Equals(new VectorDataViewType(NumberDataViewType.Single, model.Network.Columns)))
            throw host.ExceptSchemaMismatch(nameof(data), "feature", feature.Name, $"a vector of {model.Network.Columns} Single, as the model was trained on", feature.Type.ToString());
        if (wrongLabel(label) is { } found)
            throw host.ExceptSchemaMismatch(nameof(data), "label", label.Name, shape.Regression is null ? "the classes that the model was trained on, in their order" : "Single", found);
        if (options.ExampleWeightColumnName is { } weight && Column("weight", weight).Type is var type && type != NumberDataViewType.Single)
            throw host.ExceptSchemaMismatch(nameof(data), "weight", weight, "Single", type.ToString());

        var view = SkipTakeFilter.Create(host, new SkipTakeFilter.TakeOptions { Count = rows }, data);
        var roles = new RoleMappedData(view, label.Name, feature.Name, weight: options.ExampleWeightColumnName);
        using var lease = model.Take();
        using var guard = torch.no_grad();
        using var scope = torch.NewDisposeScope();
        var table = ExampleReader.Read(host, roles, "diagnostic", model.Network.Encoding is { AcceptsGaps: true }).ToDense(host, "diagnostics compare derivatives by all columns").In(shape.Regression);
        var encoding = model.Network.Encoding;
        using var examples = table.MoveTo(lease.Value.Device, shape.Output, [encoding], movesPictures: false);
        var settings = ClassifierOptions.Settings(options, options.Seed ?? 0, new(table.Rows) { HiddenUnits = shape.HiddenUnits, Encoding = encoding });
        var batch = examples.Slice(0, examples.Rows);
        using var probe = new NetworkProbe(settings, examples.AreRaw ? batch with { Features = encoding!.Encode(batch.Features, examples.Device) } : batch);
        return probe.Measure(lease.Value.Members[0]);
    }
}
