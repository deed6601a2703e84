using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.TargetProp;
using Microsoft.ML.TargetProp.MLNet;

[assembly: LoadableClass(typeof(TargetPropMulticlassTransformer), null, typeof(SignatureLoadModel),
    "Target Propagation Multiclass Transformer", TargetPropMulticlassTransformer.LoaderSignature)]

namespace Microsoft.ML.TargetProp;

/// <summary>
/// Adds <c>Score</c> (class probabilities) and <c>PredictedLabel</c> (a key) to data, as ML.NET's multiclass transformers do, with one matrix
/// product per layer for a batch of rows.
/// </summary>
/// <remarks>
/// A cursor reads at most 512 rows ahead and scores them in batches, on the GPU when <see cref="MLContext.GpuDeviceId"/> is set; a prediction
/// engine scores row by row on the processor. The two results differ by rounding only. Where missing values were
/// errors in training, a NaN feature gives NaN scores and the missing key.
/// Several threads may use one transformer.
/// </remarks>
public sealed class TargetPropMulticlassTransformer : SingleFeaturePredictionTransformerBase<TargetPropMulticlassModelParameters>
{
    internal const string LoaderSignature = "TargetPropMulticlassXfer";

    private static readonly VersionInfo Version = ModelVersion.Of("TPMCXFER", LoaderSignature);

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
        _labelColumnName = ctx.LoadNonEmptyString();
        SetScorer();
    }

    // *** Binary format ***
    // <base info>
    // id of string: label column

    internal static TargetPropMulticlassTransformer Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        ModelVersion.Check(env, ctx, Version);
        return new(env, ctx);
    }

    /// <inheritdoc/>
    protected override void SaveCore(ModelSaveContext ctx)
    {
        ctx.SetVersionInfo(Version);
        base.SaveCore(ctx);
        ctx.SaveNonEmptyString(_labelColumnName);
    }

    private void SetScorer()
    {
        var schema = new RoleMappedSchema(TrainSchema, _labelColumnName, FeatureColumnName);
        Scorer = new TargetPropMulticlassScorer(
            Host, new TargetPropMulticlassScorer.ScorerArguments(), new EmptyDataView(Host, TrainSchema), BindableMapper.Bind(Host, schema), schema, Model);
    }
}
