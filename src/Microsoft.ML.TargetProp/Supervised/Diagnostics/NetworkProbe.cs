using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Supervised;

/// <summary>
/// Measures networks on one fixed mini-batch, without dropout. It computes in double precision, because the target of a row that the network is sure
/// of lies too near the activity for single precision. The network is not changed, and the probe has random numbers of its own.
/// </summary>
internal sealed class NetworkProbe : IDisposable
{
    private const int Seed = 1;

    private readonly LearningRule _rule;
    private readonly FeedbackLearning? _feedbackLearning;
    private readonly double _targetStep;
    private readonly Batch _batch;

    /// <param name="settings">The learning rule, its target step, and how its feedback learns.</param>
    /// <param name="batch">Encoded rows; copied.</param>
    public NetworkProbe(ClassifierSettings settings, Batch batch)
    {
        _rule = LearningRule.Of(settings.Rule);
        _feedbackLearning = settings.NewFeedbackLearning();
        _targetStep = settings.TargetStep;
        static Tensor Copy(Tensor t) => t.to(t.is_floating_point() ? ScalarType.Float64 : t.dtype, copy: true).DetachFromDisposeScope();
        _batch = new(Copy(batch.Features), Copy(batch.Labels), batch.Weights is { } weights ? Copy(weights) : null);
    }

    /// <summary>Measures everything that applies to the network and its learning rule.</summary>
    public TargetPropDiagnosticsReport Measure(TargetPropNetwork network)
    {
        using var guard = no_grad();
        using var scope = NewDisposeScope();
        using var precise = InDoublePrecision(network);
        using var random = new RandomSource(Seed, network.Device);
        var pass = ForwardPass.Run(precise, _batch, dropout: 0, random);
        var reconstruction = new LossMeter(precise.Feedback.Count);
        if (_feedbackLearning is not null && precise.Feedback.Count > 0)
        {
            using var feedbackUpdates = precise.FeedbackParameters.NewLike();
            _feedbackLearning.ComputeUpdates(pass, random, feedbackUpdates, reconstruction);
        }
        using var updates = precise.ForwardParameters.NewLike();
        using var gradients = precise.ForwardParameters.NewLike();
        var targets = new TargetTrace(precise.Shape.OutputLayer);
        _rule.ComputeUpdates(pass, _targetStep, updates, targets);
        new Backpropagation().ComputeUpdates(pass, _targetStep, gradients, null);
        return new(
            (int)_batch.Rows,
            [.. Enumerable.Range(1, pass.OutputLayer).Select(i => OfLayer(precise, pass, i, Angles.Between(updates.Maps[i - 1], gradients.Maps[i - 1]), targets))],
            [.. precise.Feedback.Select((g, k) => OfFeedback(precise, pass, g, reconstruction.Mean(k), targets, random))]);
    }

    public void Dispose()
    {
        _batch.Features.Dispose();
        _batch.Labels.Dispose();
        _batch.Weights?.Dispose();
    }

    private static TargetPropLayerDiagnostics OfLayer(TargetPropNetwork network, ForwardPass pass, int layer, double? angle, TargetTrace targets)
    {
        var output = layer < pass.OutputLayer ? pass.Normalized[layer]?.Input : null;
        var (saturated, dead) = UnitStates.Of(network.Forward[layer - 1].Activation, output ?? pass.Activities[layer]);
        return new()
        {
            Layer = layer,
            Units = network.Shape.Units(layer),
            UpdateAngle = angle,
            LayerLoss = targets.Mean(layer - 1),
            SaturatedFraction = saturated,
            DeadFraction = dead,
        };
    }

