using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Supervised;

/// <summary>
/// One mini-batch on its way through the network: what every layer computed, what it sent up, and the error at the output.
/// Its tensors live as long as the dispose scope of the training step.
/// </summary>
internal sealed class ForwardPass
{
    private ForwardPass(Tensor[] activities, BatchNormalization?[] normalized, Tensor[] sent, Tensor?[] kept, Tensor outputError, Batch batch)
    {
        Activities = activities;
        Normalized = normalized;
        Sent = sent;
        Kept = kept;
        OutputError = outputError;
        Batch = batch;
    }

    /// <summary>h_0 to h_M, each <c>[batch, units]</c>; h_M are the logits.</summary>
    public IReadOnlyList<Tensor> Activities { get; }

    /// <summary>How hidden layer i came from φ(a_i) to h_i; null for a layer that does not normalise, which is any layer of most networks.</summary>
    public IReadOnlyList<BatchNormalization?> Normalized { get; }

    /// <summary>
    /// What layer i sends to layer i + 1, for i = 0 to M−1: h_i itself, or between hidden layers what its units make of it; and of that,
    /// what dropout leaves.
    /// </summary>
    public IReadOnlyList<Tensor> Sent { get; }

    /// <summary>1/(1 − dropout) where a hidden unit sent its activity and 0 where it was dropped; null without dropout.</summary>
    public IReadOnlyList<Tensor?> Kept { get; }

    /// <summary>p − y of every row, y smoothed where labels are to be, <c>[batch, outputs]</c>, not weighted.</summary>
    public Tensor OutputError { get; }

    public Batch Batch { get; }

    /// <summary>M.</summary>
    public int OutputLayer => Activities.Count - 1;

    /// <summary>Runs a batch up the network: h_i = f_i(h_{i-1}) (algorithms, §1 step 1).</summary>
    public static ForwardPass Run(TargetPropNetwork network, Batch batch, double dropout, RandomSource random, double labelSmoothing = 0)
    {
        var outputLayer = network.Shape.OutputLayer;
        var activities = new Tensor[outputLayer + 1];
        var sent = new Tensor[outputLayer];
        var kept = new Tensor?[outputLayer];
        var normalized = new BatchNormalization?[outputLayer];
        activities[0] = batch.Features;
        for (var i = 1; i <= outputLayer; i++)
        {
            var betweenHidden = i > 1 && i < outputLayer;
            sent[i - 1] = betweenHidden ? network.Shape.Signal.Sent(activities[i - 1], random) : activities[i - 1];
            if (dropout > 0 && i > 1)
            {
                kept[i - 1] = random.BernoulliLike(activities[i - 1], 1 - dropout).ScaleInPlace(1 / (1 - dropout));
                sent[i - 1] = sent[i - 1].mul(kept[i - 1]!);
            }
            activities[i] = network.Forward[i - 1].Apply(sent[i - 1]);
            if (network.Shape.Normalized && i < outputLayer)
            {
                normalized[i] = BatchNormalization.Normalize(activities[i]);
                activities[i] = normalized[i]!.Output;
            }
        }
        var error = Supervised.OutputLayer.Error(network.Shape.Output, activities[outputLayer], batch.Labels);
        Supervised.OutputLayer.Smooth(network.Shape.Output, error, batch.Labels, labelSmoothing);
        return new(activities, normalized, sent, kept, error, batch);
    }

    /// <summary>w_r (p − y) of every row, divided by the rows: ∂/∂a_M of the mean over rows of w_r L, <c>[batch, outputs]</c>.</summary>
    public Tensor WeightedOutputError() => Batch.Weigh(OutputError.Times(1.0 / Batch.Rows));

    /// <summary>
    /// Turns a derivative with respect to what layer i sent up into one with respect to a_i, in place: through dropout and h_i.
    /// </summary>
    public void ToPreActivations(TargetPropNetwork network, int layer, Tensor delta)
    {
        if (Kept[layer] is { } kept)
            delta.mul_(kept);
        ThroughActivation(network, layer, delta);
    }

    /// <summary>Turns ∂/∂h_i into ∂/∂a_i, in place.</summary>
    public void ThroughActivation(TargetPropNetwork network, int layer, Tensor delta)
    {
        Normalized[layer]?.MultiplyByDerivative(delta);
        network.Forward[layer - 1].Activation.MultiplyByDerivative(delta, Normalized[layer]?.Input ?? Activities[layer]);
    }

    /// <summary>
    /// The target of layer i: a unit that sent nothing up had no part in the error, and its target is what it has. Takes
    /// <paramref name="target"/> over.
    /// </summary>
    public Tensor WhereSent(Tensor target, int layer)
    {
        if (Kept[layer] is not { } kept)
            return target;
        using (target)
        using (var sent = kept.GreaterThan(0))
            return where(sent, target, Activities[layer]);
    }

    /// <summary>
    /// What layer <paramref name="above"/> would have computed had layer <paramref name="below"/> had these activities; the units that
    /// dropout has silenced in this pass stay silent.
    /// </summary>
    public Tensor FollowUp(TargetPropNetwork network, int below, int above, Tensor activities)
    {
        for (var i = below; i < above; i++)
            activities = network.Forward[i].Apply(Kept[i] is { } kept ? activities.mul(kept) : activities);
        return activities;
    }
}
