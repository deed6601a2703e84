using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.Trainers;
using Microsoft.ML.TargetProp;
using Microsoft.ML.TargetProp.MLNet;
using Microsoft.ML.TargetProp.Supervised;

[assembly: LoadableClass(typeof(TargetPropMulticlassModelParameters), null, typeof(SignatureLoadModel),
    "Target Propagation Multiclass Executor", TargetPropMulticlassModelParameters.LoaderSignature)]

namespace Microsoft.ML.TargetProp;

/// <summary>
/// A deep network that classifies, trained by <see cref="TargetPropMulticlassTrainer"/>: its weights, feedback weights,
/// standardisation, class names, and how it was trained.
/// </summary>
public sealed class TargetPropMulticlassModelParameters : ModelParametersBase<VBuffer<float>>, IValueMapper, IDisposable
{
    internal const string LoaderSignature = "TargetPropMulticlass";

    internal TargetPropMulticlassModelParameters(IHostEnvironment env, NetworkSnapshot network, IReadOnlyList<string> classNames, TargetPropTrainingSummary summary)
        : base(env, LoaderSignature)
    {
        Classifier = new(Host, network, classNames, summary);
    }

    private TargetPropMulticlassModelParameters(IHostEnvironment env, ModelLoadContext ctx)
        : base(env, LoaderSignature, ctx)
    {
        Classifier = ClassifierModel.Load(Host, ctx, OutputKind.Softmax);
    }

    /// <summary>Length of the feature vector.</summary>
    public int FeatureCount => Classifier.Network.Shape.InputUnits;

    /// <summary>Units of the hidden layers, from the input up.</summary>
    public IReadOnlyList<int> HiddenUnits => Classifier.Network.Shape.HiddenUnits;

    /// <summary>Activation of the hidden units.</summary>
    public TargetPropActivation Activation => Classifier.Network.Shape.Activation;

    /// <summary>What the hidden units send.</summary>
    public TargetPropUnitType UnitType => Classifier.Network.Shape.Signal.UnitType;

    /// <summary>Number of classes, the length of <c>Score</c>.</summary>
    public int ClassCount => Classifier.Network.Shape.OutputUnits;

    /// <summary>Names of the classes in the order of <c>Score</c>; empty when the label column had no key values.</summary>
    public IReadOnlyList<string> ClassNames => Classifier.ClassNames;

    /// <summary>How the model was trained.</summary>
    public TargetPropTrainingSummary TrainingSummary => Classifier.Summary;

    internal ClassifierModel Classifier { get; }

    /// <inheritdoc/>
    protected override PredictionKind PredictionKind => PredictionKind.MulticlassClassification;

    DataViewType IValueMapper.InputType => new VectorDataViewType(NumberDataViewType.Single, FeatureCount);

    DataViewType IValueMapper.OutputType => new VectorDataViewType(NumberDataViewType.Single, ClassCount);

    /// <summary>Gives back native memory taken for scoring batches. The model stays usable.</summary>
    public void Dispose() => Classifier.Dispose();

    ValueMapper<TIn, TOut> IValueMapper.GetMapper<TIn, TOut>()
    {
        Host.Check(typeof(TIn) == typeof(VBuffer<float>) && typeof(TOut) == typeof(VBuffer<float>), "Expected a mapping from a vector of Single to a vector of Single.");
        var scorer = new RowScorer(Classifier.Network);
        ValueMapper<VBuffer<float>, VBuffer<float>> map = (in VBuffer<float> source, ref VBuffer<float> target) =>
        {
            VectorColumn.CopyTo(Host, in source, scorer.Features);
            var editor = VBufferEditor.Create(ref target, ClassCount);
            scorer.Probabilities(editor.Values);
            target = editor.Commit();
        };
        return (ValueMapper<TIn, TOut>)(Delegate)map;
    }

    internal static TargetPropMulticlassModelParameters Create(IHostEnvironment env, ModelLoadContext ctx)
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
        base.SaveCore(ctx);
        ctx.SetVersionInfo(GetVersionInfo());
        Classifier.Save(ctx);
    }

    private static VersionInfo GetVersionInfo() => new(
        modelSignature: "TPMULTIC",
        verWrittenCur: 0x00010001, // Initial
        verReadableCur: 0x00010001,
        verWeCanReadBack: 0x00010001,
        loaderSignature: LoaderSignature,
        loaderAssemblyName: typeof(TargetPropMulticlassModelParameters).Assembly.FullName);
}