    private TargetPropFeedbackDiagnostics OfFeedback(
        TargetPropNetwork network, ForwardPass pass, LayerMap feedback, double? reconstructionLoss, TargetTrace targets, RandomSource random)
    {
        var (from, to) = (feedback.Shape.From, feedback.Shape.To);

        // In layers that are normalised over the batch, a row has no Jacobian of its own.
        if (network.Shape.Normalized)
            return new() { From = from, To = to, ReconstructionLoss = reconstructionLoss };
        using var scope = NewDisposeScope();
        var forwardJacobian = new PathJacobian(Enumerable.Range(to, from - to).Select(i => network.Forward[i]), Enumerable.Range(to + 1, from - to).Select(i => pass.Activities[i]));
        var feedbackJacobian = new PathJacobian([feedback], [feedback.Apply(pass.Activities[from])]);
        var start = random.NormalLike(pass.Activities[from], 1);
        var (nearer, left) = Nearer(pass, from, to, targets);
        return new()
        {
            From = from,
            To = to,
            ReconstructionLoss = reconstructionLoss,
            TransposeAngle = Angles.ToTranspose(forwardJacobian, feedbackJacobian, start),
            LargestEigenvalue = Contraction.LargestEigenvalues(forwardJacobian, feedbackJacobian, start).mean().ToDouble(),
            NearerFraction = nearer,
            DistanceLeft = left,
        };
    }

    /// <summary>
    /// The part of the rows with ‖t_i − f_i(t_{i−1})‖² &lt; ‖t_i − h_i‖², docs/algorithm.md (6.1), and the mean of the left side over the mean of the
    /// right side. Rows that are at their target already do not count.
    /// </summary>
    private (double? Fraction, double? Left) Nearer(ForwardPass pass, int from, int to, TargetTrace targets)
    {
        if (targets.Error(to) is not { } errorBelow)
            return (null, null);

        // A rule whose targets start at the logits reports no loss for t_M = a_M − η0 (p − y).
        var error = targets.Error(from) ?? pass.OutputError.Times(_targetStep);
        static Tensor SquaredLengths(Tensor rows) => rows.mul(rows).sum(dim: 1L);
        var reached = pass.FollowUp(to, from, pass.Activities[to].sub(errorBelow));
        var (before, after) = (SquaredLengths(error), SquaredLengths(pass.Activities[from].sub(error).sub_(reached)));
        var away = before.GreaterThan(0).to(ScalarType.Float64).sum().ToDouble();
        return away == 0 ? (null, null) : (after.lt(before).to(ScalarType.Float64).sum().ToDouble() / away, after.sum().ToDouble() / before.sum().ToDouble());
    }

    private static TargetPropNetwork InDoublePrecision(TargetPropNetwork network)
    {
        var copy = new TargetPropNetwork(network.Shape, network.FeedbackParameters.Shapes, network.Encoding, network.Device, ScalarType.Float64);
        copy.ForwardParameters.Flat.copy_(network.ForwardParameters.Flat);
        copy.FeedbackParameters.Flat.copy_(network.FeedbackParameters.Flat);
        return copy;
    }
}

/// <summary>Keeps the errors h_i − t_i behind a rule's layer losses, and with them the targets.</summary>
internal sealed class TargetTrace(int layers) : LossMeter(layers)
{
    private readonly Tensor?[] _errors = new Tensor?[layers];

    /// <inheritdoc/>
    public override void Add(int map, Tensor error)
    {
        base.Add(map, error);
        _errors[map] = error.clone();
    }

    /// <summary>h_i − t_i, <c>[batch, units]</c>, or null where the rule gave layer i no target.</summary>
    public Tensor? Error(int layer) => _errors[layer - 1];
}

/// <summary>Counts units that learn slowly or not at all, because their activation is flat at their pre-activation.</summary>
internal static class UnitStates
{
    /// <summary>A unit is saturated where its slope is below this part of the activation's largest slope.</summary>
    private const double FlatPart = 0.05;

    /// <summary>The part of units and rows that is saturated, and the part of units that is saturated in every row.</summary>
    /// <param name="activation">φ of the layer.</param>
    /// <param name="output">h = φ(a), <c>[batch, units]</c>.</param>
    public static (double Saturated, double Dead) Of(Activation activation, Tensor output)
    {
        using var scope = NewDisposeScope();
        var flat = PathJacobian.Slope(activation, output).GreaterThan(FlatPart * activation.SteepestSlope).logical_not().to(ScalarType.Float64);
        return (flat.mean().ToDouble(), flat.amin(0).mean().ToDouble());
    }
}

