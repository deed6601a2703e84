using Microsoft.ML.TargetProp.Core;
using Microsoft.ML.TargetProp.Supervised;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Tests.Supervised;

/// <summary>
/// Compares the updates of networks with discrete or stochastic units, docs/algorithm.md (5.1), with a reference that computes row by row in
/// double precision.
/// </summary>
public sealed class DiscreteAndStochasticUnitsTests
{
    private const double TargetStep = 3;
    private const double Noise = 0.4;

    /// <summary>The value that a unit sends for the activity h. Only stochastic units use the threshold.</summary>
    private static double Sent(TargetPropUnitType units, double h, double threshold) => units switch
    {
        TargetPropUnitType.Sign => h > 0 ? 1 : -1,
        TargetPropUnitType.Step => h > 0 ? 1 : 0,
        TargetPropUnitType.Quantized => h > 0.5 ? 1 : h > -0.5 ? 0 : -1,
        TargetPropUnitType.Stochastic => h > threshold ? 1 : 0,
        _ => h,
    };

    /// <summary>The values that a feedback map reads. They are never samples.</summary>
    private static double[] Read(TargetPropUnitType units, double[] h) => units == TargetPropUnitType.Stochastic ? h : [.. h.Select(v => Sent(units, v, 0))];

    private static LearningCase Case(TargetPropUnitType units, string hidden, bool logistic, ScalarType type = ScalarType.Float64)
    {
        var signal = new HiddenSignal(units, units == TargetPropUnitType.Quantized ? 3 : 2);
        return new(hidden, signal.Activation, logistic, weighted: true, rows: 40, type: type, signal: signal);
    }

