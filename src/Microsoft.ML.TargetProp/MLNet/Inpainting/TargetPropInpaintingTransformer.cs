using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.TargetProp;
using Microsoft.ML.TargetProp.MLNet;

[assembly: LoadableClass(typeof(TargetPropInpaintingTransformer), null, typeof(SignatureLoadModel),
    "Target Propagation Inpainting Transformer", TargetPropInpaintingTransformer.LoaderSignature)]

namespace Microsoft.ML.TargetProp;

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
