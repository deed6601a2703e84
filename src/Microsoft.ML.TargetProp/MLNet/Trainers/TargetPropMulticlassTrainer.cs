using Microsoft.ML.Data;
using Microsoft.ML.Internal.Utilities;
using Microsoft.ML.Runtime;
using Microsoft.ML.TargetProp.MLNet;
using Microsoft.ML.TargetProp.Supervised;
using Microsoft.ML.Trainers;

namespace Microsoft.ML.TargetProp;

/// <summary>
/// The <see cref="IEstimator{TTransformer}"/> for training a deep network that predicts one of several classes, by target propagation.
/// </summary>
/// <remarks>
/// <format type="text/markdown"><![CDATA[
/// To create this trainer, use [TargetPropClassifier](xref:Microsoft.ML.TargetPropCatalog.TargetPropClassifier*).
///
/// ### Input and output columns
/// | Column | Type | Description |
/// | -- | -- | -- |
/// | Label (input) | key | The class; make it from text or numbers with `MapValueToKey`. Rows whose label is missing are left out. |
/// | Features (input) | known-size vector of <xref:System.Single> | Dense or sparse, no missing values. |
/// | Weight (input, optional) | <xref:System.Single> | 0 or more: how much a row counts. |
/// | `Score` (output) | vector of <xref:System.Single> | Probability of every class, in the order of the keys, which are its slot names. |
/// | `PredictedLabel` (output) | key | The most probable class; the missing key when a feature was NaN. |
///
/// ### Trainer characteristics
/// | | |
/// | -- | -- |
/// | Machine learning task | Multiclass classification |
/// | Is normalization required? | No: features are standardised inside the model |
/// | Is caching required? | Yes: each `Fit` reads the rows once, and cross-validation fits several times |
/// | Required NuGet in addition to Microsoft.ML | Microsoft.ML.TargetProp and a TorchSharp backend (TorchSharp-cpu or TorchSharp-cuda-*) |
/// | Exportable to ONNX | No |
///
/// ### Training algorithm
/// A fully connected network with softmax outputs. Its hidden layers learn by difference target propagation: the last hidden layer is
/// given a target a short gradient step away, learned feedback maps carry targets down,
/// $\hat h_{i-1} = h_{i-1} - g_i(h_i) + g_i(\hat h_i)$, and every layer takes a step of its own towards its own target; the feedback maps
/// learn as denoising auto-encoders. No gradient passes through more than one layer. See Lee, Zhang, Fischer and Bengio,
/// [Difference Target Propagation](https://arxiv.org/abs/1412.7525), and Bengio, Lee, Bornschein and Lin,
/// [Towards Biologically Plausible Deep Learning](https://arxiv.org/abs/1502.04156).
/// ]]></format>
/// </remarks>
public sealed class TargetPropMulticlassTrainer : TrainerEstimatorBase<TargetPropMulticlassTransformer, TargetPropMulticlassModelParameters>
{
    internal const string LoadNameValue = "TargetPropMulticlass";

    private static readonly FuncStaticMethodInfo1<DataViewSchema.Column, string[]> KeyValuesOf = new(KeyValues<int>);

    private readonly TargetPropOptions _options;
    private readonly int _seed;

    internal TargetPropMulticlassTrainer(IHostEnvironment env, Options options)
        : base(Contracts.CheckRef(env, nameof(env)).Register(LoadNameValue),
            TrainerUtils.MakeR4VecFeature(ClassifierOptions.Table.Check(env, options).FeatureColumnName),
            TrainerUtils.MakeU4ScalarColumn(options.LabelColumnName),
            TrainerUtils.MakeR4ScalarWeightColumn(options.ExampleWeightColumnName))
    {
        MLNetCompatibility.Check(Host);
        _options = options.Copy();
        _seed = options.Seed ?? Host.Rand.Next();
    }

    /// <summary>Options of the <see cref="TargetPropMulticlassTrainer"/>.</summary>
    public sealed class Options : TargetPropOptions;

    /// <inheritdoc/>
    public override TrainerInfo Info { get; } = new(normalization: false, calibration: false, caching: true, supportValid: true, supportIncrementalTrain: true);

    /// <inheritdoc/>
    protected override PredictionKind PredictionKind => PredictionKind.MulticlassClassification;

    /// <summary>Trains, and measures the validation rows after every epoch.</summary>
    /// <param name="trainData">The training rows.</param>
    /// <param name="validationData">The validation rows: same columns.</param>
    public TargetPropMulticlassTransformer Fit(IDataView trainData, IDataView validationData) => TrainTransformer(trainData, validationData);

