using System.Runtime.CompilerServices;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.TargetProp;
using Microsoft.ML.TargetProp.MLNet;

[assembly: LoadableClass(typeof(TargetPropInpaintingTransformer), null, typeof(SignatureLoadModel),
    "Target Propagation Inpainting Transformer", TargetPropInpaintingTransformer.LoaderSignature)]

namespace Microsoft.ML.TargetProp;

/// <summary>
/// The <see cref="IEstimator{TTransformer}"/> that trains a deep generative model by iterated target propagation, to fill in the missing entries of
/// a vector column: it imputes a table, or inpaints pictures.
/// </summary>
/// <remarks>
/// <format type="text/markdown"><![CDATA[
/// To create this estimator, use [TargetPropInpainting](xref:Microsoft.ML.TargetPropCatalog.TargetPropInpainting*).
///
/// ### Input and output columns
/// | Column | Type | Description |
/// | -- | -- | -- |
/// | Input | known-size vector of <xref:System.Single> | Dense or sparse; NaN where an entry is missing, in training too. |
/// | Output | vector of <xref:System.Single>, same size | The input with its missing entries filled in. Slot names are carried over. With `SampleCount` k above 1: `[k, size]`, without slot names. |
/// | Uncertainty (optional) | vector of <xref:System.Single>, same size | The standard deviation of every filled entry; 0 for an observed one. |
/// | Objective (optional) | <xref:System.Single> | The objective: how well the model explains the row. It is low for an anomaly. |
/// | Code (optional) | known-size vector of <xref:System.Single> | The last hidden layer after inference: a feature for each of its units, without slot names. |
///
/// ### Estimator characteristics
/// | | |
/// | -- | -- |
/// | Does this estimator need to look at the data to train its parameters? | Yes |
/// | Input column data type | Known-size vector of <xref:System.Single> |
/// | Output column data type | Known-size vector of <xref:System.Single> |
/// | Is normalization required? | No: unbounded slots are standardised inside the model, and come out in their own units |
/// | Is caching required? | No: `Fit` reads the rows once |
/// | Required NuGet in addition to Microsoft.ML | Microsoft.ML.TargetProp and a TorchSharp backend (TorchSharp-cpu or TorchSharp-cuda-*) |
/// | Exportable to ONNX | No |
///
/// ### Training algorithm
/// A generative model $p(x \mid h_1) \prod_k p(h_k \mid h_{k+1})\, p(h_M)$ with inference maps $f_k$ and generative maps $g_k$ learns by
/// variational EM, in local steps only. Inference raises the objective $J = \log p(x, h)$: it moves every layer along an estimate of the gradient
/// that needs no derivative, $h_k \leftarrow h_k + \delta\,(f_k(h_{k-1}) - f_k(g_k(h_k)))$. Then every map takes one step of its own towards the
/// inferred values. Missing entries are inferred too. To complete a row, observed entries stay fixed, and inference alternates with refilling the
/// missing ones. docs/algorithm.md, sections 8 to 10, has the equations. See Bengio, Lee, Bornschein and Lin,
/// [Towards Biologically Plausible Deep Learning](https://arxiv.org/abs/1502.04156).
///
/// With one hidden layer, Gaussian visible units, the gradient as direction, an inference weight above 0 and a Laplace prior, the model is
/// predictive sparse decomposition: Kavukcuoglu, Ranzato and LeCun, [Fast Inference in Sparse Coding Algorithms](https://arxiv.org/abs/1010.3467).
/// ]]></format>
/// </remarks>
public sealed partial class TargetPropInpaintingEstimator : IEstimator<TargetPropInpaintingTransformer>
{
    private readonly IHost _host;
    private readonly Options _options;
    private readonly InpaintingTraining _training;

    internal TargetPropInpaintingEstimator(IHostEnvironment env, Options options)
    {
        Contracts.CheckValue(env, nameof(env));
        _host = env.Register(nameof(TargetPropInpaintingEstimator));
        MLNetCompatibility.Check(_host);
        _options = InpaintingOptions.Table.Check(_host, options).Copy();
        _training = new(_host, _options, options.Seed ?? _host.Rand.Next());
    }

    /// <summary>Trains a generative model of the input column.</summary>
    /// <param name="input">The training rows; entries may be missing.</param>
    /// <exception cref="ArgumentOutOfRangeException">The column is missing, or is not a known-size vector of <see cref="float"/>.</exception>
    /// <exception cref="InvalidOperationException">The rows cannot be learned from; the message says why.</exception>
    /// <exception cref="OperationCanceledException">The training was cancelled.</exception>
    public TargetPropInpaintingTransformer Fit(IDataView input) => Train(input, null, null);

