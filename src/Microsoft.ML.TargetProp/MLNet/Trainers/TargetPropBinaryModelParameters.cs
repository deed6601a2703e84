using Microsoft.ML;
using Microsoft.ML.Calibrators;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.TargetProp;
using Microsoft.ML.TargetProp.MLNet;
using Microsoft.ML.TargetProp.Supervised;

[assembly: LoadableClass(typeof(TargetPropBinaryModelParameters), null, typeof(SignatureLoadModel),
    "Target Propagation Binary Executor", TargetPropBinaryModelParameters.LoaderSignature)]

namespace Microsoft.ML.TargetProp;

/// <summary>
/// A deep network that tells two classes apart, trained by <see cref="TargetPropBinaryTrainer"/>. Its score is the log-odds of the positive
/// class.
/// </summary>
/// <remarks>It scores row by row on the processor; see the section on scoring of <see cref="TargetPropBinaryTrainer"/>.</remarks>
public sealed class TargetPropBinaryModelParameters : TargetPropModelParameters<float>
{
    internal const string LoaderSignature = "TargetPropBinary";

    private static readonly VersionInfo Version = ModelVersion.Of("TPBINARY", LoaderSignature);

    internal TargetPropBinaryModelParameters(IHostEnvironment env, NetworkSnapshot network, TargetPropTrainingSummary summary)
        : base(env, Version, network, [], summary)
    {
    }

    private TargetPropBinaryModelParameters(IHostEnvironment env, ModelLoadContext ctx)
        : base(env, Version, ctx, OutputKind.Logistic)
    {
    }

    /// <inheritdoc/>
    protected override PredictionKind PredictionKind => PredictionKind.BinaryClassification;

    private protected override DataViewType ScoreType => NumberDataViewType.Single;

    private protected override void Score(RowScorer scorer, ref float score) => score = scorer.Logits()[0];

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