    /// <summary>Continues training from a model, also a loaded one: weights, feedback weights and standardisation.</summary>
    /// <param name="trainData">The training rows: as many features, and the same classes in the same order.</param>
    /// <param name="modelParameters">The model to continue from; it is not changed.</param>
    /// <exception cref="InvalidOperationException">The model does not fit the data or the options.</exception>
    public TargetPropMulticlassTransformer Fit(IDataView trainData, TargetPropMulticlassModelParameters modelParameters) =>
        TrainTransformer(trainData, initPredictor: Contracts.CheckRef(modelParameters, nameof(modelParameters)));

    /// <summary>
    /// Trains a classifier whose hidden layers start as the encoders of an auto-encoder, and its feedback maps as the decoders; all of them learn
    /// on. The auto-encoder's standardisation is kept.
    /// </summary>
    /// <param name="trainData">The training rows: as many features as the auto-encoder encodes.</param>
    /// <param name="pretrained">
    /// The <see cref="TargetPropFeaturizerTransformer.Model"/> of a featurizer, trained on these rows or on more rows without labels; it is not
    /// changed. <see cref="TargetPropOptions.HiddenUnits"/> must be its layers or null, and the activations must be the same.
    /// </param>
    /// <exception cref="InvalidOperationException">The auto-encoder does not fit the data or the options.</exception>
    public TargetPropMulticlassTransformer Fit(IDataView trainData, TargetPropAutoencoderModel pretrained)
    {
        Host.CheckValue(trainData, nameof(trainData));
        Host.CheckValue(pretrained, nameof(pretrained));
        GetOutputSchema(SchemaShape.Create(trainData.Schema));
        var classes = ClassesOf(trainData.Schema[LabelColumn.Name]);
        var network = Pretraining.FirstWeights(pretrained.Snapshot, _options, OutputKind.Softmax, classes, _seed);
        return TrainTransformer(trainData, initPredictor: new TargetPropMulticlassModelParameters(Host, network, [], Pretraining.Summary(_options)));
    }

    /// <inheritdoc/>
    protected override TargetPropMulticlassModelParameters TrainModelCore(TrainContext trainContext)
    {
        Host.CheckValue(trainContext, nameof(trainContext));
        trainContext = ClassifierTraining.WithValidation(_options, trainContext, GetOutputSchema);
        var label = trainContext.TrainingSet.Schema.Label!.Value;
        var classes = ClassesOf(label);
        var classNames = ClassNamesOf(label, classes);
        var start = trainContext.InitialPredictor as TargetPropMulticlassModelParameters;
        if (start is not null)
            WarmStart.Check(Host, start.Classifier, _options, trainContext.TrainingSet.Schema.Feature!.Value.Type.GetVectorSize(), classes, classNames);
        CheckSameClasses(trainContext.ValidationSet, label, classes, classNames);
        var (network, summary) = ClassifierTraining.Run(Host, _options, _seed, trainContext, OutputKind.Softmax, classes, start?.Classifier.Network);
        return new(Host, network, classNames, summary);
    }

    private int ClassesOf(DataViewSchema.Column label)
    {
        var count = ((KeyDataViewType)label.Type).Count;
        if (count < 2)
            throw Host.Except($"Label column '{label.Name}' has {count} class. A classifier needs at least two.");
        if (count > LayerLimits.MaxUnits)
            throw Host.Except($"Label column '{label.Name}' is a key with {count} classes, and a model has {LayerLimits.MaxUnits} at most. Make the key with mlContext.Transforms.Conversion.MapValueToKey, which counts the values that are there; a hash counts all that there could be.");
        return (int)count;
    }

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

    /// <summary>The label's key values as text, or nothing when it has none.</summary>
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

    private void CheckSameClasses(RoleMappedData? validation, DataViewSchema.Column label, int classes, string[] classNames)
    {
        if (validation?.Schema.Label is not { } other)
            return;
        var sameType = other.Type.Equals(label.Type);
        if (!sameType || !ClassNamesOf(other, classes).SequenceEqual(classNames))
            throw Host.ExceptSchemaMismatch(nameof(validation), "label", label.Name, $"the {classes} classes of the training data, in their order (transform both with the same MapValueToKey)", sameType ? "other names or another order" : other.Type.ToString());
    }
}
