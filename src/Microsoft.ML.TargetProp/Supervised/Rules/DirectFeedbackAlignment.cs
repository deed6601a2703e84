namespace Microsoft.ML.TargetProp.Supervised;

/// <summary>
/// Direct feedback alignment (Nøkland 2016, arXiv 1609.01596): every hidden layer receives the output's error through a fixed random matrix of
/// its own.
/// </summary>
internal sealed class DirectFeedbackAlignment : LearningRule
{
    protected override RuleDefaults Defaults => new() { Rate = 1.2 };

    /// <summary>B_1 to B_{M−1}, each from the output, linear.</summary>
    public override IReadOnlyList<LayerMapShape> FeedbackMaps(NetworkShape shape) => shape.LinearDirectDown();

    protected override string? RefusalOf(TargetPropFeedbackLearning feedback) => RefusalOfFixedFeedback(feedback);

    /// <summary>e_i = B_i (p − y), ∂/∂W_i = (φ′(a_i) ⊙ e_i) h_{i−1}ᵀ, mean over rows, docs/algorithm.md (4.7).</summary>
    public override void ComputeUpdates(ForwardPass pass, double targetStep, ParameterBuffer updates, LossMeter? losses)
    {
        var error = pass.WeightedOutputError();
        LocalUpdate.Outer(updates.Maps[^1], error, pass.Sent[^1]);
        for (var i = 1; i < pass.OutputLayer; i++)
        {
            var delta = error.mm(pass.Network.Feedback[i - 1].WeightTransposed);
            pass.ToPreActivations(i, delta);
            LocalUpdate.Outer(updates.Maps[i - 1], delta, pass.Sent[i - 1]);
        }
    }
}
