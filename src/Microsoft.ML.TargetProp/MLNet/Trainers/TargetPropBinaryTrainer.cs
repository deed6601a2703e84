using Microsoft.ML.Calibrators;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.TargetProp.MLNet;
using Microsoft.ML.TargetProp.Supervised;
using Microsoft.ML.Trainers;

namespace Microsoft.ML.TargetProp;

/// <summary>
/// The <see cref="IEstimator{TTransformer}"/> for training a deep network that tells two classes apart, by target propagation.
/// </summary>
/// <remarks>
/// <format type="text/markdown"><![CDATA[
/// To create this trainer, use [TargetPropClassifier](xref:Microsoft.ML.TargetPropCatalog.TargetPropClassifier*).
///
/// ### Input and output columns
/// | Column | Type | Description |
/// | -- | -- | -- |
/// | Label (input) | <xref:System.Boolean> | The class. |
/// | Features (input) | known-size vector of <xref:System.Single> | Dense or sparse, no missing values. |
/// | Weight (input, optional) | <xref:System.Single> | 0 or more: how much a row counts. |
/// | `Score` (output) | <xref:System.Single> | Log-odds of the positive class. |
/// | `Probability` (output) | <xref:System.Single> | Probability of the positive class, 1 / (1 + exp(-Score)). |
/// | `PredictedLabel` (output) | <xref:System.Boolean> | Whether `Score` is above the threshold, 0 unless changed. |
///
/// ### Trainer characteristics
/// | | |
/// | -- | -- |
/// | Machine learning task | Binary classification |
/// | Is normalization required? | No: features are standardised inside the model |
/// | Is caching required? | Yes: each `Fit` reads the rows once, and cross-validation fits several times |
/// | Required NuGet in addition to Microsoft.ML | Microsoft.ML.TargetProp and a TorchSharp backend (TorchSharp-cpu or TorchSharp-cuda-*) |
/// | Exportable to ONNX | No |
///
/// ### Training algorithm
/// As in <xref:Microsoft.ML.TargetProp.TargetPropMulticlassTrainer>, with one logistic output.
/// ]]></format>
/// </remarks>
public sealed class TargetPropBinaryTrainer :
    TrainerEstimatorBase<BinaryPredictionTransformer<CalibratedModelParametersBase<TargetPropBinaryModelParameters, PlattCalibrator>>,
        CalibratedModelParametersBase<TargetPropBinaryModelParameters, PlattCalibrator>>
{
    internal const string LoadNameValue = "TargetPropBinary";

    private readonly TargetPropOptions _options;
    private readonly int _seed;

    internal TargetPropBinaryTrainer(IHostEnvironment env, Options options)
        : base(Contracts.CheckRef(env, nameof(env)).Register(LoadNameValue),
            TrainerUtils.MakeR4VecFeature(ClassifierOptions.Table.Check(env, options).FeatureColumnName),
            TrainerUtils.MakeBoolScalarLabel(options.LabelColumnName),
            TrainerUtils.MakeR4ScalarWeightColumn(options.ExampleWeightColumnName))
    {
        MLNetCompatibility.Check(Host);
        _options = options.Copy();
        _seed = options.Seed ?? Host.Rand.Next();
    }

    /// <summary>Options of the <see cref="TargetPropBinaryTrainer"/>.</summary>
    public sealed class Options : TargetPropOptions;

    /// <inheritdoc/>
    public override TrainerInfo Info { get; } = new(normalization: false, calibration: false, caching: true, supportValid: true, supportIncrementalTrain: true);

    /// <inheritdoc/>
    protected override PredictionKind PredictionKind => PredictionKind.BinaryClassification;

    /// <summary>Trains, and measures the validation rows after every epoch.</summary>
    /// <param name="trainData">The training rows.</param>
    /// <param name="validationData">The validation rows: same columns.</param>
    public BinaryPredictionTransformer<CalibratedModelParametersBase<TargetPropBinaryModelParameters, PlattCalibrator>> Fit(IDataView trainData, IDataView validationData) =>
        TrainTransformer(trainData, validationData);

    /// <summary>Continues training from a model, also a loaded one: weights, feedback weights and standardisation.</summary>
    /// <param name="trainData">The training rows: as many features.</param>
    /// <param name="modelParameters">The model to continue from (the <c>SubModel</c> of a trained transformer's <c>Model</c>); it is not changed.</param>
    /// <exception cref="InvalidOperationException">The model does not fit the data or the options.</exception>
    public BinaryPredictionTransformer<CalibratedModelParametersBase<TargetPropBinaryModelParameters, PlattCalibrator>> Fit(IDataView trainData, TargetPropBinaryModelParameters modelParameters) =>
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
    public BinaryPredictionTransformer<CalibratedModelParametersBase<TargetPropBinaryModelParameters, PlattCalibrator>> Fit(IDataView trainData, TargetPropAutoencoderModel pretrained)
    {
        Host.CheckValue(trainData, nameof(trainData));
        Host.CheckValue(pretrained, nameof(pretrained));
        var network = Pretraining.FirstWeights(pretrained.Snapshot, _options, OutputKind.Logistic, 1, _seed);
        return TrainTransformer(trainData, initPredictor: new TargetPropBinaryModelParameters(Host, network, Pretraining.Summary(_options)));
    }

    /// <inheritdoc/>
    protected override CalibratedModelParametersBase<TargetPropBinaryModelParameters, PlattCalibrator> TrainModelCore(TrainContext trainContext)
    {
        Host.CheckValue(trainContext, nameof(trainContext));
        trainContext = ClassifierTraining.WithValidation(_options, trainContext, GetOutputSchema);
        var start = trainContext.InitialPredictor as TargetPropBinaryModelParameters;
        if (start is not null)
            WarmStart.Check(Host, start.Classifier, _options, trainContext.TrainingSet.Schema.Feature!.Value.Type.GetVectorSize(), outputs: 1, []);
        var (network, summary) = ClassifierTraining.Run(Host, _options, _seed, trainContext, OutputKind.Logistic, classes: 2, start?.Classifier.Network);
        return new TargetPropBinaryModelParameters(Host, network, summary).Calibrated();
    }

    /// <inheritdoc/>
    protected override BinaryPredictionTransformer<CalibratedModelParametersBase<TargetPropBinaryModelParameters, PlattCalibrator>> MakeTransformer(
        CalibratedModelParametersBase<TargetPropBinaryModelParameters, PlattCalibrator> model, DataViewSchema trainSchema) =>
        new(Host, model, trainSchema, FeatureColumn.Name);

    /// <inheritdoc/>
    protected override void CheckLabelCompatible(SchemaShape.Column labelCol)
    {
        if (!LabelColumn.IsCompatibleWith(labelCol))
            throw Host.ExceptSchemaMismatch(nameof(labelCol), "label", LabelColumn.Name, "Boolean", labelCol.GetTypeString());
    }

    /// <inheritdoc/>
    protected override SchemaShape.Column[] GetOutputColumnsCore(SchemaShape inputSchema) =>
    [
        new(DefaultColumnNames.Score, SchemaShape.Column.VectorKind.Scalar, NumberDataViewType.Single, false, new SchemaShape(AnnotationUtils.GetTrainerOutputAnnotation())),
        new(DefaultColumnNames.Probability, SchemaShape.Column.VectorKind.Scalar, NumberDataViewType.Single, false, new SchemaShape(AnnotationUtils.GetTrainerOutputAnnotation(true))),
        new(DefaultColumnNames.PredictedLabel, SchemaShape.Column.VectorKind.Scalar, BooleanDataViewType.Instance, false, new SchemaShape(AnnotationUtils.GetTrainerOutputAnnotation())),
    ];
}
