using TorchSharp;
using Microsoft.ML.TargetProp.Networks;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Learning;

/// <summary>
/// Difference target propagation (Lee, Zhang, Fischer and Bengio 2015, arXiv 1412.7525; Bengio and Lee 2015): every hidden layer
/// is given a target, and takes one step of its own towards it.
/// </summary>
/// <param name="targetStep">η0 of the first target, per row.</param>
internal sealed class DifferenceTargetPropagation(double targetStep) : ICreditAssignment
{
    /// <summary>g_2 to g_{M−1}: the output needs none, since its target is a gradient step, and the input is given.</summary>
    public IReadOnlyList<LayerMapShape> FeedbackMaps(NetworkShape shape) =>
        [.. Enumerable.Range(2, Math.Max(0, shape.OutputLayer - 2)).Select(i => shape.MapBetween(i, i - 1))];

    public void ComputeUpdates(TargetPropNetwork network, ForwardPass pass, ParameterBuffer updates, LossSink? losses)
    {
        var last = pass.OutputLayer - 1;
        LocalUpdate.Output(updates.Maps[last], pass.OutputError, pass.Sent[last], pass.Batch.Weights);

        var target = FirstTarget(network, pass, targetStep);
        for (var i = last; i >= 1; i--)
        {
            using var reached = WhereSent(target, pass, i);
            losses?.Add(i - 1, pass.Activities[i], reached);
            LocalUpdate.Towards(updates.Maps[i - 1], pass.Activities[i], reached, pass.Sent[i - 1], pass.Batch.Weights);
            if (i > 1)
                target = TargetBelow(network.Feedback[i - 2], pass.Activities[i - 1], pass.Activities[i], reached);
        }
    }

    /// <summary>The target of layer i: a unit that sent nothing up had no part in the error, and its target is what it has.</summary>
    private static Tensor WhereSent(Tensor target, ForwardPass pass, int i)
    {
        if (pass.Kept[i] is not { } kept)
            return target;
        using (target)
        using (var sent = kept.IsAbove(0))
            return where(sent, target, pass.Activities[i]);
    }

    /// <summary>
    /// t_{M−1} = h_{M−1} − η0 ∂L/∂h_{M−1}, with ∂L/∂h_{M−1} = W_Mᵀ (p − y) row by row (algorithms, §1 step 2).
    /// </summary>
    public static Tensor FirstTarget(TargetPropNetwork network, ForwardPass pass, double targetStep)
    {
        var last = pass.OutputLayer - 1;
        var gradient = pass.OutputError.mm(network.Forward[last].Weight);
        if (pass.Kept[last] is { } kept)
            gradient.mul_(kept);
        return gradient.Scale(-targetStep).Add(pass.Activities[last]);
    }

    /// <summary>
    /// t_{i−1} = h_{i−1} − g_i(h_i) + g_i(t_i), the difference correction (algorithms, §1 step 3): where g_i is not the inverse
    /// of f_i, its error cancels, and a layer that has its target leaves the layer below where it is.
    /// </summary>
    /// <param name="feedback">g_i.</param>
    /// <param name="activityBelow">h_{i−1}.</param>
    /// <param name="activity">h_i.</param>
    /// <param name="target">t_i.</param>
    public static Tensor TargetBelow(LayerMap feedback, Tensor activityBelow, Tensor activity, Tensor target)
    {
        using var reconstruction = feedback.Apply(activity);
        var guess = feedback.Apply(target);
        if (!TensorMemory.IsPlain(guess) || !TensorMemory.IsPlain(reconstruction) || !TensorMemory.IsPlain(activityBelow))
            return guess.sub_(reconstruction).Add(activityBelow);
        VectorMath.CorrectByDifference(TensorMemory.Floats(activityBelow), TensorMemory.Floats(reconstruction), TensorMemory.Floats(guess));
        return guess;
    }
}