    /// <summary>Trains, and measures the validation rows after every epoch.</summary>
    /// <param name="trainData">The training rows; entries may be missing.</param>
    /// <param name="validationData">The validation rows, with the same column; null to use the validation rows of the options, if there are any.</param>
    /// <inheritdoc cref="Fit(IDataView)"/>
    [OverloadResolutionPriority(1)]
    public TargetPropInpaintingTransformer Fit(IDataView trainData, IDataView? validationData) => Train(trainData, validationData, null);

    /// <summary>Continues the training of a model, which may be a loaded one: its maps, and the scale of its slots.</summary>
    /// <param name="trainData">The training rows, with the slots of the model.</param>
    /// <param name="model">The model to continue from; it does not change.</param>
    /// <exception cref="InvalidOperationException">The model does not fit the data or the options, or the rows cannot be learned from.</exception>
    /// <inheritdoc cref="Fit(IDataView)"/>
    public TargetPropInpaintingTransformer Fit(IDataView trainData, TargetPropGenerativeModel model) => Fit(trainData, null, model);

    /// <summary>Continues the training of a model, and measures the validation rows after every epoch.</summary>
    /// <param name="trainData">The training rows, with the slots of the model.</param>
    /// <param name="validationData">The validation rows, with the same column; null to use the validation rows of the options, if there are any.</param>
    /// <param name="model">The model to continue from; it does not change.</param>
    /// <inheritdoc cref="Fit(IDataView, TargetPropGenerativeModel)"/>
    public TargetPropInpaintingTransformer Fit(IDataView trainData, IDataView? validationData, TargetPropGenerativeModel model) =>
        Train(trainData, validationData, Contracts.CheckRef(model, nameof(model)));

    /// <summary>Returns the columns of the transformer's output.</summary>
    /// <param name="inputSchema">The columns of its input.</param>
    /// <exception cref="ArgumentOutOfRangeException">The column is missing, or is not a known-size vector of <see cref="float"/>.</exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        var input = VectorColumn.Find(_host, inputSchema, _options.Input);
        var slotNames = new SchemaShape(input.Annotations.Where(a => a.Name == AnnotationUtils.Kinds.SlotNames));
        var none = new SchemaShape([]);
        SchemaShape.Column Vector(string name, SchemaShape annotations) =>
            new(name, SchemaShape.Column.VectorKind.Vector, NumberDataViewType.Single, false, annotations);
        var columns = inputSchema.ToDictionary(c => c.Name);
        columns[_options.OutputColumnName] = Vector(_options.OutputColumnName, _options.SampleCount == 1 ? slotNames : none);
        if (_options.UncertaintyColumnName is { } uncertainty)
            columns[uncertainty] = Vector(uncertainty, slotNames);
        if (_options.ObjectiveColumnName is { } objective)
            columns[objective] = new(objective, SchemaShape.Column.VectorKind.Scalar, NumberDataViewType.Single, false, none);
        if (_options.CodeColumnName is { } code)
            columns[code] = Vector(code, none);
        return new(columns.Values);
    }

    private TargetPropInpaintingTransformer Train(IDataView trainData, IDataView? validationData, TargetPropGenerativeModel? start)
    {
        _host.CheckValue(trainData, nameof(trainData));
        return new(_host, _training.Run(trainData, validationData, start), InpaintingSettings.From(_options));
    }
}

/// <summary>Fills in the missing entries of a vector column with a trained deep generative model: imputes a table, or inpaints pictures.</summary>
/// <remarks>
/// A cursor reads at most 512 rows ahead and completes them in batches; a prediction engine completes row by row. The two results differ by
/// rounding only. Observed entries stay the same, bit for bit. A row without any observed entry is filled in like the others. Several threads
/// may use one transformer.
/// </remarks>
public sealed class TargetPropInpaintingTransformer : TargetPropVectorTransformer<TargetPropGenerativeModel>
{
    internal const string LoaderSignature = "TargetPropInpaintingXfer";

    private static readonly VersionInfo Version = ModelVersion.Of("TPINPAIN", LoaderSignature);

    private readonly InpaintingSettings _settings;

    internal TargetPropInpaintingTransformer(IHostEnvironment env, TargetPropGenerativeModel model, InpaintingSettings settings)
        : base(env, nameof(TargetPropInpaintingTransformer), Version, model, host => new InpaintingColumns(host, model, settings))
    {
        _settings = settings;
    }

    // *** Binary format ***
    // InpaintingSettings
    // stream: TargetPropGenerativeModel

    internal static TargetPropInpaintingTransformer Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        ModelVersion.Check(env, ctx, Version);
        var host = env.Register(nameof(TargetPropInpaintingTransformer));
        return new(env, TargetPropGenerativeModel.Load(host, ctx), InpaintingSettings.Load(host, ctx));
    }

    private protected override void SaveContent(ModelSaveContext ctx)
    {
        _settings.Save(ctx);
        Model.Save(ctx);
    }
}
