using Microsoft.ML.TargetProp.Core;
using Microsoft.ML.TargetProp.Supervised;
using Microsoft.ML.TargetProp.Tests.Supervised;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Tests.Core;

/// <summary>Tests work on libtorch's threads: every piece runs once, and the results are reproducible.</summary>
public sealed class OpenMpTeamTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(1000)]
    public void Every_piece_runs_once(int pieces)
    {
        var times = new int[pieces];

        LibtorchThreads.Run(2, () => OpenMpTeam.Run(pieces, piece => Interlocked.Increment(ref times[piece])));

        Assert.All(times, t => Assert.Equal(1, t));
    }

    [Fact]
    public void On_Linux_libtorchs_own_threads_take_part()
    {
        if (!OperatingSystem.IsLinux())
            return;
        using var everybody = new CountdownEvent(2);

        // Two pieces that wait for each other end only if two threads run them.
        bool[] met = new bool[2];
        LibtorchThreads.Run(2, () => OpenMpTeam.Run(2, piece =>
        {
            everybody.Signal();
            met[piece] = everybody.Wait(TimeSpan.FromSeconds(30));
        }));

        Assert.All(met, Assert.True);
    }

    [Fact]
    public void An_exception_of_a_piece_reaches_the_caller_and_the_team_still_works()
    {
        int begun = 0, done = 0;

        LibtorchThreads.Run(2, () =>
        {
            Assert.Throws<TimeoutException>(() => OpenMpTeam.Run(100_000, _ =>
            {
                Interlocked.Increment(ref begun);
                throw new TimeoutException();
            }));
            OpenMpTeam.Run(10, _ => Interlocked.Increment(ref done));
        });

        Assert.InRange(begun, 1, 2);
        Assert.Equal(10, done);
    }

    [Fact]
    public void A_piece_runs_on_one_thread()
    {
        var threads = new int[4];
        var nested = new int[4];

        LibtorchThreads.Run(2, () => OpenMpTeam.Run(4, piece =>
        {
            threads[piece] = OperatingSystem.IsLinux() ? OpenMpTeam.Threads : 1;
            OpenMpTeam.Run(3, _ => nested[piece]++);
        }));

        Assert.All(threads, t => Assert.Equal(1, t));
        Assert.All(nested, n => Assert.Equal(3, n));
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 1)]
    [InlineData(7, 100)]
    [InlineData(1001, 0)]
    [InlineData(1001, 10)]
    [InlineData(1001, 500)]
    public void Ranges_cover_every_number_once(int count, int least)
    {
        var times = new int[count];

        LibtorchThreads.Run(2, () => OpenMpTeam.RunRanges(count, least, (start, length) =>
        {
            for (int i = start; i < start + length; i++)
                Interlocked.Increment(ref times[i]);
        }));

        Assert.All(times, t => Assert.Equal(1, t));
    }

    [Fact]
    public void Work_is_shared_between_threads_only_above_a_threshold() => LibtorchThreads.Run(2, () =>
    {
        int threads = OpenMpTeam.Threads;

        Assert.False(WorkSharing.IsWorthSharing(1, 1));
        Assert.False(WorkSharing.IsWorthSharing(100, threads * 70));
        Assert.Equal(threads > 1, WorkSharing.IsWorthSharing(100, threads * 80));
    });

    [Theory]
    [InlineData(4_160 * 32, true)]
    [InlineData(57_840 * 100, false)]
    public void Small_products_run_on_one_thread_until_the_limit_is_disposed(long multiplications, bool small) => LibtorchThreads.Run(2, () =>
    {
        (int threads, int team) = (get_num_threads(), OpenMpTeam.Threads);

        using (WorkSharing.OneThreadFor(multiplications))
        {
            // Only Linux limits the threads.
            Assert.Equal(small && OperatingSystem.IsLinux() ? 1 : threads, get_num_threads());
            Assert.Equal(team, OpenMpTeam.Threads);
        }

        Assert.Equal(threads, get_num_threads());
        Assert.Equal(!small && team > 1, WorkSharing.IsWorthSharingProducts(team, multiplications));
    });

    [Theory]
    [InlineData(300, 240)]
    [InlineData(37, 1001)]
    [InlineData(20_000, 3)]
    public void Tanh_of_many_rows_equals_tanh_of_each_row(int rows, int units) => LibtorchThreads.Run(2, () =>
    {
        using var scope = NewDisposeScope();
        Tensor products = randn(rows, units, generator: new Generator(1)), bias = randn(units, generator: new Generator(2));
        float[] one = products.data<float>().ToArray();
        for (int row = 0; row < rows; row++)
            ActivationMath.Tanh(one.AsSpan(row * units, units), bias.data<float>().ToArray());

        Activation.Of(TargetPropActivation.Tanh).Apply(products, bias);

        Assert.Equal(one, products.data<float>().ToArray());
    });

    [Theory]
    [InlineData(0)]
    [InlineData(0.1)]
    public void Adam_on_several_threads_equals_Adam_on_one(double weightDecay) => LibtorchThreads.Run(2, () =>
    {
        using var scope = NewDisposeScope();
        using var parameters = new ParameterBuffer([new(0, 1, 301, 299, Activation.Identity), new(1, 2, 299, 7, Activation.Identity)], CPU);
        using ParameterBuffer updates = parameters.NewLike();
        parameters.Flat.copy_(randn(parameters.Flat.numel(), generator: new Generator(1)));
        updates.Flat.copy_(randn(parameters.Flat.numel(), generator: new Generator(2)));
        float[] expected = parameters.ToArray(), g = updates.ToArray(), m = new float[g.Length], v = new float[g.Length];
        using var adam = new Adam(parameters, updates, weightDecay);

        for (int step = 1; step <= 3; step++)
        {
            adam.Step(0.01);
            var pass = new Adam.Pass((float)(0.01 / (1 - Math.Pow(Adam.Beta1, step))), (float)(1 / Math.Sqrt(1 - Math.Pow(Adam.Beta2, step))));
            foreach (ParameterSegment s in parameters.Segments)
            {
                Range part = (int)s.Offset..(int)(s.Offset + s.Length);
                pass.Run(expected.AsSpan(part), g.AsSpan(part), m.AsSpan(part), v.AsSpan(part), s.IsWeight ? (float)(1 - weightDecay * 0.01) : 1);
            }
        }

        Assert.Equal(expected, parameters.ToArray());
    });

    [Theory]
    [InlineData("5,7,4,6,3,8,5", false)]
    [InlineData("60,60,60,60", true)]
    public void Maps_that_learn_in_parallel_learn_the_same_as_in_sequence(string hidden, bool weighted) => LibtorchThreads.Run(2, () =>
    {
        using var it = new LearningCase(hidden, TargetPropActivation.Tanh, weighted: weighted, rows: 50, type: ScalarType.Float32);
        ForwardPass pass = it.Forward();

        // With a loss meter, the maps learn one after the other.
        LearningCase.Agree(Feedback(new LossMeter(it.Network.Feedback.Count)), Feedback(null), 1e-6);
        LearningCase.Agree(Forward(new LossMeter(it.Network.Forward.Count - 1)), Forward(null), 1e-6);

        double[] Feedback(LossMeter? losses)
        {
            using var random = new RandomSource(3, CPU);
            using ParameterBuffer updates = it.Network.FeedbackParameters.NewLike();
            new ReconstructionLearning(0.2).ComputeUpdates(pass, random, updates, losses);
            return LearningCase.Flat(updates.Flat);
        }

        double[] Forward(LossMeter? losses)
        {
            using ParameterBuffer updates = it.Network.ForwardParameters.NewLike();
            new DifferenceTargetPropagation().ComputeUpdates(pass, 0.3, updates, losses);
            return LearningCase.Flat(updates.Flat);
        }
    });

    [Theory]
    [InlineData(TargetPropLearningRule.DifferenceTargetPropagation, 4)]
    [InlineData(TargetPropLearningRule.DifferenceTargetPropagation, 96)]
    [InlineData(TargetPropLearningRule.Backpropagation, 96)]
    public void Training_on_two_threads_is_reproducible_and_agrees_with_one_thread_up_to_rounding(TargetPropLearningRule rule, int units)
    {
        using Examples examples = Problems.Spirals(3, 100).ToExamples();
        var shape = new NetworkShape(2, [units, units, units, units], 3, TargetPropActivation.Tanh, OutputKind.Softmax);
        ClassifierSettings settings = Settings.Default with { Rule = rule, BatchSize = 100, MaxEpochs = 3, InputNoise = 0.1, WeightDecay = 0.01 };
        float[] Train() => ClassifierTrainerTests.Bits(new ClassifierTrainer(settings, null, () => { }).Run(shape, null, examples, null).Members[0]);
        var alone = new float[2][];
        float[] together = [], again = [];

        LibtorchThreads.Run(2, () =>
        {
            together = Train();
            OpenMpTeam.Run(2, piece => alone[piece] = Train());
            again = Train();
        });

        Assert.Equal(together, again);
        Assert.Equal(alone[0], alone[1]);

        // Two threads may add the terms of a product in another order than one thread. Small products always run on one thread.
        if (units == 4)
            Assert.Equal(alone[0], together);
        LearningCase.Agree([.. alone[0].Select(w => (double)w)], [.. together.Select(w => (double)w)], 1e-3);
    }
}
