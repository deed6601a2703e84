using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.TargetProp;
using Microsoft.ML.TargetProp.MLNet;

[assembly: LoadableClass(typeof(TargetPropInpaintingTransformer), null, typeof(SignatureLoadModel),
    "Target Propagation Inpainting Transformer", TargetPropInpaintingTransformer.LoaderSignature)]

namespace Microsoft.ML.TargetProp;

/// <summary>Fills in the missing entries of a vector column with what a deep generative model makes of the others.</summary>
/// <remarks>
/// Lazy: rows are read when a cursor asks for them, at most 512 ahead, and completed in batches; a prediction engine completes row by row.
/// The two paths differ by rounding only. Observed entries come out as they went in, bit for bit. A row in which nothing is observed is filled
/// like any other. Several threads may use one transformer.
/// </remarks>
public sealed class TargetPropInpaintingTransformer : RowToRowTransformerBase, ITransformer, IDisposable
{
    internal const string LoaderSignature = "TargetPropInpaintingXfer";

    private readonly InpaintingSettings _settings;
    private readonly InpaintingColumns _columns;

    internal TargetPropInpaintingTransformer(IHostEnvironment env, TargetPropGenerativeModel model, InpaintingSettings settings)
        : base(Contracts.CheckRef(env, nameof(env)).Register(nameof(TargetPropInpaintingTransformer)))
    {
        Model = model;
        _settings = settings;
        _columns = new(Host, model, settings);
    }

    /// <summary>The generative model: to sample from, and to look into.</summary>
    public TargetPropGenerativeModel Model { get; }

    /// <summary>Adds the completed vectors to a view; nothing is read or computed before somebody reads the result.</summary>
    /// <param name="input">A view with the column of vectors that the model was trained on.</param>
    /// <exception cref="ArgumentOutOfRangeException">The column is missing, or is of another type or length.</exception>
    public new IDataView Transform(IDataView input)
    {
        Host.CheckValue(input, nameof(input));
        return new BatchedView(Host, input, _columns, MakeRowMapper);
    }

    /// <summary>Gives back native memory taken for completing. The transformer stays usable.</summary>
    public void Dispose() => Model.Dispose();

    /// <inheritdoc/>
    protected override IRowMapper MakeRowMapper(DataViewSchema schema) => new VectorRowMapper(Host, this, _columns, schema);

    internal static TargetPropInpaintingTransformer Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        Contracts.CheckValue(env, nameof(env));
        env.CheckValue(ctx, nameof(ctx));
        MLNetCompatibility.Check(env);
        ctx.CheckAtModel(GetVersionInfo());
        var host = env.Register(nameof(TargetPropInpaintingTransformer));

        // *** Binary format ***
        // InpaintingSettings
        // stream: TargetPropGenerativeModel
        return new(env, TargetPropGenerativeModel.Load(host, ctx), InpaintingSettings.Load(host, ctx));
    }

    /// <inheritdoc/>
    protected override void SaveModel(ModelSaveContext ctx)
    {
        Host.CheckValue(ctx, nameof(ctx));
        ctx.CheckAtModel();
        ctx.SetVersionInfo(GetVersionInfo());
        _settings.Save(ctx);
        Model.Save(ctx);
    }

    private static VersionInfo GetVersionInfo() => new(
        modelSignature: "TPINPAIN",
        verWrittenCur: 0x00010001, // Initial
        verReadableCur: 0x00010001,
        verWeCanReadBack: 0x00010001,
        loaderSignature: LoaderSignature,
        loaderAssemblyName: typeof(TargetPropInpaintingTransformer).Assembly.FullName);
}
