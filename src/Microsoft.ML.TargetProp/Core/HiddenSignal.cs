using System.Numerics.Tensors;
using TorchSharp;
using Tensor = TorchSharp.torch.Tensor;

namespace Microsoft.ML.TargetProp.Core;

/// <summary>
/// The signal that hidden layers send of their activities h, to the next hidden layer and into the feedback map that starts there
/// (docs/algorithm.md, section 5). Targets are targets of the smooth activities, so no signal needs a derivative.
/// </summary>
/// <param name="UnitType">The type of the units.</param>
/// <param name="Levels">k of <see cref="TargetPropUnitType.Quantized"/>; 2 for the other discrete units.</param>
/// <param name="Passes">Passes that a prediction averages; 1 unless units are stochastic.</param>
/// <param name="Seed">Seed of the prediction passes; 0 unless units are stochastic.</param>
internal sealed record HiddenSignal(TargetPropUnitType UnitType, int Levels = 2, int Passes = 1, int Seed = 0)
{
    public const int MaxLevels = 1 << 16;

    public const int MaxPasses = 10_000;

    public static readonly HiddenSignal Continuous = new(TargetPropUnitType.Continuous);

    public bool IsContinuous => UnitType == TargetPropUnitType.Continuous;

    public bool IsStochastic => UnitType == TargetPropUnitType.Stochastic;

    /// <summary>True when the signal is a function of the activity with few values.</summary>
    public bool IsDiscrete => !IsContinuous && !IsStochastic;

    /// <summary>The activation that units other than <see cref="TargetPropUnitType.Continuous"/> have.</summary>
    public TargetPropActivation Activation => IsStochastic ? TargetPropActivation.Sigmoid : TargetPropActivation.Tanh;

    private float Lowest => UnitType == TargetPropUnitType.Step ? 0 : -1;

    private float LevelDistance => (1 - Lowest) / (Levels - 1);

    /// <summary>
    /// The signal of a layer: h, its nearest level, or a Bernoulli sample of it, <c>[batch, units]</c>, docs/algorithm.md (5.1). Stochastic units
    /// draw new samples at every call.
    /// </summary>
    public Tensor Sent(Tensor activities, RandomSource random)
    {
        if (IsContinuous)
            return activities;
        if (IsDiscrete)
            return Discretize(activities);
        using var thresholds = random.UniformLike(activities);
        return Sample(activities, thresholds);
    }

    /// <summary>
    /// The nearest of k levels to each activity, the lower one of two equally near, docs/algorithm.md (5.2): level ⌈(k − 1)/2 h + (k − 2)/2⌉,
    /// counted from 0. For k = 2 it is the sign, with sign(0) = −1. NaN stays NaN.
    /// </summary>
    public Tensor Discretize(Tensor activities) =>
        activities.Times((Levels - 1) / 2.0).ShiftInPlace((Levels - 2) / 2.0).ceil_().ClampInPlace(0, Levels - 1).ScaleInPlace(LevelDistance).ShiftInPlace(Lowest);

    /// <summary>The same for one row.</summary>
    public void Discretize(ReadOnlySpan<float> activities, Span<float> sent)
    {
        TensorPrimitives.Multiply(activities, (Levels - 1) / 2f, sent);
        TensorPrimitives.Add(sent, (Levels - 2) / 2f, sent);
        TensorPrimitives.Ceiling(sent, sent);
        TensorPrimitives.Max(sent, 0, sent);
        TensorPrimitives.Min(sent, Levels - 1, sent);
        TensorPrimitives.Multiply(sent, LevelDistance, sent);
        TensorPrimitives.Add(sent, Lowest, sent);
    }

    /// <summary>
    /// 1 where a probability is above its threshold, else 0. With thresholds uniform in [0, 1) this is a Bernoulli sample. NaN stays NaN.
    /// </summary>
    /// <param name="probabilities">h, <c>[batch, units]</c>.</param>
    /// <param name="thresholds"><c>[batch, units]</c>, or <c>[units]</c> for all rows.</param>
    public static Tensor Sample(Tensor probabilities, Tensor thresholds) => probabilities.sub(thresholds).ceil_().ClampInPlace(0, 1);

    /// <summary>The same for one row.</summary>
    public static void Sample(ReadOnlySpan<float> probabilities, ReadOnlySpan<float> thresholds, Span<float> sent)
    {
        TensorPrimitives.Subtract(probabilities, thresholds, sent);
        TensorPrimitives.Ceiling(sent, sent);
        TensorPrimitives.Max(sent, 0, sent);
        TensorPrimitives.Min(sent, 1, sent);
    }

    /// <summary>The input of a feedback map, given the activities or the targets of its layer: levels for discrete units, otherwise the values themselves.</summary>
    public Tensor IntoFeedback(Tensor activities) => IsDiscrete ? Discretize(activities) : activities;
}
