using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.TargetProp;
using Microsoft.ML.TargetProp.MLNet;

[assembly: LoadableClass(typeof(TargetPropFeaturizerTransformer), null, typeof(SignatureLoadModel),
    "Target Propagation Featurizer Transformer", TargetPropFeaturizerTransformer.LoaderSignature)]

namespace Microsoft.ML.TargetProp;

/// <summary>Turns a vector column into its code, as a stacked auto-encoder has learned it.</summary>
/// <remarks>
/// Lazy: rows are read when a cursor asks for them, at most 512 ahead, and encoded in batches; a prediction engine encodes row by row. The two
/// paths differ by rounding only. Several threads may use one transformer.
/// </remarks>
public sealed class TargetPropFeaturizerTransformer : RowToRowTransformerBase, ITransformer, IDisposable
{
    internal const string LoaderSignature = "TargetPropFeaturizerXfer";

    private readonly FeaturizerColumns _columns;

    internal TargetPropFeaturizerTransformer(IHostEnvironment env, TargetPropAutoencoderModel model, string input, string output, bool allLayers)
        : base(Contracts.CheckRef(env, nameof(env)).Register(nameof(TargetPropFeaturizerTransformer)))
    {
        Model = model;
        _columns = new(model, input, output, allLayers);
    }

    /// <summary>The auto-encoder: to look into, and to start a classifier from.</summary>
    public TargetPropAutoencoderModel Model { get; }

    /// <summary>Adds the codes to a view; nothing is read or computed before somebody reads the result.</summary>
    /// <param name="input">A view with the column of vectors that the model was trained on.</param>
    /// <exception cref="ArgumentOutOfRangeException">The column is missing, or is of another type or length.</exception>
    public new IDataView Transform(IDataView input)
    {
        Host.CheckValue(input, nameof(input));
        return new BatchedView(Host, input, _columns, MakeRowMapper);
    }

    /// <summary>Gives back native memory taken for encoding. The transformer stays usable.</summary>
    public void Dispose() => Model.Dispose();

    /// <inheritdoc/>
    protected override IRowMapper MakeRowMapper(DataViewSchema schema) => new VectorRowMapper(Host, this, _columns, schema);

    internal static TargetPropFeaturizerTransformer Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        Contracts.CheckValue(env, nameof(env));
        env.CheckValue(ctx, nameof(ctx));
        MLNetCompatibility.Check(env);
        ctx.CheckAtModel(GetVersionInfo());
        var host = env.Register(nameof(TargetPropFeaturizerTransformer));

        // *** Binary format ***
        // id of string: input column, id of string: output column
        // byte: 1 when the codes of all layers come out
        // stream: TargetPropAutoencoderModel
        var (input, output, allLayers) = (ctx.LoadNonEmptyString(), ctx.LoadNonEmptyString(), ctx.Reader.ReadByte());
        host.CheckDecode(allLayers <= 1, $"The model is damaged: its flag for all layers is {allLayers}.");
        return new(env, TargetPropAutoencoderModel.Load(host, ctx), input, output, allLayers == 1);
    }

    /// <inheritdoc/>
    protected override void SaveModel(ModelSaveContext ctx)
    {
        Host.CheckValue(ctx, nameof(ctx));
        ctx.CheckAtModel();
        ctx.SetVersionInfo(GetVersionInfo());
        ctx.SaveNonEmptyString(_columns.InputColumnName);
        ctx.SaveNonEmptyString(_columns.OutputColumnName);
        ctx.Writer.Write((byte)(_columns.AllLayers ? 1 : 0));
        Model.Save(ctx);
    }

    private static VersionInfo GetVersionInfo() => new(
        modelSignature: "TPFEATUR",
        verWrittenCur: 0x00010001, // Initial
        verReadableCur: 0x00010001,
        verWeCanReadBack: 0x00010001,
        loaderSignature: LoaderSignature,
        loaderAssemblyName: typeof(TargetPropFeaturizerTransformer).Assembly.FullName);
}
