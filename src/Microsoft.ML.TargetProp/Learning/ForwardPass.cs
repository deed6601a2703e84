using TorchSharp;
using Microsoft.ML.TargetProp.Networks;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Learning;

/// <summary>
/// One mini-batch on its way through the network: what every layer computed, what it sent up, and the error at the output.
/// Its tensors live as long as the dispose scope of the training step.
/// </summary>
internal sealed class ForwardPass
{
    private ForwardPass(Tensor[] activities, Tensor[] sent, Tensor?[] kept, Tensor outputError, Batch batch)
    {
        Activities = activities;
        Sent = sent;
        Kept = kept;
        OutputError = outputError;
        Batch = batch;
    }

    /// <summary>h_0 to h_M, each <c>[batch, units]</c>; h_M are the logits.</summary>
    public IReadOnlyList<Tensor> Activities { get; }

    /// <summary>What layer i sends to layer i + 1: h_i itself, or what dropout leaves of it, for i = 0 to M−1.</summary>
    public IReadOnlyList<Tensor> Sent { get; }

    /// <summary>1/(1 − dropout) where a hidden unit sent its activity and 0 where it was dropped; null without dropout.</summary>
    public IReadOnlyList<Tensor?> Kept { get; }

    /// <summary>p − y of every row, <c>[batch, outputs]</c>, not weighted.</summary>
    public Tensor OutputError { get; }

    public Batch Batch { get; }

    /// <summary>M.</summary>
    public int OutputLayer => Activities.Count - 1;

    /// <summary>Runs a batch up the network: h_i = f_i(h_{i-1}) (algorithms, §1 step 1).</summary>
    public static ForwardPass Run(TargetPropNetwork network, Batch batch, double dropout, RandomSource random)
    {
        var outputLayer = network.Shape.OutputLayer;
        var activities = new Tensor[outputLayer + 1];
        var sent = new Tensor[outputLayer];
        var kept = new Tensor?[outputLayer];
        activities[0] = batch.Features;
        for (var i = 1; i <= outputLayer; i++)
        {
            sent[i - 1] = activities[i - 1];
            if (dropout > 0 && i > 1)
            {
                kept[i - 1] = random.BernoulliLike(activities[i - 1], 1 - dropout).Scale(1 / (1 - dropout));
                sent[i - 1] = activities[i - 1].mul(kept[i - 1]!);
            }
            activities[i] = network.Forward[i - 1].Apply(sent[i - 1]);
        }
        var error = Learning.OutputLayer.Error(network.Shape.Output, activities[outputLayer], batch.Labels);
        return new(activities, sent, kept, error, batch);
    }
}
