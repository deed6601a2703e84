using Microsoft.ML;
using Microsoft.ML.Calibrators;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.TargetProp;
using Microsoft.ML.TargetProp.MLNet;
using Microsoft.ML.TargetProp.Supervised;
using Microsoft.ML.Trainers;

[assembly: LoadableClass(typeof(TargetPropMulticlassModelParameters), null, typeof(SignatureLoadModel),
    "Target Propagation Multiclass Executor", TargetPropMulticlassModelParameters.LoaderSignature)]
[assembly: LoadableClass(typeof(TargetPropBinaryModelParameters), null, typeof(SignatureLoadModel),
    "Target Propagation Binary Executor", TargetPropBinaryModelParameters.LoaderSignature)]

namespace Microsoft.ML.TargetProp;

/// <summary>
/// A trained deep network, or several whose predictions are averaged: the base of <see cref="TargetPropMulticlassModelParameters"/>,
/// <see cref="TargetPropBinaryModelParameters"/> and <see cref="TargetPropRegressionModelParameters"/>. It holds the weights, the feedback weights,
/// the encoding of the features, and a summary of the training.
/// </summary>
/// <typeparam name="TOutput">The score of a row.</typeparam>
public abstract class TargetPropModelParameters<TOutput> : ModelParametersBase<TOutput>, IValueMapper, IClassifierParameters, IDisposable
{
    private readonly ClassifierModel _classifier;
    private readonly VersionInfo _version;

    private protected TargetPropModelParameters(
        IHostEnvironment env, VersionInfo version, IReadOnlyList<NetworkSnapshot> members, IReadOnlyList<string> classNames, TargetPropTrainingSummary summary)
        : base(env, version.LoaderSignature)
    {
        _version = version;
        _classifier = new(Host, members, classNames, summary);
    }

    private protected TargetPropModelParameters(IHostEnvironment env, VersionInfo version, ModelLoadContext ctx, OutputKind output)
        : base(env, version.LoaderSignature, ctx)
    {
        _version = version;
        _classifier = ClassifierModel.Load(Host, ctx, output);
    }

    /// <summary>The length of the feature vector.</summary>
    public int FeatureCount => _classifier.Network.Columns;

    /// <summary>The number of networks whose probabilities are averaged; see <see cref="TargetPropOptions.Members"/>.</summary>
    public int MemberCount => _classifier.Members.Count;

    /// <summary>The number of units of each hidden layer of a network, from the input up.</summary>
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
        var scorer = new RowScorer(_classifier.Members);
        ValueMapper<VBuffer<float>, TOutput> map = (in VBuffer<float> source, ref TOutput score) =>
        {
            VectorColumn.CheckLength(Host, in source, FeatureCount);
            Score(scorer, in source, ref score);
        };
        return (ValueMapper<TIn, TOut>)(Delegate)map;
    }

    /// <summary>Scores a row of the right length.</summary>
    private protected abstract void Score(RowScorer scorer, in VBuffer<float> features, ref TOutput score);

    /// <summary>The logits of a row, valid until the next call.</summary>
    private protected static ReadOnlySpan<float> Logits(RowScorer scorer, in VBuffer<float> features)
    {
        if (!features.IsDense)
            return scorer.Logits(features.GetIndices(), features.GetValues());
        features.CopyTo(scorer.Features);
        return scorer.Logits();
    }

    /// <inheritdoc/>
    protected override void SaveCore(ModelSaveContext ctx)
    {
        base.SaveCore(ctx);
        ctx.SetVersionInfo(_version);
        _classifier.Save(ctx);
    }
}

/// <summary>A deep network that predicts one of several classes, trained by <see cref="TargetPropMulticlassTrainer"/>. Its score is the probability of every class.</summary>
public sealed class TargetPropMulticlassModelParameters : TargetPropModelParameters<VBuffer<float>>
{
    internal const string LoaderSignature = "TargetPropMulticlass";

    private static readonly VersionInfo Version = ModelVersion.Of("TPMULTIC", LoaderSignature);

    internal TargetPropMulticlassModelParameters(IHostEnvironment env, IReadOnlyList<NetworkSnapshot> members, IReadOnlyList<string> classNames, TargetPropTrainingSummary summary)
        : base(env, Version, members, classNames, summary)
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

    private protected override void Score(RowScorer scorer, in VBuffer<float> features, ref VBuffer<float> score)
    {
        var editor = VBufferEditor.Create(ref score, ClassCount);
        RowScorer.Softmax(Logits(scorer, in features), editor.Values);
        score = editor.Commit();
    }

    internal static TargetPropMulticlassModelParameters Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        ModelVersion.Check(env, ctx, Version);
        return new(env, ctx);
    }
}

/// <summary>
/// A deep network that tells two classes apart, trained by <see cref="TargetPropBinaryTrainer"/>. Its score is the log-odds of the positive
/// class.
/// </summary>
/// <remarks>It scores row by row on the processor; see the section on scoring of <see cref="TargetPropBinaryTrainer"/>.</remarks>
public sealed class TargetPropBinaryModelParameters : TargetPropModelParameters<float>
{
    internal const string LoaderSignature = "TargetPropBinary";

    private static readonly VersionInfo Version = ModelVersion.Of("TPBINARY", LoaderSignature);

    internal TargetPropBinaryModelParameters(IHostEnvironment env, IReadOnlyList<NetworkSnapshot> members, TargetPropTrainingSummary summary)
        : base(env, Version, members, [], summary)
    {
    }

    private TargetPropBinaryModelParameters(IHostEnvironment env, ModelLoadContext ctx)
        : base(env, Version, ctx, OutputKind.Logistic)
    {
    }

    /// <inheritdoc/>
    protected override PredictionKind PredictionKind => PredictionKind.BinaryClassification;

    private protected override DataViewType ScoreType => NumberDataViewType.Single;

    private protected override void Score(RowScorer scorer, in VBuffer<float> features, ref float score) => score = Logits(scorer, in features)[0];

    /// <summary>
    /// Adds the calibrator that turns log-odds into a probability, 1 / (1 + exp(−score)). It needs no calibration data, because training
    /// minimises the log-loss of this probability.
    /// </summary>
    internal CalibratedModelParametersBase<TargetPropBinaryModelParameters, PlattCalibrator> Calibrated() =>
        new ValueMapperCalibratedModelParameters<TargetPropBinaryModelParameters, PlattCalibrator>(Host, this, new PlattCalibrator(Host, -1, 0));

    internal static TargetPropBinaryModelParameters Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        ModelVersion.Check(env, ctx, Version);
        return new(env, ctx);
    }
}
