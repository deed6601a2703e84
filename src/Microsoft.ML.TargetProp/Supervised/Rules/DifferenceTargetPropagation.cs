using System.Numerics.Tensors;
using TorchSharp;
using static TorchSharp.torch;
using Tensor = TorchSharp.torch.Tensor;

namespace Microsoft.ML.TargetProp.Supervised;

/// <summary>
/// Difference target propagation (Lee, Zhang, Fischer and Bengio 2015, arXiv 1412.7525): every hidden layer receives a target and takes one step
/// towards it. The only transposed weights are those of the output layer, in the first target.
/// </summary>
internal sealed class DifferenceTargetPropagation : LayerwiseTargets
{
    public override TargetPropFeedbackLearning PublishedFeedback => TargetPropFeedbackLearning.Reconstruction;

    /// <summary>
    /// A target of a low layer passes every feedback map above, and each of these follows a forward map that moves. So the deeper the network, the
    /// slower all maps must move. (Seven layers: 2.24 % errors on held-out digits at full rates, 1.91 % at these.) Feedback follows the forward maps
    /// well enough when it moves at every second step of many.
    /// </summary>
    protected override RuleDefaults Defaults => new() { FullRateLayers = 3, FeedbackIntervalOfManyRows = 2 };

    public override bool Allows(TargetPropUnitType units) => true;

    /// <summary>
    /// g_2 to g_{M−1}. The output needs no feedback map, because the first target is a gradient step. The input needs none, because it has no target.
    /// </summary>
    public override IReadOnlyList<LayerMapShape> FeedbackMaps(NetworkShape shape) => shape.ChainDown(shape.OutputLayer - 1);

    protected override Tensor TargetOfLastHidden(ForwardPass pass, double targetStep) => FirstTarget(pass, targetStep);

    protected override Tensor TargetBelow(ForwardPass pass, int i, Tensor target) =>
        TargetBelow(pass.Feedback[i - 2], pass.Activities[i - 1], pass.Signal.IntoFeedback(pass.Activities[i]), pass.Signal.IntoFeedback(target));

    /// <summary>
    /// t_{M−1} = h_{M−1} − η0 ∂L/∂h_{M−1}, with ∂L/∂h_{M−1} = W_Mᵀ (p − y) row by row, docs/algorithm.md (2.1).
    /// </summary>
    public static Tensor FirstTarget(ForwardPass pass, double targetStep)
    {
        var last = pass.OutputLayer - 1;
        var gradient = pass.OutputError.mm(pass.Forward[last].Weight);
        if (pass.DropoutMask[last] is { } mask)
            gradient.mul_(mask);
        if (!TensorMemory.IsPlain(gradient) || !TensorMemory.IsPlain(pass.Activities[last]))
            return gradient.ScaleInPlace(-targetStep).AddInPlace(pass.Activities[last]);
        var values = TensorMemory.Floats(gradient);
        TensorPrimitives.MultiplyAdd(values, (float)-targetStep, TensorMemory.Floats(pass.Activities[last]), values);
        return gradient;
    }

    /// <summary>
    /// t_{i−1} = h_{i−1} − g_i(h_i) + g_i(t_i), docs/algorithm.md (2.2). The difference cancels the reconstruction error of g_i, so a layer that has
    /// its target leaves the layer below where it is.
    /// </summary>
    /// <param name="feedback">g_i.</param>
    /// <param name="activityBelow">h_{i−1}.</param>
    /// <param name="activity">h_i.</param>
    /// <param name="target">t_i.</param>
    public static Tensor TargetBelow(LayerMap feedback, Tensor activityBelow, Tensor activity, Tensor target)
    {
        using var reconstruction = empty_like(activityBelow);
        var guess = empty_like(activityBelow);
        if (TensorMemory.IsPlain(guess) && WorkSharing.IsWorthSharingProducts(2, activity.size(0) * feedback.Shape.Parameters))
        {
            OpenMpTeam.Run(2, end => feedback.Apply(end == 0 ? activity : target, end == 0 ? reconstruction : guess));
        }
        else
        {
            feedback.Apply(activity, reconstruction);
            feedback.Apply(target, guess);
        }
        if (!TensorMemory.IsPlain(guess) || !TensorMemory.IsPlain(activityBelow))
            return guess.sub_(reconstruction).AddInPlace(activityBelow);
        FusedArithmetic.CorrectByDifference(TensorMemory.Floats(activityBelow), TensorMemory.Floats(reconstruction), TensorMemory.Floats(guess));
        return guess;
    }
}
