using Microsoft.ML.TargetProp.Core;
using Microsoft.ML.TargetProp.Supervised;
using Microsoft.ML.TargetProp.Tests.Support;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Tests.Supervised;

/// <summary>Checks that the library frees every tensor itself and leaves none to the garbage collector.</summary>
public sealed class MemoryTests
{
    private static readonly NetworkShape Shape = new(2, [12, 10, 8], 3, TargetPropActivation.Tanh, OutputKind.Softmax);

    [Theory]
    [InlineData(TargetPropLearningRule.DifferenceTargetPropagation, TargetPropOptimizer.Adam, TargetPropActivation.Tanh)]
    [InlineData(TargetPropLearningRule.DifferenceTargetPropagation, TargetPropOptimizer.RmsProp, TargetPropActivation.Sigmoid)]
    [InlineData(TargetPropLearningRule.DifferenceTargetPropagation, TargetPropOptimizer.Adam, TargetPropActivation.LeakyRelu)]
    [InlineData(TargetPropLearningRule.DifferenceTargetPropagation, TargetPropOptimizer.Adam, TargetPropActivation.Elu)]
    [InlineData(TargetPropLearningRule.Backpropagation, TargetPropOptimizer.Adam, TargetPropActivation.Relu)]
    public void Training_frees_every_tensor(TargetPropLearningRule rule, TargetPropOptimizer optimizer, TargetPropActivation activation)
    {
        var settings = Settings.Default with
        {
            Rule = rule,
            Optimizer = optimizer,
            InputNoise = 0.1,
            InputDropout = 0.1,
            Dropout = 0.1,
            WeightDecay = 0.01,
            EarlyStoppingPatience = 2,
        };
        ReferenceBatch spirals = Problems.Spirals(3, 60);
        spirals = spirals with { Weights = [.. spirals.Labels.Select(l => 1.0 + l)] };
        using Examples training = spirals.ToExamples(), validation = Problems.Spirals(3, 30, seed: 2).ToExamples();
        NetworkShape shape = Shape with { Activation = activation };

        LiveTensors.AssertGivenBack(() =>
        {
            NetworkSnapshot first = new ClassifierTrainer(settings, null, () => { }).Run(shape, null, training, validation).Members[0];
            new ClassifierTrainer(settings, null, () => { }).Run([first], training, validation);
        });
    }

    [Fact]
    public void Training_with_a_logistic_output_frees_every_tensor()
    {
        using Examples examples = Problems.Xor(8).ToExamples(logistic: true);

        LiveTensors.AssertGivenBack(() => new ClassifierTrainer(Settings.Default, null, () => { }).Run(Shape with { OutputUnits = 1, Output = OutputKind.Logistic }, null, examples, examples));
    }

    [Fact]
    public void A_failed_or_cancelled_training_frees_every_tensor()
    {
        using Examples examples = Problems.Spirals(3, 60).ToExamples();

        LiveTensors.AssertGivenBack(() => Assert.Throws<TrainingDivergedException>(
            () => new ClassifierTrainer(Settings.Default with { LearningRate = 1000 }, null, () => { }).Run(Shape, null, examples, null)));
        LiveTensors.AssertGivenBack(() => Assert.Throws<TimeoutException>(
            () => new ClassifierTrainer(Settings.Default, _ => throw new TimeoutException(), () => { }).Run(Shape, null, examples, null)));
        int checks = 0;
        LiveTensors.AssertGivenBack(() => Assert.Throws<OperationCanceledException>(
            () => new ClassifierTrainer(Settings.Default, null, () => { if (++checks == 4) throw new OperationCanceledException(); }).Run(Shape, null, examples, null)));
    }

    [Fact]
    public void Learning_a_standardization_frees_every_tensor()
    {
        using Tensor features = rand(10_000, 5, generator: new Generator(1));

        LiveTensors.AssertGivenBack(() => Standardization.Learn(features).Apply(features));
    }

    [Fact]
    public void Scoring_100000_batches_frees_every_tensor()
    {
        using Examples examples = Problems.Spirals(3, 30).ToExamples();
        NetworkSnapshot snapshot = new ClassifierTrainer(Settings.Default, null, () => { })
            .Run(new(2, [4], 3, TargetPropActivation.Tanh, OutputKind.Softmax), new Standardization([0, 0], [1, 1]), examples, null).Members[0];
        using TargetPropNetwork network = TargetPropNetwork.FromSnapshot(snapshot, CPU);
        using var scorer = new BatchScorer(new Committee([network]), [network.ToSnapshot()], 2);

        LiveTensors.AssertGivenBack(() =>
        {
            for (int i = 0; i < 100_000; i++)
            {
                scorer.Features(0).Fill(i % 3);
                scorer.Score(2);
            }
        });
    }

    [Fact]
    public void Disposed_networks_and_scorers_free_their_tensors()
    {
        using Examples examples = Problems.Spirals(3, 30).ToExamples();
        NetworkSnapshot snapshot = new ClassifierTrainer(Settings.Default, null, () => { }).Run(Shape, null, examples, null).Members[0];

        LiveTensors.AssertGivenBack(() =>
        {
            using TargetPropNetwork network = TargetPropNetwork.FromSnapshot(snapshot, CPU);
            using var scorer = new BatchScorer(new Committee([network]), [network.ToSnapshot()], 2);
            scorer.Score(1);
            network.ToSnapshot();
        });
    }
}