/// <summary>Angles, in degrees, between a rule's updates and back-propagation's, and between g′ and f′ᵀ. 0° means the same direction.</summary>
internal static class Angles
{
    /// <summary>The angle between two directions in the weights and biases of a map; null where one of them is zero.</summary>
    public static double? Between(LayerMap a, LayerMap b)
    {
        using var scope = NewDisposeScope();
        double Dot(LayerMap x, LayerMap y) => x.Weight.mul(y.Weight).sum().ToDouble() + x.Bias.mul(y.Bias).sum().ToDouble();
        return Degrees(Dot(a, b), Dot(a, a), Dot(b, b));
    }

    /// <summary>
    /// The angle between g′ and f′ᵀ, taken as long vectors in every row: cos = tr(f′g′) / (‖f′‖ ‖g′‖), docs/algorithm.md (6.3). Mean over the rows where
    /// neither is zero; null when there is no such row.
    /// </summary>
    /// <param name="forward">f′.</param>
    /// <param name="feedback">g′.</param>
    /// <param name="like">A tensor of the shape of f's output, <c>[batch, units]</c>.</param>
    public static double? ToTranspose(PathJacobian forward, PathJacobian feedback, Tensor like)
    {
        using var scope = NewDisposeScope();
        var (inner, ofForward, ofFeedback) = (forward.Single, feedback.Single) is ({ } f, { } g) ? Products(f, g) : Products(forward, feedback, like);
        var angles = inner.ToDoubles().Zip(ofForward.ToDoubles(), ofFeedback.ToDoubles()).Select(r => Degrees(r.First, r.Second, r.Third)).OfType<double>().ToList();
        return angles.Count == 0 ? null : angles.Average();
    }

    /// <summary>
    /// With f′ = diag(s) W and g′ = diag(z) V: tr(f′g′) = zᵀ (V ∘ Wᵀ) s, ‖f′‖² = Σ_k s_k² ‖W_k‖², ‖g′‖² = Σ_j z_j² ‖V_j‖², row by row.
    /// </summary>
    private static (Tensor Inner, Tensor Forward, Tensor Feedback) Products((LayerMap Map, Tensor Slope) f, (LayerMap Map, Tensor Slope) g)
    {
        static Tensor SquaredNorm((LayerMap Map, Tensor Slope) map) =>
            map.Slope.mul(map.Slope).mv(map.Map.Weight.mul(map.Map.Weight).sum(dim: 1L));
        var inner = g.Slope.mm(g.Map.Weight.mul(f.Map.WeightTransposed)).mul_(f.Slope).sum(dim: 1L);
        return (inner, SquaredNorm(f), SquaredNorm(g));
    }

    /// <summary>The same sums for a path of several maps, one unit of the upper layer after the other.</summary>
    private static (Tensor Inner, Tensor Forward, Tensor Feedback) Products(PathJacobian forward, PathJacobian feedback, Tensor like)
    {
        var sums = zeros(3, like.shape[0], dtype: like.dtype, device: like.device);
        for (var k = 0L; k < like.shape[1]; k++)
        {
            using var scope = NewDisposeScope();
            var unit = zeros_like(like);
            unit.select(1, k).ShiftInPlace(1);
            Tensor row = forward.TransposedTimes(unit), column = feedback.Times(unit);
            sums.AddInPlace(stack([row.mul(column).sum(dim: 1L), row.mul(row).sum(dim: 1L), column.mul(column).sum(dim: 1L)]));
        }
        return (sums[0], sums[1], sums[2]);
    }

    private static double? Degrees(double inner, double squaredNorm, double otherSquaredNorm)
    {
        var lengths = Math.Sqrt(squaredNorm) * Math.Sqrt(otherSquaredNorm);
        return lengths > 0 ? Math.Acos(Math.Clamp(inner / lengths, -1, 1)) * (180 / Math.PI) : null;
    }
}
