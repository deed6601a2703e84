using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.TargetProp;
using Microsoft.ML.TargetProp.MLNet;
using Microsoft.ML.TargetProp.Supervised;

[assembly: LoadableClass(typeof(TargetPropRegressionModelParameters), null, typeof(SignatureLoadModel),
    "Target Propagation Regression Executor", TargetPropRegressionModelParameters.LoaderSignature)]

namespace Microsoft.ML.TargetProp;

/// <summary>
/// A deep network that predicts a number and its quantiles, trained by <see cref="TargetPropRegressionTrainer"/>. Its score is the prediction in the
/// units of the label.
/// </summary>
public sealed class TargetPropRegressionModelParameters : TargetPropModelParameters<float>, ISchemaBindableMapper
{
    internal const string LoaderSignature = "TargetPropRegression";

    private static readonly VersionInfo Version = ModelVersion.Of("TPREGRES", LoaderSignature);

    internal TargetPropRegressionModelParameters(IHostEnvironment env, IReadOnlyList<NetworkSnapshot> members, TargetPropTrainingSummary summary)
        : base(env, Version, members, [], summary)
    {
    }

    private TargetPropRegressionModelParameters(IHostEnvironment env, ModelLoadContext ctx)
        : base(env, Version, ctx, OutputKind.Linear)
    {
    }

    /// <summary>The loss of <c>Score</c>.</summary>
    public TargetPropRegressionLoss Loss => Output.Loss;

    /// <summary>The probabilities of the column <c>Quantiles</c>, ascending; empty without that column.</summary>
    public IReadOnlyList<float> Quantiles => Output.Quantiles;

    /// <inheritdoc/>
    protected override PredictionKind PredictionKind => PredictionKind.Regression;

    internal RegressionOutput Output => Shape.Regression!;

    private protected override DataViewType ScoreType => NumberDataViewType.Single;

    ISchemaBoundMapper ISchemaBindableMapper.Bind(IHostEnvironment env, RoleMappedSchema schema) => new RegressionColumns(Host, this, schema);

    /// <summary>The prediction and the quantiles of a row of the right length.</summary>
    internal void Predict(RowScorer scorer, in VBuffer<float> features, Span<float> outputs)
    {
        Logits(scorer, in features).CopyTo(outputs);
        Output.Finish(outputs);
    }

    private protected override void Score(RowScorer scorer, in VBuffer<float> features, ref float score)
    {
        var outputs = new float[Output.Units];
        Predict(scorer, in features, outputs);
        score = outputs[0];
    }

    internal static TargetPropRegressionModelParameters Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        ModelVersion.Check(env, ctx, Version);
        return new(env, ctx);
    }
}
