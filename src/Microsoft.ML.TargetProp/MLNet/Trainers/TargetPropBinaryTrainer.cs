using Microsoft.ML.Calibrators;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.TargetProp.MLNet;
using Microsoft.ML.TargetProp.Supervised;
using Microsoft.ML.Trainers;

namespace Microsoft.ML.TargetProp;

using BinaryModel = CalibratedModelParametersBase<TargetPropBinaryModelParameters, PlattCalibrator>;

/// <summary>
/// The <see cref="IEstimator{TTransformer}"/> that trains a deep network by target propagation to tell two classes apart.
/// </summary>
/// <remarks>
/// <format type="text/markdown"><![CDATA[
/// To create this trainer, use [TargetPropClassifier](xref:Microsoft.ML.TargetPropCatalog.TargetPropClassifier*).
///
/// ### Input and output columns
/// | Column | Type | Description |
/// | -- | -- | -- |
/// | Label (input) | <xref:System.Boolean> | The class. |
/// | Features (input) | known-size vector of <xref:System.Single> | Dense or sparse. A missing value (NaN) is information, see the option `MissingValues`. |
/// | Weight (input, optional) | <xref:System.Single> | The weight of the row, 0 or more. |
/// | `Score` (output) | <xref:System.Single> | Log-odds of the positive class. |
/// | `Probability` (output) | <xref:System.Single> | Probability of the positive class, 1 / (1 + exp(-Score)). |
/// | `PredictedLabel` (output) | <xref:System.Boolean> | Whether `Score` is above the threshold, 0 unless changed. |
///
/// ### Trainer characteristics
/// | | |
/// | -- | -- |
/// | Machine learning task | Binary classification |
/// | Is normalization required? | No: the model has an encoding of the columns, see the option `FeatureEncoding` |
/// | Is caching required? | Yes: each `Fit` reads the rows once, and cross-validation fits several times |
/// | Required NuGet in addition to Microsoft.ML | Microsoft.ML.TargetProp and a TorchSharp backend (TorchSharp-cpu or TorchSharp-cuda-*) |
/// | Exportable to ONNX | No |
///
/// ### Training algorithm
/// The algorithm of <xref:Microsoft.ML.TargetProp.TargetPropMulticlassTrainer>, with one logistic output.
///
/// ### Scoring
/// The transformer is ML.NET's own `BinaryPredictionTransformer`, so that meta-trainers and `ChangeModelThreshold` accept it. It scores row by row
/// on the processor, also when `MLContext.GpuDeviceId` is set; training does use the GPU. To score many rows of two classes in batches, or on a
/// GPU, make the label a key of two values with `MapValueToKey` and use the multiclass
/// [TargetPropClassifier](xref:Microsoft.ML.TargetPropCatalog.TargetPropClassifier*).
/// ]]></format>
/// </remarks>
public sealed class TargetPropBinaryTrainer : TargetPropTrainerBase<BinaryPredictionTransformer<BinaryModel>, BinaryModel, TargetPropBinaryModelParameters>
{
    internal const string LoadNameValue = "TargetPropBinary";

    internal TargetPropBinaryTrainer(IHostEnvironment env, Options options)
        : base(env, LoadNameValue, options, ClassifierOptions.Table, TrainerUtils.MakeBoolScalarLabel, OutputKind.Logistic)
    {
    }

    /// <summary>Options of the <see cref="TargetPropBinaryTrainer"/>.</summary>
    public sealed class Options : TargetPropClassifierOptions;

    /// <inheritdoc/>
    protected override PredictionKind PredictionKind => PredictionKind.BinaryClassification;

    private protected override (int Count, string[] ClassNames) Outputs(DataViewSchema.Column label) => (1, []);

    private protected override TargetPropBinaryModelParameters NewParameters(IReadOnlyList<NetworkSnapshot> members, IReadOnlyList<string> classNames, TargetPropTrainingSummary summary) =>
        new(Host, members, summary);

    private protected override BinaryModel NewModel(TargetPropBinaryModelParameters parameters) => parameters.Calibrated();

    /// <inheritdoc/>
    protected override BinaryPredictionTransformer<BinaryModel> MakeTransformer(BinaryModel model, DataViewSchema trainSchema) =>
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
