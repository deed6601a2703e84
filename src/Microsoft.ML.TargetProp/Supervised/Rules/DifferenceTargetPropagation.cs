using System.Numerics.Tensors;
using TorchSharp;
using static TorchSharp.torch;
using Tensor = TorchSharp.torch.Tensor;

namespace Microsoft.ML.TargetProp.Supervised;

/// <summary>
/// Difference target propagation (Lee, Zhang, Fischer and Bengio 2015, arXiv 1412.7525; Bengio and Lee 2015): every hidden layer
/// is given a target, and takes one step of its own towards it.
/// </summary>
/// <param name="targetStep">η0 of the first target, per row.</param>
internal sealed class DifferenceTargetPropagation(double targetStep) : LayerwiseTargets
{
    /// <summary>g_2 to g_{M−1}: the output needs none, since its target is a gradient step, and the input is given.</summary>
    public override IReadOnlyList<LayerMapShape> FeedbackMaps(NetworkShape shape) => shape.ChainDown(shape.OutputLayer - 1);

    protected override Tensor TargetOfLastHidden(TargetPropNetwork network, ForwardPass pass) => FirstTarget(network, pass, targetStep);

    protected override Tensor TargetBelow(TargetPropNetwork network, ForwardPass pass, int i, Tensor target) =>
        TargetBelow(
            network.Feedback[i - 2], pass.Activities[i - 1], network.Shape.Signal.IntoFeedback(pass.Activities[i]), network.Shape.Signal.IntoFeedback(target));

    /// <summary>
    /// t_{M−1} = h_{M−1} − η0 ∂L/∂h_{M−1}, with ∂L/∂h_{M−1} = W_Mᵀ (p − y) row by row (algorithms, §1 step 2).
    /// </summary>
    public static Tensor FirstTarget(TargetPropNetwork network, ForwardPass pass, double targetStep)
    {
        var last = pass.OutputLayer - 1;
        var gradient = pass.OutputError.mm(network.Forward[last].Weight);
        if (pass.Kept[last] is { } kept)
            gradient.mul_(kept);
        if (!TensorMemory.IsPlain(gradient) || !TensorMemory.IsPlain(pass.Activities[last]))
            return gradient.ScaleInPlace(-targetStep).AddInPlace(pass.Activities[last]);
        var values = TensorMemory.Floats(gradient);
        TensorPrimitives.MultiplyAdd(values, (float)-targetStep, TensorMemory.Floats(pass.Activities[last]), values);
        return gradient;
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
        using var reconstruction = empty_like(activityBelow);
        var guess = empty_like(activityBelow);
        if (TensorMemory.IsPlain(guess) && OpenMpTeam.IsWorthSharingProducts(2, activity.size(0) * feedback.Shape.Parameters))
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
        VectorMath.CorrectByDifference(TensorMemory.Floats(activityBelow), TensorMemory.Floats(reconstruction), TensorMemory.Floats(guess));
        return guess;
    }
}
