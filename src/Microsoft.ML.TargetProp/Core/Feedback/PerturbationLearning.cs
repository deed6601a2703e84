using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Core;

/// <summary>
/// Feedback learning from perturbations: a perturbation ε ~ N(0, σ²) of a layer travels up to the layer where a feedback map starts, and down
/// that map again.
/// </summary>
/// <param name="noise">σ.</param>
internal abstract class PerturbationLearning(double noise) : FeedbackLearning
{
    /// <summary>σ.</summary>
    protected double Noise => noise;

    /// <inheritdoc/>
    public override void ComputeUpdates(IForwardPath path, RandomSource random, ParameterBuffer updates, LossMeter? losses)
    {
        updates.Flat.zero_();
        for (var k = 0; k < path.Feedback.Count; k++)
        {
            using var scope = NewDisposeScope();
            var feedback = path.Feedback[k];
            var (above, below) = (feedback.Shape.From, feedback.Shape.To);
            var perturbation = random.NormalLike(path.Activities[below], noise);
            var perturbed = path.FollowUp(below, above, path.Activities[below].Plus(perturbation));
            var returned = new FeedbackDifference(feedback, path.Activities[above], perturbed);
            Learn(k, path, perturbation, returned, random, updates.Maps[k], losses);
        }
    }

    /// <summary>Adds the gradient of feedback map k's loss to <paramref name="update"/>, which is zero.</summary>
    /// <param name="k">The map.</param>
    /// <param name="path">The model and its forward pass.</param>
    /// <param name="perturbation">ε, <c>[batch, units below]</c>.</param>
    /// <param name="returned">g(F(h + ε)) − g(F(h)).</param>
    /// <param name="random">Draws further noise.</param>
    /// <param name="update">The update direction of the map.</param>
    /// <param name="losses">Receives the loss, or null.</param>
    protected abstract void Learn(
        int k, IForwardPath path, Tensor perturbation, FeedbackDifference returned, RandomSource random, LayerMap update, LossMeter? losses);

    /// <summary>Multiplies every row of <paramref name="values"/> by its example weight, in place.</summary>
    protected static Tensor Weigh(IForwardPath path, Tensor values) => path.RowWeights is { } weights ? values.mul_(weights) : values;
}

/// <summary>d = g(perturbed) − g(h), and its derivative with respect to the weights of the feedback map g.</summary>
internal sealed class FeedbackDifference
{
    private readonly Tensor _activity;
    private readonly Tensor _perturbed;
    private readonly Tensor? _change;
    private readonly Tensor _outputAtActivity;
    private readonly Tensor _outputAtPerturbed;

    /// <param name="feedback">g.</param>
    /// <param name="activity">h, <c>[batch, inputs]</c>.</param>
    /// <param name="perturbed">The same after the perturbation.</param>
    public FeedbackDifference(LayerMap feedback, Tensor activity, Tensor perturbed)
    {
        (_activity, _perturbed) = (activity, perturbed);
        if (feedback.Activation == Activation.Identity)
        {
            _change = perturbed.sub(activity);
            _outputAtActivity = _outputAtPerturbed = Value = _change.mm(feedback.WeightTransposed);
            return;
        }
        _outputAtActivity = feedback.Apply(activity);
        _outputAtPerturbed = feedback.Apply(perturbed);
        Value = _outputAtPerturbed.sub(_outputAtActivity);
    }

    /// <summary>d, <c>[batch, outputs]</c>.</summary>
    public Tensor Value { get; }

    /// <summary>Adds ∂/∂(W, b) of Σ_r ⟨δ_r, d_r⟩ to <paramref name="update"/>.</summary>
    /// <param name="update">A map of g's shape.</param>
    /// <param name="delta">δ, <c>[batch, outputs]</c>, held constant; not changed.</param>
    public void AddDerivative(LayerMap update, Tensor delta)
    {
        if (_change is not null)
        {
            // The map is linear: the biases cancel, and one product covers both ends.
            update.Weight.addmm_(delta.t(), _change, beta: 1f, alpha: 1f);
            return;
        }
        AddDerivative(update, delta.clone(), _outputAtPerturbed, _perturbed);
        AddDerivative(update, delta.neg(), _outputAtActivity, _activity);
    }

    private static void AddDerivative(LayerMap update, Tensor delta, Tensor output, Tensor below)
    {
        update.Activation.MultiplyByDerivative(delta, output);
        update.Weight.addmm_(delta.t(), below, beta: 1f, alpha: 1f);
        update.Bias.AddInPlace(delta.sum(dim: 0L));
    }
}
