using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.TargetProp;
using Microsoft.ML.TargetProp.MLNet;

[assembly: LoadableClass(typeof(TargetPropRegressionTransformer), null, typeof(SignatureLoadModel),
    "Target Propagation Regression Transformer", TargetPropRegressionTransformer.LoaderSignature)]

namespace Microsoft.ML.TargetProp;

/// <summary>
/// Adds <c>Score</c> (the prediction) and, if the model has them, <c>Quantiles</c> to data, with one matrix product per layer for a batch of rows.
/// </summary>
/// <remarks>
/// A cursor reads at most 512 rows ahead and scores them in batches, on the GPU when <see cref="MLContext.GpuDeviceId"/> is set; a prediction
/// engine scores row by row on the processor. The two results differ by rounding only. Where missing values are
/// errors in training, a NaN feature gives NaN scores. Several threads may use one transformer.
/// </remarks>
public sealed class TargetPropRegressionTransformer : SingleFeaturePredictionTransformerBase<TargetPropRegressionModelParameters>
{
    internal const string LoaderSignature = "TargetPropRegressionXfer";

    private static readonly VersionInfo Version = ModelVersion.Of("TPREXFER", LoaderSignature);

    internal TargetPropRegressionTransformer(IHostEnvironment env, TargetPropRegressionModelParameters model, DataViewSchema trainSchema, string featureColumnName)
        : base(Contracts.CheckRef(env, nameof(env)).Register(nameof(TargetPropRegressionTransformer)), model, trainSchema, featureColumnName)
    {
        SetScorer();
    }

    private TargetPropRegressionTransformer(IHostEnvironment env, ModelLoadContext ctx)
        : base(Contracts.CheckRef(env, nameof(env)).Register(nameof(TargetPropRegressionTransformer)), ctx)
    {
        SetScorer();
    }

    // *** Binary format ***
    // <base info>

    internal static TargetPropRegressionTransformer Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        ModelVersion.Check(env, ctx, Version);
        return new(env, ctx);
    }

    /// <inheritdoc/>
    protected override void SaveCore(ModelSaveContext ctx)
    {
        ctx.SetVersionInfo(Version);
        base.SaveCore(ctx);
    }

    private void SetScorer()
    {
        var schema = new RoleMappedSchema(TrainSchema, null, FeatureColumnName);
        Scorer = new TargetPropRegressionScorer(Host, new EmptyDataView(Host, TrainSchema), (RegressionColumns)BindableMapper.Bind(Host, schema), Model);
    }
}
