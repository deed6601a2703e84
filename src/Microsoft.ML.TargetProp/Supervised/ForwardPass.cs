using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Supervised;

/// <summary>
/// The forward pass of one mini-batch: the activities and the signal of every layer, and the error at the output. Its tensors live as long as the
/// dispose scope of the training step.
/// </summary>
internal sealed class ForwardPass : IForwardPath
{
    private ForwardPass(
        TargetPropNetwork network, Batch batch, Tensor[] activities, BatchNormalization?[] normalized, Tensor[] sent, Tensor?[] dropoutMask, Tensor outputError)
    {
        (Network, Batch, Activities, Normalized, Sent, DropoutMask, OutputError) = (network, batch, activities, normalized, sent, dropoutMask, outputError);
    }

    /// <summary>The network of the pass.</summary>
    public TargetPropNetwork Network { get; }

    /// <summary>The rows of the pass.</summary>
    public Batch Batch { get; }

    /// <summary>h_0 to h_M, each <c>[batch, units]</c>; h_M are the logits or the predictions.</summary>
    public IReadOnlyList<Tensor> Activities { get; }

    /// <summary>The normalisation of hidden layer i, from φ(a_i) to h_i; null for a layer that does not normalise.</summary>
    public IReadOnlyList<BatchNormalization?> Normalized { get; }

    /// <summary>The input of layer i + 1, for i = 0 to M−1: h_i, or between hidden layers its signal, after dropout.</summary>
    public IReadOnlyList<Tensor> Sent { get; }

    /// <summary>1/(1 − dropout) where a hidden unit sent its signal and 0 where it was dropped; null without dropout.</summary>
    public IReadOnlyList<Tensor?> DropoutMask { get; }

    /// <summary>
    /// ∂L/∂a_M of every row, without example weights, <c>[batch, outputs]</c>: p − y for classes, with smoothed labels y if asked for, and the derivative of
    /// the loss for numbers.
    /// </summary>
    public Tensor OutputError { get; }

    /// <summary>M.</summary>
    public int OutputLayer => Activities.Count - 1;

    public IReadOnlyList<LayerMap> Forward => Network.Forward;

    public IReadOnlyList<LayerMap> Feedback => Network.Feedback;

    public HiddenSignal Signal => Network.Shape.Signal;

    public Tensor? RowWeights => Batch.Weights;

    /// <summary>Runs a batch up the network, h_i = f_i(h_{i−1}).</summary>
    /// <param name="network">The network.</param>
    /// <param name="batch">The rows, standardised.</param>
    /// <param name="dropout">Probability that a hidden unit sends nothing.</param>
    /// <param name="random">Draws dropout and the samples of stochastic units.</param>
    /// <param name="labelSmoothing">Part of every label that is spread evenly over the classes.</param>
    public static ForwardPass Run(TargetPropNetwork network, Batch batch, double dropout, RandomSource random, double labelSmoothing = 0)
    {
        var shape = network.Shape;
        var outputLayer = shape.OutputLayer;
        var activities = new Tensor[outputLayer + 1];
        var sent = new Tensor[outputLayer];
        var dropoutMask = new Tensor?[outputLayer];
        var normalized = new BatchNormalization?[outputLayer];
        activities[0] = batch.Features;
        for (var i = 1; i <= outputLayer; i++)
        {
            var betweenHidden = i > 1 && i < outputLayer;
            sent[i - 1] = betweenHidden ? shape.Signal.Sent(activities[i - 1], random) : activities[i - 1];
            if (dropout > 0 && i > 1)
            {
                dropoutMask[i - 1] = random.DropoutMask(activities[i - 1], dropout);
                sent[i - 1] = sent[i - 1].mul(dropoutMask[i - 1]!);
            }
            activities[i] = i == 1 && batch.Sparse is { } rows ? network.Forward[0].Apply(rows) : network.Forward[i - 1].Apply(sent[i - 1]);
            if (shape.Normalized && i < outputLayer)
            {
                normalized[i] = BatchNormalization.Normalize(activities[i]);
                activities[i] = normalized[i]!.Output;
            }
        }
        return new(network, batch, activities, normalized, sent, dropoutMask, Error(shape, activities[outputLayer], batch.Labels, labelSmoothing));
    }

    /// <summary>∂L/∂a_M of every row.</summary>
    private static Tensor Error(NetworkShape shape, Tensor outputs, Tensor labels, double labelSmoothing) => shape.Regression is { } regression
        ? regression.Error(outputs, labels)
        : Supervised.OutputLayer.Smooth(shape.Output, Supervised.OutputLayer.Error(shape.Output, outputs, labels), labels, labelSmoothing);

    /// <summary>w_r (p − y) of every row, divided by the rows: ∂/∂a_M of the mean over rows of w_r L, <c>[batch, outputs]</c>.</summary>
    public Tensor WeightedOutputError() => Batch.Weigh(OutputError.Times(1.0 / Batch.Rows));

    /// <summary>Turns the derivative with respect to the signal of a layer into the derivative with respect to a_i, in place.</summary>
    public void ToPreActivations(int layer, Tensor delta)
    {
        if (DropoutMask[layer] is { } mask)
            delta.mul_(mask);
        ThroughActivation(layer, delta);
    }

    /// <summary>Turns ∂/∂h_i into ∂/∂a_i, in place.</summary>
    public void ThroughActivation(int layer, Tensor delta)
    {
        Normalized[layer]?.MultiplyByDerivative(delta);
        Forward[layer - 1].Activation.MultiplyByDerivative(delta, Normalized[layer]?.Input ?? Activities[layer]);
    }

    /// <summary>
    /// The target of layer i. A unit that dropout silenced had no part in the error, so its target is its activity. The method owns
    /// <paramref name="target"/>.
    /// </summary>
    public Tensor WhereSent(Tensor target, int layer)
    {
        if (DropoutMask[layer] is not { } mask)
            return target;
        if (TensorMemory.IsPlain(target) && TensorMemory.IsPlain(mask) && TensorMemory.IsPlain(Activities[layer]))
        {
            FusedArithmetic.Restore(TensorMemory.Floats(target), TensorMemory.Floats(Activities[layer]), TensorMemory.Floats(mask));
            return target;
        }
        using (target)
        using (var sent = mask.GreaterThan(0))
            return where(sent, target, Activities[layer]);
    }

    public Tensor FollowUp(int below, int above, Tensor activities)
    {
        for (var i = below; i < above; i++)
            activities = Forward[i].Apply(DropoutMask[i] is { } mask ? activities.mul(mask) : activities);
        return activities;
    }
}
