using Microsoft.ML.TargetProp.Core;
using Microsoft.ML.TargetProp.Supervised;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Tests.Supervised;

/// <summary>Checks that the same seed gives the same bits whatever else the process does, and that training does not change the process.</summary>
public sealed class IsolationTests
{
    private static readonly ClassifierSettings Noisy = Settings.Default with
    {
        MaxEpochs = 6,
        InputNoise = 0.1,
        InputDropout = 0.1,
        Dropout = 0.1,
        Seed = 42,
    };

    [Fact]
    public void The_same_seed_gives_the_same_bits_and_another_seed_gives_others()
    {
        float[] first = Train(Noisy), again = Train(Noisy), other = Train(Noisy with { Seed = 43 });

        Assert.Equal(first, again);
        Assert.All(first.Zip(other).Take(20), pair => Assert.NotEqual(pair.First, pair.Second));
    }

    [Theory]
    [InlineData(TargetPropLearningRule.DifferenceTargetPropagation, TargetPropOptimizer.RmsProp)]
    [InlineData(TargetPropLearningRule.Backpropagation, TargetPropOptimizer.Adam)]
    public void Every_rule_and_optimizer_is_reproducible(TargetPropLearningRule rule, TargetPropOptimizer optimizer)
        => Assert.Equal(Train(Noisy with { Rule = rule, Optimizer = optimizer }), Train(Noisy with { Rule = rule, Optimizer = optimizer }));

    [Fact]
    public void The_seed_of_TorchSharp_has_no_influence()
    {
        random.manual_seed(1);
        float[] first = Train(Noisy);
        random.manual_seed(2);
        using (rand(100))
        {
            Assert.Equal(first, Train(Noisy));
        }
    }

    [Fact]
    public void Other_trainings_in_the_same_process_have_no_influence()
    {
        float[] alone = Train(Noisy);
        using var stop = new CancellationTokenSource();
        int trainings = 0;
        var other = new Thread(() =>
        {
            for (int seed = 0; !stop.IsCancellationRequested; seed++)
            {
                random.manual_seed(seed);
                Train(Noisy with { Seed = seed, MaxEpochs = 2 });
                Interlocked.Increment(ref trainings);
            }
        });
        other.Start();

        float[][] beside = [.. Enumerable.Range(0, 4).Select(_ => Train(Noisy))];
        SpinWait.SpinUntil(() => Volatile.Read(ref trainings) > 0, TimeSpan.FromSeconds(30));
        stop.Cancel();
        other.Join();

        Assert.All(beside, b => Assert.Equal(alone, b));
        Assert.InRange(trainings, 1, int.MaxValue);
    }

    [Fact]
    public void Concurrent_trainings_give_the_same_bits()
    {
        float[] alone = Train(Noisy);
        var results = new float[4][];
        Thread[] threads = [.. Enumerable.Range(0, 4).Select(i => new Thread(() => results[i] = Train(Noisy)))];

        Array.ForEach(threads, t => t.Start());
        Array.ForEach(threads, t => t.Join());

        Assert.All(results, r => Assert.Equal(alone, r));
    }

    [Fact]
    public void Training_does_not_change_the_global_random_generator()
    {
        using var scope = NewDisposeScope();
        random.manual_seed(7);
        double[] state = LearningCase.Flat(random.get_rng_state()), untouched = LearningCase.Flat(rand(8));

        random.manual_seed(7);
        Train(Noisy);

        Assert.Equal(state, LearningCase.Flat(random.get_rng_state()));
        Assert.Equal(untouched, LearningCase.Flat(rand(8)));
    }

    [Fact]
    public void Training_does_not_change_settings_of_the_process_or_the_thread()
    {
        int threads = get_num_threads(), betweenThreads = get_num_interop_threads();
        string device = get_default_device().ToString();
        foreach (bool gradients in new[] { true, false })
        {
            using (set_grad_enabled(gradients))
            {
                Train(Noisy);
                Assert.Equal(gradients, is_grad_enabled());
            }
        }
        Assert.Equal((threads, betweenThreads), (get_num_threads(), get_num_interop_threads()));
        Assert.Equal(ScalarType.Float32, get_default_dtype());
        Assert.Equal(device, get_default_device().ToString());
    }

    [Fact]
    public void Training_records_no_gradients_if_the_caller_has_turned_them_on()
    {
        using (enable_grad())
        {
            using Examples examples = Problems.Spirals(3, 30).ToExamples();
            NetworkSnapshot snapshot = new ClassifierTrainer(Noisy, null, () => { }).Run(Shape, null, examples, null).Members[0];
            using TargetPropNetwork network = TargetPropNetwork.FromSnapshot(snapshot, CPU);
            Assert.False(network.ForwardParameters.Flat.requires_grad);
            Assert.False(examples.Features.requires_grad);
        }
    }

    [Fact]
    public void A_dispose_scope_of_the_caller_does_not_dispose_the_network()
    {
        float[] outside = Train(Noisy), inside;
        Examples examples;
        TargetPropNetwork network;
        BatchScorer scorer;
        using (NewDisposeScope())
        {
            inside = Train(Noisy);
            examples = Problems.Spirals(3, 30).ToExamples();
            network = TargetPropNetwork.FromSnapshot(new ClassifierTrainer(Noisy, null, () => { }).Run(Shape, null, examples, null).Members[0], CPU);
            scorer = new BatchScorer(new Committee([network]), [network.ToSnapshot()], 4);
        }

        Assert.Equal(outside, inside);
        scorer.Features(0).Fill(0.5f);
        scorer.Score(1);
        Assert.Equal(1, scorer.Scores(0).ToArray().Sum(), 1e-5);
        Assert.True(double.IsFinite(Evaluation.Of(new Committee([network]), examples).Loss));
        scorer.Dispose();
        network.Dispose();
        examples.Dispose();
    }

    private static readonly NetworkShape Shape = new(2, [12, 10, 8], 3, TargetPropActivation.Tanh, OutputKind.Softmax);

    private static float[] Train(ClassifierSettings settings)
    {
        using Examples examples = Problems.Spirals(3, 30).ToExamples();
        return ClassifierTrainerTests.Bits(new ClassifierTrainer(settings, null, () => { }).Run(Shape, null, examples, null).Members[0]);
    }
}
