using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.TargetProp;
using Microsoft.ML.TargetProp.MLNet;

[assembly: LoadableClass(typeof(TargetPropFeaturizerTransformer), null, typeof(SignatureLoadModel),
    "Target Propagation Featurizer Transformer", TargetPropFeaturizerTransformer.LoaderSignature)]

namespace Microsoft.ML.TargetProp;

/// <summary>
/// The <see cref="IEstimator{TTransformer}"/> that trains a stacked auto-encoder, without labels and without back-propagation, to turn a vector
/// column into features.
/// </summary>
/// <remarks>
/// <format type="text/markdown"><![CDATA[
/// To create this estimator, use [TargetPropFeaturizer](xref:Microsoft.ML.TargetPropCatalog.TargetPropFeaturizer*).
///
/// ### Input and output columns
/// | Column | Type | Description |
/// | -- | -- | -- |
/// | Input | known-size vector of <xref:System.Single> | Dense or sparse. No missing values in training; in a transformer, a missing value gives a code of missing values. |
/// | Output | vector of <xref:System.Single> | The top code; with `AllLayers` the codes of all layers, from the lowest up. |
///
/// ### Estimator characteristics
/// | | |
/// | -- | -- |
/// | Does this estimator need to look at the data to train its parameters? | Yes |
/// | Input column data type | Known-size vector of <xref:System.Single> |
/// | Output column data type | Known-size vector of <xref:System.Single> |
/// | Is normalization required? | No: slots are standardised inside the model |
/// | Is caching required? | No: `Fit` reads the rows once |
/// | Required NuGet in addition to Microsoft.ML | Microsoft.ML.TargetProp and a TorchSharp backend (TorchSharp-cpu or TorchSharp-cuda-*) |
/// | Exportable to ONNX | No |
///
/// ### Training algorithm
/// Each layer is a pair of maps, an encoder $f$ and a decoder $g$, trained on the codes of the finished layer below. The decoder learns to undo
/// noise on the code, $g(f(x) + \epsilon) \to x$. The encoder takes a step towards a target code, $\tilde h = f(2x - g(f(x)))$: the code of the
/// input, moved by the error of its reconstruction. No gradient passes through more than one map. docs/algorithm.md, section 7, has the
/// equations. See Bengio, Lee, Bornschein and Lin, [Towards Biologically Plausible Deep Learning](https://arxiv.org/abs/1502.04156).
/// ]]></format>
/// </remarks>
public sealed partial class TargetPropFeaturizerEstimator : IEstimator<TargetPropFeaturizerTransformer>
{
    private readonly IHost _host;
    private readonly Options _options;
    private readonly FeaturizerTraining _training;

    internal TargetPropFeaturizerEstimator(IHostEnvironment env, Options options)
    {
        Contracts.CheckValue(env, nameof(env));
        _host = env.Register(nameof(TargetPropFeaturizerEstimator));
        MLNetCompatibility.Check(_host);
        _options = FeaturizerOptions.Table.Check(_host, options).Copy();
        _training = new(_host, _options, options.Seed ?? _host.Rand.Next());
    }

    /// <summary>Trains an auto-encoder on the input column.</summary>
    /// <param name="input">The training rows.</param>
    /// <exception cref="ArgumentOutOfRangeException">The column is missing, or is not a known-size vector of <see cref="float"/>.</exception>
    /// <exception cref="InvalidOperationException">The rows cannot be learned from; the message says why.</exception>
    /// <exception cref="OperationCanceledException">The training was cancelled.</exception>
    public TargetPropFeaturizerTransformer Fit(IDataView input) => Fit(input, null);

    /// <summary>Trains, and measures the validation rows after every epoch.</summary>
    /// <param name="trainData">The training rows.</param>
    /// <param name="validationData">The validation rows, with the same column; null to use the validation rows of the options, if there are any.</param>
    /// <inheritdoc cref="Fit(IDataView)"/>
    public TargetPropFeaturizerTransformer Fit(IDataView trainData, IDataView? validationData)
    {
        _host.CheckValue(trainData, nameof(trainData));
        return new(_host, _training.Run(trainData, validationData), _options.Input, _options.OutputColumnName, _options.AllLayers);
    }

    /// <summary>Returns the columns of the transformer's output.</summary>
    /// <param name="inputSchema">The columns of its input.</param>
    /// <exception cref="ArgumentOutOfRangeException">The column is missing, or is not a known-size vector of <see cref="float"/>.</exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        VectorColumn.Find(_host, inputSchema, _options.Input);
        var columns = inputSchema.ToDictionary(c => c.Name);
        columns[_options.OutputColumnName] = new(_options.OutputColumnName, SchemaShape.Column.VectorKind.Vector, NumberDataViewType.Single, false, new SchemaShape([]));
        return new(columns.Values);
    }
}

/// <summary>Encodes a vector column with a trained stacked auto-encoder.</summary>
/// <remarks>
/// A cursor reads at most 512 rows ahead and encodes them in batches; a prediction engine encodes row by row. The two results differ by rounding
/// only. A missing entry gives a code of missing entries. Several threads may use one transformer.
/// </remarks>
public sealed class TargetPropFeaturizerTransformer : TargetPropVectorTransformer<TargetPropAutoencoderModel>
{
    internal const string LoaderSignature = "TargetPropFeaturizerXfer";

    private static readonly VersionInfo Version = ModelVersion.Of("TPFEATUR", LoaderSignature);

    private readonly FeaturizerColumns _columns;

    internal TargetPropFeaturizerTransformer(IHostEnvironment env, TargetPropAutoencoderModel model, string input, string output, bool allLayers)
        : this(env, model, new FeaturizerColumns(model, input, output, allLayers))
    {
    }

    private TargetPropFeaturizerTransformer(IHostEnvironment env, TargetPropAutoencoderModel model, FeaturizerColumns columns)
        : base(env, nameof(TargetPropFeaturizerTransformer), Version, model, _ => columns)
    {
        _columns = columns;
    }

    // *** Binary format ***
    // id of string: input column, id of string: output column
    // byte: 1 when the codes of all layers come out
    // stream: TargetPropAutoencoderModel

    internal static TargetPropFeaturizerTransformer Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        ModelVersion.Check(env, ctx, Version);
        var host = env.Register(nameof(TargetPropFeaturizerTransformer));
        var (input, output, allLayers) = (ctx.LoadNonEmptyString(), ctx.LoadNonEmptyString(), ctx.Reader.ReadByte());
        host.CheckDecode(allLayers <= 1, $"The model is damaged: its flag for all layers is {allLayers}.");
        return new(env, TargetPropAutoencoderModel.Load(host, ctx), input, output, allLayers == 1);
    }

    private protected override void SaveContent(ModelSaveContext ctx)
    {
        ctx.SaveNonEmptyString(_columns.InputColumnName);
        ctx.SaveNonEmptyString(_columns.OutputColumnName);
        ctx.Writer.Write((byte)(_columns.AllLayers ? 1 : 0));
        Model.Save(ctx);
    }
}
