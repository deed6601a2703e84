using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.TargetProp.MLNet;
using Microsoft.ML.TargetProp.Supervised;
using Microsoft.ML.Trainers;

namespace Microsoft.ML.TargetProp;

/// <summary>
/// A trained deep network: the base of <see cref="TargetPropMulticlassModelParameters"/> and <see cref="TargetPropBinaryModelParameters"/>. It
/// holds the weights, the feedback weights, the standardisation of the features, and a summary of the training.
/// </summary>
/// <typeparam name="TOutput">The score of a row.</typeparam>
public abstract class TargetPropModelParameters<TOutput> : ModelParametersBase<TOutput>, IValueMapper, IClassifierParameters, IDisposable
{
    private readonly ClassifierModel _classifier;
    private readonly VersionInfo _version;

    private protected TargetPropModelParameters(
        IHostEnvironment env, VersionInfo version, NetworkSnapshot network, IReadOnlyList<string> classNames, TargetPropTrainingSummary summary)
        : base(env, version.LoaderSignature)
    {
        _version = version;
        _classifier = new(Host, network, classNames, summary);
    }

    private protected TargetPropModelParameters(IHostEnvironment env, VersionInfo version, ModelLoadContext ctx, OutputKind output)
        : base(env, version.LoaderSignature, ctx)
    {
        _version = version;
        _classifier = ClassifierModel.Load(Host, ctx, output);
    }

    /// <summary>The length of the feature vector.</summary>
    public int FeatureCount => Shape.InputUnits;

    /// <summary>The number of units of each hidden layer, from the input up.</summary>
    public IReadOnlyList<int> HiddenUnits => Shape.HiddenUnits;

    /// <summary>The activation of the hidden units.</summary>
    public TargetPropActivation Activation => Shape.Activation;

    /// <summary>The values that the hidden units send: activities, levels, or random bits.</summary>
    public TargetPropUnitType UnitType => Shape.Signal.UnitType;

    /// <summary>A summary of the training.</summary>
    public TargetPropTrainingSummary TrainingSummary => _classifier.Summary;

    internal ClassifierModel Classifier => _classifier;

    ClassifierModel IClassifierParameters.Classifier => _classifier;

    private protected NetworkShape Shape => _classifier.Network.Shape;

    DataViewType IValueMapper.InputType => new VectorDataViewType(NumberDataViewType.Single, FeatureCount);

    DataViewType IValueMapper.OutputType => ScoreType;

    private protected abstract DataViewType ScoreType { get; }

    /// <summary>Frees the native memory that scoring in batches takes. The model stays usable.</summary>
    public void Dispose()
    {
        _classifier.Dispose();
        GC.SuppressFinalize(this);
    }

    ValueMapper<TIn, TOut> IValueMapper.GetMapper<TIn, TOut>()
    {
        Host.Check(typeof(TIn) == typeof(VBuffer<float>) && typeof(TOut) == typeof(TOutput), $"Expected a mapping from a vector of Single to {ScoreType}.");
        var scorer = new RowScorer(_classifier.Network);
        ValueMapper<VBuffer<float>, TOutput> map = (in VBuffer<float> source, ref TOutput score) =>
        {
            VectorColumn.CopyTo(Host, in source, scorer.Features);
            Score(scorer, ref score);
        };
        return (ValueMapper<TIn, TOut>)(Delegate)map;
    }

    /// <summary>Scores the features that <paramref name="scorer"/> holds.</summary>
    private protected abstract void Score(RowScorer scorer, ref TOutput score);

    /// <inheritdoc/>
    protected override void SaveCore(ModelSaveContext ctx)
    {
        base.SaveCore(ctx);
        ctx.SetVersionInfo(_version);
        _classifier.Save(ctx);
    }
}
