using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.TargetProp;
using Microsoft.ML.TargetProp.MLNet;
using Microsoft.ML.TargetProp.Supervised;

[assembly: LoadableClass(typeof(TargetPropMulticlassModelParameters), null, typeof(SignatureLoadModel),
    "Target Propagation Multiclass Executor", TargetPropMulticlassModelParameters.LoaderSignature)]

namespace Microsoft.ML.TargetProp;

/// <summary>A deep network that predicts one of several classes, trained by <see cref="TargetPropMulticlassTrainer"/>. Its score is the probability of every class.</summary>
public sealed class TargetPropMulticlassModelParameters : TargetPropModelParameters<VBuffer<float>>
{
    internal const string LoaderSignature = "TargetPropMulticlass";

    private static readonly VersionInfo Version = ModelVersion.Of("TPMULTIC", LoaderSignature);

    internal TargetPropMulticlassModelParameters(IHostEnvironment env, NetworkSnapshot network, IReadOnlyList<string> classNames, TargetPropTrainingSummary summary)
        : base(env, Version, network, classNames, summary)
    {
    }

    private TargetPropMulticlassModelParameters(IHostEnvironment env, ModelLoadContext ctx)
        : base(env, Version, ctx, OutputKind.Softmax)
    {
    }

    /// <summary>The number of classes, which is the length of <c>Score</c>.</summary>
    public int ClassCount => Shape.OutputUnits;

    /// <summary>The names of the classes in the order of <c>Score</c>; empty when the label column had no key values.</summary>
    public IReadOnlyList<string> ClassNames => Classifier.ClassNames;

    /// <inheritdoc/>
    protected override PredictionKind PredictionKind => PredictionKind.MulticlassClassification;

    private protected override DataViewType ScoreType => new VectorDataViewType(NumberDataViewType.Single, ClassCount);

    private protected override void Score(RowScorer scorer, ref VBuffer<float> score)
    {
        var editor = VBufferEditor.Create(ref score, ClassCount);
        scorer.Probabilities(editor.Values);
        score = editor.Commit();
    }

    internal static TargetPropMulticlassModelParameters Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        ModelVersion.Check(env, ctx, Version);
        return new(env, ctx);
    }
}
