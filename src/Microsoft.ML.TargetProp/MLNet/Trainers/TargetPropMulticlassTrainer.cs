using Microsoft.ML.Data;
using Microsoft.ML.Internal.Utilities;
using Microsoft.ML.Runtime;
using Microsoft.ML.TargetProp.MLNet;
using Microsoft.ML.TargetProp.Supervised;
using Microsoft.ML.Trainers;

namespace Microsoft.ML.TargetProp;

/// <summary>
/// The <see cref="IEstimator{TTransformer}"/> that trains a deep network by target propagation to predict one of several classes.
/// </summary>
/// <remarks>
/// <format type="text/markdown"><![CDATA[
/// To create this trainer, use [TargetPropClassifier](xref:Microsoft.ML.TargetPropCatalog.TargetPropClassifier*).
///
/// ### Input and output columns
/// | Column | Type | Description |
/// | -- | -- | -- |
/// | Label (input) | key | The class; make it from text or numbers with `MapValueToKey`. Rows without a label are left out. |
/// | Features (input) | known-size vector of <xref:System.Single> | Dense or sparse. A missing value (NaN) is information, see the option `MissingValues`. |
/// | Weight (input, optional) | <xref:System.Single> | The weight of the row, 0 or more. |
/// | `Score` (output) | vector of <xref:System.Single> | The probability of every class, in the order of the keys, with the key values as slot names. |
/// | `PredictedLabel` (output) | key | The most probable class. Where `MissingValues` is `Error`, a row with a NaN feature has the missing key. |
///
/// ### Trainer characteristics
/// | | |
/// | -- | -- |
/// | Machine learning task | Multiclass classification |
/// | Is normalization required? | No: the model has an encoding of the columns, see the option `FeatureEncoding` |
/// | Is caching required? | Yes: each `Fit` reads the rows once, and cross-validation fits several times |
/// | Required NuGet in addition to Microsoft.ML | Microsoft.ML.TargetProp and a TorchSharp backend (TorchSharp-cpu or TorchSharp-cuda-*) |
/// | Exportable to ONNX | No |
///
/// ### Training algorithm
/// A fully connected network with softmax outputs, or on a table several of them whose probabilities are averaged. The hidden layers learn by difference target propagation. The target of the last hidden
/// layer is one short gradient step away from its activities. Learned feedback maps $g_i$ carry targets down,
/// $t_{i-1} = h_{i-1} - g_i(h_i) + g_i(t_i)$. Every layer then takes a step of its own towards its target. The feedback maps learn as denoising
/// auto-encoders. No gradient passes through more than one layer. docs/algorithm.md, sections 1 to 3, has the equations. See Lee, Zhang,
/// Fischer and Bengio, [Difference Target Propagation](https://arxiv.org/abs/1412.7525), and Bengio, Lee, Bornschein and Lin,
/// [Towards Biologically Plausible Deep Learning](https://arxiv.org/abs/1502.04156).
///
/// ### Scoring
/// `Transform` scores batches of up to 512 rows, on the GPU when `MLContext.GpuDeviceId` is set. A prediction engine scores single rows on the
/// processor.
/// ]]></format>
/// </remarks>
public sealed class TargetPropMulticlassTrainer :
    TargetPropTrainerBase<TargetPropMulticlassTransformer, TargetPropMulticlassModelParameters, TargetPropMulticlassModelParameters>
{
    internal const string LoadNameValue = "TargetPropMulticlass";

    private static readonly FuncStaticMethodInfo1<DataViewSchema.Column, string[]> KeyValuesOf = new(KeyValues<int>);

    internal TargetPropMulticlassTrainer(IHostEnvironment env, Options options)
        : base(env, LoadNameValue, options, ClassifierOptions.Table, TrainerUtils.MakeU4ScalarColumn, OutputKind.Softmax)
    {
    }

    /// <summary>Options of the <see cref="TargetPropMulticlassTrainer"/>.</summary>
    public sealed class Options : TargetPropClassifierOptions;

    /// <inheritdoc/>
    protected override PredictionKind PredictionKind => PredictionKind.MulticlassClassification;

    private protected override (int Count, string[] ClassNames) Outputs(DataViewSchema.Column label)
    {
        var count = ((KeyDataViewType)label.Type).Count;
        if (count < 2)
            throw Host.Except($"Label column '{label.Name}' is a key with {count} class. A classifier needs at least two. Check the column that the key is made from.");
        if (count > LayerLimits.MaxUnits)
            throw Host.Except(
                $"Label column '{label.Name}' is a key with {count} classes, and a model has {LayerLimits.MaxUnits} at most. Make the key with " +
                "mlContext.Transforms.Conversion.MapValueToKey, which counts the values in the data; a hash counts all possible values.");
        return ((int)count, ClassNamesOf(label, (int)count));
    }

    private protected override TargetPropMulticlassModelParameters NewParameters(IReadOnlyList<NetworkSnapshot> members, IReadOnlyList<string> classNames, TargetPropTrainingSummary summary) =>
        new(Host, members, classNames, summary);

    private protected override TargetPropMulticlassModelParameters NewModel(TargetPropMulticlassModelParameters parameters) => parameters;

    /// <inheritdoc/>
    protected override TargetPropMulticlassTransformer MakeTransformer(TargetPropMulticlassModelParameters model, DataViewSchema trainSchema) =>
        new(Host, model, trainSchema, FeatureColumn.Name, LabelColumn.Name);

    /// <inheritdoc/>
    protected override void CheckLabelCompatible(SchemaShape.Column labelCol)
    {
        if (!LabelColumn.IsCompatibleWith(labelCol))
            throw Host.ExceptSchemaMismatch(nameof(labelCol), "label", LabelColumn.Name, "Key, made with mlContext.Transforms.Conversion.MapValueToKey", labelCol.GetTypeString());
    }

    /// <inheritdoc/>
    protected override SchemaShape.Column[] GetOutputColumnsCore(SchemaShape inputSchema)
    {
        inputSchema.TryFindColumn(LabelColumn.Name, out var label);
        var labelAnnotations = label.Annotations.Where(c => c.Name == AnnotationUtils.Kinds.KeyValues).Concat(AnnotationUtils.GetTrainerOutputAnnotation());
        return
        [
            new(DefaultColumnNames.Score, SchemaShape.Column.VectorKind.Vector, NumberDataViewType.Single, false,
                new SchemaShape(AnnotationUtils.AnnotationsForMulticlassScoreColumn(label))),
            new(DefaultColumnNames.PredictedLabel, SchemaShape.Column.VectorKind.Scalar, NumberDataViewType.UInt32, true, new SchemaShape(labelAnnotations)),
        ];
    }

    /// <summary>The key values of the label as text; empty when it has none.</summary>
    internal static string[] ClassNamesOf(DataViewSchema.Column label, int classes)
    {
        if (label.Annotations.Schema.GetColumnOrNull(AnnotationUtils.Kinds.KeyValues)?.Type is not VectorDataViewType { ItemType: var type } vector || vector.Size != classes)
            return [];
        return Internal.Utilities.Utils.MarshalInvoke(KeyValuesOf, type.RawType, label);
    }

    private static string[] KeyValues<T>(DataViewSchema.Column label)
    {
        VBuffer<T> values = default;
        label.GetKeyValues(ref values);
        return [.. values.DenseValues().Select(v => Convert.ToString(v, System.Globalization.CultureInfo.InvariantCulture) ?? "")];
    }
}
