using TorchSharp;

namespace Microsoft.ML.TargetProp.Supervised;

/// <summary>
/// Direct difference target propagation with linear feedback (Meulemans et al. 2020, arXiv 2006.14331): targets go from the output straight to
/// every hidden layer.
/// </summary>
internal sealed class DirectDifferenceTargetPropagation : LearningRule
{
    public override TargetPropFeedbackLearning PublishedFeedback => TargetPropFeedbackLearning.DifferenceReconstruction;

    protected override RuleDefaults Defaults => new() { Rate = 1 };

    /// <summary>g_1 to g_{M−1}, each from the output, linear.</summary>
    public override IReadOnlyList<LayerMapShape> FeedbackMaps(NetworkShape shape) => shape.LinearDirectDown();

    protected override string? RefusalOf(TargetPropFeedbackLearning feedback) =>
        feedback is TargetPropFeedbackLearning.DifferenceReconstruction or TargetPropFeedbackLearning.None ? null
        : "its feedback maps lead from the output straight to a layer, and that loss is for maps between neighbouring layers";

    /// <summary>
    /// t_i = h_i − g_i(a_M) + g_i(t_M) with t_M = a_M − η0 (p − y), docs/algorithm.md (4.4). For a linear g_i, t_i = h_i − η0 Q_i (p − y).
    /// </summary>
    public override void ComputeUpdates(ForwardPass pass, double targetStep, ParameterBuffer updates, LossMeter? losses)
    {
        LocalUpdate.Output(updates.Maps[^1], pass.OutputError, pass.Sent[^1], pass.Batch.Weights);
        using var step = pass.OutputError.Times(-targetStep);
        for (var i = 1; i < pass.OutputLayer; i++)
        {
            using var target = pass.WhereSent(step.mm(pass.Feedback[i - 1].WeightTransposed).AddInPlace(pass.Activities[i]), i);
            LearnTarget(pass, i, target, updates, losses);
        }
    }
}
