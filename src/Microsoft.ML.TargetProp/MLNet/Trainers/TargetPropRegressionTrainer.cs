using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.TargetProp.MLNet;
using Microsoft.ML.TargetProp.Supervised;
using Microsoft.ML.Trainers;

namespace Microsoft.ML.TargetProp;

/// <summary>
/// The <see cref="IEstimator{TTransformer}"/> that trains a deep network by target propagation to predict a number and, if asked for, its quantiles.
/// </summary>
/// <remarks>
/// <format type="text/markdown"><![CDATA[
/// To create this trainer, use [TargetPropRegression](xref:Microsoft.ML.TargetPropCatalog.TargetPropRegression*).
///
/// ### Input and output columns
/// | Column | Type | Description |
/// | -- | -- | -- |
/// | Label (input) | <xref:System.Single> | The number to predict, in any units. Rows whose label is missing (NaN) or infinite are left out. |
/// | Features (input) | known-size vector of <xref:System.Single> | Dense or sparse. A missing value (NaN) is treated as the option `MissingValues` says. |
/// | Weight (input, optional) | <xref:System.Single> | The weight of the row, 0 or more. |
/// | `Score` (output) | <xref:System.Single> | The prediction, in the units of the label. |
/// | `Quantiles` (output, with the option of that name) | vector of <xref:System.Single> | The quantiles of the label, ascending, with names such as `Quantile-0.05` as slot names. |
///
/// ### Trainer characteristics
/// | | |
/// | -- | -- |
/// | Machine learning task | Regression |
/// | Is normalization required? | No: features are encoded, and the label is standardised, inside the model |
/// | Is caching required? | Yes: each `Fit` reads the rows once, and cross-validation fits several times |
/// | Required NuGet in addition to Microsoft.ML | Microsoft.ML.TargetProp and a TorchSharp backend (TorchSharp-cpu or TorchSharp-cuda-*) |
/// | Exportable to ONNX | No |
///
/// ### Training algorithm
/// The algorithm of <xref:Microsoft.ML.TargetProp.TargetPropMulticlassTrainer>, with linear outputs. The first target follows from the loss,
/// $t_{M-1} = h_{M-1} - \eta_0 W_M^T e$, where $e$ is the derivative of the loss with respect to the outputs. docs/algorithm.md, section 13, has
/// the equations. Each quantile is an output with a pinball loss of its own (Koenker and Bassett 1978). Predicted quantiles are sorted, which
/// never raises their error (Chernozhukov, Fernández-Val and Galichon 2010), so they never cross. They are calibrated on held-out rows (Romano,
/// Patterson and Candès 2019).
///
/// ### Scoring
/// `Transform` scores batches of up to 512 rows, on the GPU when `MLContext.GpuDeviceId` is set. A prediction engine scores single rows on the
/// processor.
/// ]]></format>
/// </remarks>
public sealed class TargetPropRegressionTrainer :
    TargetPropTrainerBase<TargetPropRegressionTransformer, TargetPropRegressionModelParameters, TargetPropRegressionModelParameters>
{
    internal const string LoadNameValue = "TargetPropRegression";

    private readonly int _quantiles;

    internal TargetPropRegressionTrainer(IHostEnvironment env, Options options)
        : base(env, LoadNameValue, options, RegressionOptions.Table, TrainerUtils.MakeR4ScalarColumn, OutputKind.Linear)
    {
        _quantiles = options.Quantiles?.Length ?? 0;
    }

    /// <summary>Options of the <see cref="TargetPropRegressionTrainer"/>.</summary>
    public sealed class Options : TargetPropOptions
    {
        /// <summary>The loss of <c>Score</c>; default <see cref="TargetPropRegressionLoss.Squared"/>.</summary>
        public TargetPropRegressionLoss Loss = TargetPropRegressionLoss.Squared;

        /// <summary>
        /// δ of <see cref="TargetPropRegressionLoss.Huber"/>, above 0; default 1. Its unit is the spread of the labels, which is the distance between
        /// their quartiles divided by 1.349 (the standard deviation of a Gaussian with these quartiles). Other losses ignore it.
        /// </summary>
        public double HuberWidth = 1;

        /// <summary>
        /// The quantiles to predict, for example <c>[0.05f, 0.5f, 0.95f]</c> for the median and an interval that holds 90 % of the labels: 1 to 999
        /// probabilities above 0 and below 1, ascending. They become the output column <c>Quantiles</c>. Null, the default: no such column. Quantiles are
        /// calibrated on held-out rows, so that they cover new rows: <c>Fit</c> trains all networks once more (twice more below 4,000 rows) on three
        /// quarters of the training rows.
        /// </summary>
        public float[]? Quantiles;

        internal override TargetPropOptions Copy()
        {
            var copy = (Options)base.Copy();
            copy.Quantiles = (float[]?)Quantiles?.Clone();
            return copy;
        }
    }

    /// <inheritdoc/>
    protected override PredictionKind PredictionKind => PredictionKind.Regression;

    private protected override (int Count, string[] ClassNames) Outputs(DataViewSchema.Column label) => (1 + _quantiles, []);

    private protected override TargetPropRegressionModelParameters NewParameters(IReadOnlyList<NetworkSnapshot> members, IReadOnlyList<string> classNames, TargetPropTrainingSummary summary) =>
        new(Host, members, summary);

    private protected override TargetPropRegressionModelParameters NewModel(TargetPropRegressionModelParameters parameters) => parameters;

    /// <inheritdoc/>
    protected override TargetPropRegressionTransformer MakeTransformer(TargetPropRegressionModelParameters model, DataViewSchema trainSchema) =>
        new(Host, model, trainSchema, FeatureColumn.Name);

    /// <inheritdoc/>
    protected override void CheckLabelCompatible(SchemaShape.Column labelCol)
    {
        if (!LabelColumn.IsCompatibleWith(labelCol))
            throw Host.ExceptSchemaMismatch(nameof(labelCol), "label", LabelColumn.Name, "Single", labelCol.GetTypeString());
    }

    /// <inheritdoc/>
    protected override SchemaShape.Column[] GetOutputColumnsCore(SchemaShape inputSchema)
    {
        var annotations = AnnotationUtils.GetTrainerOutputAnnotation();
        SchemaShape.Column score = new(DefaultColumnNames.Score, SchemaShape.Column.VectorKind.Scalar, NumberDataViewType.Single, false, new SchemaShape(annotations));
        SchemaShape.Column names = new(AnnotationUtils.Kinds.SlotNames, SchemaShape.Column.VectorKind.Vector, TextDataViewType.Instance, false);
        return _quantiles == 0
            ? [score]
            : [score, new(RegressionColumns.Quantiles, SchemaShape.Column.VectorKind.Vector, NumberDataViewType.Single, false, new SchemaShape(annotations.Append(names)))];
    }
}