    public static TheoryData<TargetPropUnitType, string, bool> Cases
    {
        get
        {
            var cases = new TheoryData<TargetPropUnitType, string, bool>();
            foreach (TargetPropUnitType units in Enum.GetValues<TargetPropUnitType>())
            {
                cases.Add(units, "5,7", units == TargetPropUnitType.Step);
                cases.Add(units, "8,3,6", units != TargetPropUnitType.Step);
                cases.Add(units, "5,7,4,6", false);
            }
            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Every_forward_update_follows_the_equations(TargetPropUnitType units, string hidden, bool logistic)
    {
        using var it = Case(units, hidden, logistic);
        using ParameterBuffer updates = it.Network.ForwardParameters.NewLike();
        using RandomSource random = new(3, CPU), same = new(3, CPU);

        new DifferenceTargetPropagation().ComputeUpdates(ForwardPass.Run(it.Network, it.Batch, 0, random), TargetStep, updates, null);

        var maps = new Maps(it, units);
        (double[][][] h, double[][][] sent) = maps.Forward(it.Rows, same);
        LearningCase.Agree(maps.TargetPropUpdates(it.Rows, h, sent), updates, 1e-6);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Every_feedback_update_follows_the_equations(TargetPropUnitType units, string hidden, bool logistic)
    {
        using var it = Case(units, hidden, logistic);
        using ParameterBuffer updates = it.Network.FeedbackParameters.NewLike();
        using RandomSource random = new(3, CPU), same = new(3, CPU);

        new ReconstructionLearning(Noise).ComputeUpdates(ForwardPass.Run(it.Network, it.Batch, 0, random), random, updates, null);

        var maps = new Maps(it, units);
        (double[][][] h, _) = maps.Forward(it.Rows, same);
        LearningCase.Agree(maps.FeedbackUpdates(it.Rows, h, same), updates, 1e-6);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void The_straight_through_estimator_treats_the_sent_value_as_the_activity(TargetPropUnitType units, string hidden, bool logistic)
    {
        using var it = Case(units, hidden, logistic);
        using ParameterBuffer updates = it.Network.ForwardParameters.NewLike();
        using RandomSource random = new(3, CPU), same = new(3, CPU);
        (double[][][] h, double[][][] sent) = new Maps(it, units).Forward(it.Rows, same);

        new Backpropagation().ComputeUpdates(ForwardPass.Run(it.Network, it.Batch, 0, random), 0, updates, null);

        // δ_{i−1} = φ′(a_{i−1}) ⊙ W_iᵀ δ_i. The exact derivative would have another factor, ∂sent/∂h, which is zero.
        using var scope = NewDisposeScope();
        ReferenceNetwork plain = it.Reference;
        ReferenceUnit unit = ReferenceUnit.Of(it.Network.Shape.Activation);
        int top = it.Network.Forward.Count;
        double[][] delta = [.. it.Rows.Labels.Select((label, r) => plain.OutputError(h[top][r], label).Select(e => e * it.Rows.Weight(r) / it.Rows.Rows).ToArray())];
        for (int i = top; i >= 1; i--)
        {
            var map = new ReferenceMap(LearningCase.Doubles(it.Network.Forward[i - 1].Weight), LearningCase.Flat(it.Network.Forward[i - 1].Bias), unit);
            double[] weight = [.. Enumerable.Range(0, delta[0].Length).SelectMany(j => Enumerable.Range(0, sent[i - 1][0].Length).Select(k => delta.Select((d, r) => d[j] * sent[i - 1][r][k]).Sum()))];
            LearningCase.Agree(weight, LearningCase.Flat(updates.Maps[i - 1].Weight), 1e-6, $"weights of map {i}");
            if (i > 1)
                delta = [.. delta.Select((d, r) => map.Transposed(d).Select((v, j) => v * SlopeAt(h[i - 1][r][j])).ToArray())];
        }

        double SlopeAt(double value) => it.Network.Shape.Activation == TargetPropActivation.Tanh ? 1 - value * value : value * (1 - value);
    }

    [Fact]
    public void Hidden_layers_receive_only_levels_and_the_output_receives_activities()
    {
        using var it = Case(TargetPropUnitType.Sign, "5,7,4", logistic: false);
        using var random = new RandomSource(3, CPU);
        ForwardPass pass = ForwardPass.Run(it.Network, it.Batch, 0, random);

        Assert.Equal([-1.0, 1.0], LearningCase.Flat(pass.Sent[1]).Concat(LearningCase.Flat(pass.Sent[2])).Distinct().Order());
        Assert.Equal(LearningCase.Flat(pass.Activities[3]), LearningCase.Flat(pass.Sent[3]));
        Assert.Equal(LearningCase.Flat(it.Batch.Features), LearningCase.Flat(pass.Sent[0]));
    }

    [Fact]
    public void Samples_follow_their_probabilities_and_differ_between_passes()
    {
        using var scope = NewDisposeScope();
        using var random = new RandomSource(3, CPU);
        var signal = new HiddenSignal(TargetPropUnitType.Stochastic);
        Tensor h = tensor(new[] { 0f, 0.03f, 0.5f, 0.9f, 1f }).expand(40_000, 5).contiguous();

        double[] first = LearningCase.Flat(signal.Sent(h, random)), second = LearningCase.Flat(signal.Sent(h, random));

        double[] frequencies = [.. Enumerable.Range(0, 5).Select(unit => first.Where((_, i) => i % 5 == unit).Average())];
        Assert.Equal([0, 1], [frequencies[0], frequencies[4]]);
        Assert.All(frequencies.Zip([0, 0.03, 0.5, 0.9, 1]), pair => Assert.Equal(pair.Second, pair.First, 0.013));
        Assert.NotEqual(first, second);
    }

    [Theory]
    [InlineData(TargetPropUnitType.Sign)]
    [InlineData(TargetPropUnitType.Step)]
    [InlineData(TargetPropUnitType.Quantized)]
    [InlineData(TargetPropUnitType.Stochastic)]
    public void A_small_network_learns_a_problem_that_is_not_linearly_separable(TargetPropUnitType units)
    {
        ReferenceBatch spirals = Problems.Spirals(3, 60);
        using Examples rows = spirals.ToExamples();
        var signal = new HiddenSignal(units, Passes: units == TargetPropUnitType.Stochastic ? 50 : 1, Levels: units == TargetPropUnitType.Quantized ? 4 : 2);
        var shape = new NetworkShape(2, [60, 40], 3, signal.Activation, OutputKind.Softmax) { Signal = signal };
        ClassifierSettings settings = Settings.Default with { MaxEpochs = 150, LearningRate = 0.01, TargetStep = 0.5, FeedbackNoise = 0.2, Schedule = TargetPropSchedule.Cosine };

        ClassifierResult result = new ClassifierTrainer(settings, null, () => { }).Run(shape, null, rows, rows);

        Assert.InRange(result.Epochs[^1].ValidationError!.Value, 0, Problems.BestLinear(spirals, 3).Error / 3);
    }

    /// <summary>The reference: the maps of a case and their updates.</summary>
    private sealed class Maps(LearningCase it, TargetPropUnitType units)
    {
        private readonly ReferenceMap[] _forward = [.. it.Network.Forward.Select((m, i) => Map(m, i == it.Network.Forward.Count - 1 ? ReferenceUnit.Identity : ReferenceUnit.Of(it.Network.Shape.Activation)))];

        // The feedback maps of all these units have the activation tanh.
        private readonly ReferenceMap[] _feedback = [.. it.Network.Feedback.Select(m => Map(m, ReferenceUnit.Of(TargetPropActivation.Tanh)))];

        private int M => _forward.Length;

        private static ReferenceMap Map(LayerMap map, ReferenceUnit unit) => new(LearningCase.Doubles(map.Weight), LearningCase.Flat(map.Bias), unit);

        /// <summary>The activities h_0 … h_M and the sent values of the layers 0 … M−1, by layer and row. Samples come from <paramref name="random"/>.</summary>
        public (double[][][] H, double[][][] Sent) Forward(ReferenceBatch batch, RandomSource random)
        {
            double[][][] h = new double[M + 1][][], sent = new double[M][][];
            h[0] = batch.Features;
            for (int i = 1; i <= M; i++)
            {
                sent[i - 1] = i > 1 && i < M ? Send(h[i - 1], random) : h[i - 1];
                h[i] = [.. sent[i - 1].Select(_forward[i - 1].Apply)];
            }
            return (h, sent);
        }

        public ReferenceUpdate[] TargetPropUpdates(ReferenceBatch batch, double[][][] h, double[][][] sent)
        {
            ReferenceNetwork outputs = it.Reference;
            double[][] errors = [.. h[M].Select((a, r) => outputs.OutputError(a, batch.Labels[r]))];
            double[][] target = [.. h[M - 1].Select((row, r) => row.Zip(_forward[M - 1].Transposed(errors[r]), (v, g) => v - TargetStep * g).ToArray())];
            var updates = new ReferenceUpdate[M];
            // The derivative of the cross-entropy by a is p − y, which equals that of a squared error with distance (p − y) / 2.
            updates[M - 1] = ReferenceNetwork.SquaredErrorUpdate(_forward[M - 1], sent[M - 1], [.. h[M].Select((a, r) => a.Zip(errors[r], (v, e) => v - e / 2).ToArray())], batch);
            for (int i = M - 1; i >= 1; i--)
            {
                updates[i - 1] = ReferenceNetwork.SquaredErrorUpdate(_forward[i - 1], sent[i - 1], target, batch);
                if (i == 1)
                    break;
                // If layer i − 1 is stochastic, t = h − sample + (sample − g(h_i) + g(t_i)), so the sample cancels.
                ReferenceMap g = _feedback[i - 2];
                target = [.. h[i - 1].Select((row, r) => row.Zip(g.Apply(Read(units, h[i][r])).Zip(g.Apply(Read(units, target[r]))), (v, pair) => v - pair.First + pair.Second).ToArray())];
            }
            return updates;
        }

        public ReferenceUpdate[] FeedbackUpdates(ReferenceBatch batch, double[][][] h, RandomSource random)
        {
            var updates = new ReferenceUpdate[_feedback.Length];
            for (int k = 0; k < _feedback.Length; k++)
            {
                double[][] noise = LearningCase.Doubles(random.NormalLike(Like(h[k + 1]), Noise));
                double[][] disturbed = [.. h[k + 1].Select((row, r) => row.Zip(noise[r], (v, e) => v + e).ToArray())];
                double[][] encoded = [.. Send(disturbed, random).Select(_forward[k + 1].Apply)];
                updates[k] = ReferenceNetwork.SquaredErrorUpdate(_feedback[k], [.. encoded.Select(e => Read(units, e))], disturbed, batch);
            }
            return updates;
        }

        private double[][] Send(double[][] h, RandomSource random)
        {
            double[][]? thresholds = units == TargetPropUnitType.Stochastic ? LearningCase.Doubles(random.UniformLike(Like(h))) : null;
            return [.. h.Select((row, r) => row.Select((v, j) => Sent(units, v, thresholds?[r][j] ?? 0)).ToArray())];
        }

        private Tensor Like(double[][] rows) => zeros(rows.Length, rows[0].Length, dtype: it.Type);
    }
}
