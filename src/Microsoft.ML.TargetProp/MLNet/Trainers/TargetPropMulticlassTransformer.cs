using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.TargetProp;
using Microsoft.ML.TargetProp.MLNet;

[assembly: LoadableClass(typeof(TargetPropMulticlassTransformer), null, typeof(SignatureLoadModel),
    "Target Propagation Multiclass Transformer", TargetPropMulticlassTransformer.LoaderSignature)]

namespace Microsoft.ML.TargetProp;

/// <summary>
/// Adds <c>Score</c> (class probabilities) and <c>PredictedLabel</c> (a key) to data, as ML.NET's multiclass transformers do, with
/// one matrix product per layer for a few hundred rows at a time.
/// </summary>
/// <remarks>
/// Lazy: rows are read when a cursor asks for them, at most 512 ahead. A prediction engine scores row by row. The two paths differ by
/// rounding only. A NaN feature gives NaN scores and the missing key. Several threads may use one transformer.
/// </remarks>
public sealed class TargetPropMulticlassTransformer : SingleFeaturePredictionTransformerBase<TargetPropMulticlassModelParameters>
{
    internal const string LoaderSignature = "TargetPropMulticlassXfer";

    private readonly string _labelColumnName;

    internal TargetPropMulticlassTransformer(IHostEnvironment env, TargetPropMulticlassModelParameters model, DataViewSchema trainSchema, string featureColumnName, string labelColumnName)
        : base(Contracts.CheckRef(env, nameof(env)).Register(nameof(TargetPropMulticlassTransformer)), model, trainSchema, featureColumnName)
    {
        _labelColumnName = labelColumnName;
        SetScorer();
    }

    private TargetPropMulticlassTransformer(IHostEnvironment env, ModelLoadContext ctx)
        : base(Contracts.CheckRef(env, nameof(env)).Register(nameof(TargetPropMulticlassTransformer)), ctx)
    {
        // *** Binary format ***
        // <base info>
        // id of string: train label column
        _labelColumnName = ctx.LoadNonEmptyString();
        SetScorer();
    }

    internal static TargetPropMulticlassTransformer Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        Contracts.CheckValue(env, nameof(env));
        env.CheckValue(ctx, nameof(ctx));
        MLNetCompatibility.Check(env);
        ctx.CheckAtModel(GetVersionInfo());
        return new(env, ctx);
    }

    /// <inheritdoc/>
    protected override void SaveCore(ModelSaveContext ctx)
    {
        ctx.SetVersionInfo(GetVersionInfo());

        // *** Binary format ***
        // <base info>
        // id of string: train label column
        base.SaveCore(ctx);
        ctx.SaveNonEmptyString(_labelColumnName);
    }

    private void SetScorer()
    {
        var schema = new RoleMappedSchema(TrainSchema, _labelColumnName, FeatureColumnName);
        Scorer = new TargetPropMulticlassScorer(
            Host, new TargetPropMulticlassScorer.ScorerArguments(), new EmptyDataView(Host, TrainSchema), BindableMapper.Bind(Host, schema), schema, Model);
    }

    private static VersionInfo GetVersionInfo() => new(
        modelSignature: "TPMCXFER",
        verWrittenCur: 0x00010001, // Initial
        verReadableCur: 0x00010001,
        verWeCanReadBack: 0x00010001,
        loaderSignature: LoaderSignature,
        loaderAssemblyName: typeof(TargetPropMulticlassTransformer).Assembly.FullName);
}
