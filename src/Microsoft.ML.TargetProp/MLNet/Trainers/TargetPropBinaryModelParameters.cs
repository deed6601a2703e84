using Microsoft.ML;
using Microsoft.ML.Calibrators;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.Trainers;
using Microsoft.ML.TargetProp;
using Microsoft.ML.TargetProp.MLNet;
using Microsoft.ML.TargetProp.Supervised;

[assembly: LoadableClass(typeof(TargetPropBinaryModelParameters), null, typeof(SignatureLoadModel),
    "Target Propagation Binary Executor", TargetPropBinaryModelParameters.LoaderSignature)]

namespace Microsoft.ML.TargetProp;

/// <summary>
/// A deep network that tells two classes apart, trained by <see cref="TargetPropBinaryTrainer"/>. Its score is the log-odds of the
/// positive class.
/// </summary>
public sealed class TargetPropBinaryModelParameters : ModelParametersBase<float>, IValueMapper, IDisposable
{
    internal const string LoaderSignature = "TargetPropBinary";

    internal TargetPropBinaryModelParameters(IHostEnvironment env, NetworkSnapshot network, TargetPropTrainingSummary summary)
        : base(env, LoaderSignature)
    {
        Classifier = new(Host, network, [], summary);
    }

    private TargetPropBinaryModelParameters(IHostEnvironment env, ModelLoadContext ctx)
        : base(env, LoaderSignature, ctx)
    {
        Classifier = ClassifierModel.Load(Host, ctx, OutputKind.Logistic);
    }

    /// <summary>Length of the feature vector.</summary>
    public int FeatureCount => Classifier.Network.Shape.InputUnits;

    /// <summary>Units of the hidden layers, from the input up.</summary>
    public IReadOnlyList<int> HiddenUnits => Classifier.Network.Shape.HiddenUnits;

    /// <summary>Activation of the hidden units.</summary>
    public TargetPropActivation Activation => Classifier.Network.Shape.Activation;

    /// <summary>What the hidden units send.</summary>
    public TargetPropUnitType UnitType => Classifier.Network.Shape.Signal.UnitType;

    /// <summary>How the model was trained.</summary>
    public TargetPropTrainingSummary TrainingSummary => Classifier.Summary;

    internal ClassifierModel Classifier { get; }

    /// <inheritdoc/>
    protected override PredictionKind PredictionKind => PredictionKind.BinaryClassification;

    DataViewType IValueMapper.InputType => new VectorDataViewType(NumberDataViewType.Single, FeatureCount);

    DataViewType IValueMapper.OutputType => NumberDataViewType.Single;

    /// <summary>Gives back native memory taken for scoring batches. The model stays usable.</summary>
    public void Dispose() => Classifier.Dispose();

    ValueMapper<TIn, TOut> IValueMapper.GetMapper<TIn, TOut>()
    {
        Host.Check(typeof(TIn) == typeof(VBuffer<float>) && typeof(TOut) == typeof(float), "Expected a mapping from a vector of Single to Single.");
        var scorer = new RowScorer(Classifier.Network);
        ValueMapper<VBuffer<float>, float> map = (in VBuffer<float> source, ref float target) =>
        {
            VectorColumn.CopyTo(Host, in source, scorer.Features);
            target = scorer.Logits()[0];
        };
        return (ValueMapper<TIn, TOut>)(Delegate)map;
    }

    /// <summary>
    /// This model with the calibrator that makes its log-odds a probability, 1 / (1 + exp(−score)): training minimises the log-loss of
    /// just that, so no calibration data are needed.
    /// </summary>
    internal CalibratedModelParametersBase<TargetPropBinaryModelParameters, PlattCalibrator> Calibrated() =>
        new ValueMapperCalibratedModelParameters<TargetPropBinaryModelParameters, PlattCalibrator>(Host, this, new PlattCalibrator(Host, -1, 0));

    internal static TargetPropBinaryModelParameters Create(IHostEnvironment env, ModelLoadContext ctx)
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
        modelSignature: "TPBINARY",
        verWrittenCur: 0x00010001, // Initial
        verReadableCur: 0x00010001,
        verWeCanReadBack: 0x00010001,
        loaderSignature: LoaderSignature,
        loaderAssemblyName: typeof(TargetPropBinaryModelParameters).Assembly.FullName);
}
