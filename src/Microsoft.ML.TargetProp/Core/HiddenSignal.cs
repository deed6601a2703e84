using System.Numerics.Tensors;
using TorchSharp;
using Tensor = TorchSharp.torch.Tensor;

namespace Microsoft.ML.TargetProp.Core;

/// <summary>
/// What hidden layers send of their activities h (algorithms, §3): to the next hidden layer, and into the feedback map that starts there.
/// Smooth activities are what layers have targets for, so nothing here has a derivative.
/// </summary>
/// <param name="UnitType">What is sent.</param>
/// <param name="Levels">k of <see cref="TargetPropUnitType.Quantized"/>; 2 for the other discrete units.</param>
/// <param name="Passes">Passes that a prediction averages over; 1 unless units are stochastic.</param>
/// <param name="Seed">Seed of the prediction passes; 0 unless units are stochastic.</param>
internal sealed record HiddenSignal(TargetPropUnitType UnitType, int Levels = 2, int Passes = 1, int Seed = 0)
{
    public const int MaxLevels = 1 << 16;

    public const int MaxPasses = 10_000;

    public static readonly HiddenSignal Continuous = new(TargetPropUnitType.Continuous);

    public bool IsContinuous => UnitType == TargetPropUnitType.Continuous;

    public bool IsStochastic => UnitType == TargetPropUnitType.Stochastic;

    /// <summary>Sent values are a function of the activity, and there are few of them.</summary>
    public bool IsDiscrete => !IsContinuous && !IsStochastic;

    /// <summary>The only activation whose range units other than <see cref="TargetPropUnitType.Continuous"/> are made for.</summary>
    public TargetPropActivation Activation => IsStochastic ? TargetPropActivation.Sigmoid : TargetPropActivation.Tanh;

    private float Lowest => UnitType == TargetPropUnitType.Step ? 0 : -1;

    private float LevelDistance => (1 - Lowest) / (Levels - 1);

    /// <summary>
    /// The level that each activity is nearest to, the lower one of two that are equally near: with k levels, number ⌈(k − 1)/2 h + (k − 2)/2⌉
    /// from 0. For k = 2 that is the sign, with sign(0) = −1. NaN stays.
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
    /// 1 where a probability is above its threshold, else 0: a Bernoulli sample, when thresholds are uniform in [0, 1). NaN stays.
    /// </summary>
    /// <param name="probabilities">h, <c>[batch, units]</c>.</param>
    /// <param name="thresholds"><c>[batch, units]</c>, or <c>[units]</c> for all rows alike.</param>
    public static Tensor Sample(Tensor probabilities, Tensor thresholds) => probabilities.sub(thresholds).ceil_().ClampInPlace(0, 1);

    /// <summary>The same for one row.</summary>
    public static void Sample(ReadOnlySpan<float> probabilities, ReadOnlySpan<float> thresholds, Span<float> sent)
    {
        TensorPrimitives.Subtract(probabilities, thresholds, sent);
        TensorPrimitives.Ceiling(sent, sent);
        TensorPrimitives.Max(sent, 0, sent);
        TensorPrimitives.Min(sent, 1, sent);
    }

    /// <summary>What a feedback map reads of the activities or the targets of its layer: levels, but probabilities as they are.</summary>
    public Tensor IntoFeedback(Tensor activities) => IsDiscrete ? Discretize(activities) : activities;
}
