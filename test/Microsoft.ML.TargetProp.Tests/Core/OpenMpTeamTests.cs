using Microsoft.ML.TargetProp.Core;
using Microsoft.ML.TargetProp.Supervised;
using Microsoft.ML.TargetProp.Tests.Supervised;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Tests.Core;

/// <summary>Work on libtorch's threads: every piece is done once, and the same comes out every time.</summary>
public sealed class OpenMpTeamTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(1000)]
    public void Every_piece_is_done_once(int pieces)
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

        // Two pieces that wait for each other end only if two threads do them.
        bool[] met = new bool[2];
        LibtorchThreads.Run(2, () => OpenMpTeam.Run(2, piece =>
        {
            everybody.Signal();
            met[piece] = everybody.Wait(TimeSpan.FromSeconds(30));
        }));

        Assert.All(met, Assert.True);
    }

    [Fact]
    public void What_a_piece_throws_arrives_at_the_caller_and_the_team_goes_on_working()
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
    public void Within_a_piece_there_is_one_thread()
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
    public void Work_is_shared_only_when_it_keeps_the_threads_busy() => LibtorchThreads.Run(2, () =>
    {
        int threads = OpenMpTeam.Threads;

        Assert.False(WorkSharing.IsWorthSharing(1, 1));
        Assert.False(WorkSharing.IsWorthSharing(100, threads * 70));
        Assert.Equal(threads > 1, WorkSharing.IsWorthSharing(100, threads * 80));
    });

    [Theory]
    [InlineData(4_160 * 32, true)]
    [InlineData(57_840 * 100, false)]
    public void Only_small_products_are_held_to_one_thread_and_only_until_disposed_of(long multiplications, bool small) => LibtorchThreads.Run(2, () =>
    {
        (int threads, int team) = (get_num_threads(), OpenMpTeam.Threads);

        using (WorkSharing.OneThreadFor(multiplications))
        {
            // Elsewhere than on Linux nothing is held.
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
    public void Tanh_of_many_rows_is_that_of_each(int rows, int units) => LibtorchThreads.Run(2, () =>
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
    public void Adam_of_many_parameters_is_that_of_one_pass(double weightDecay) => LibtorchThreads.Run(2, () =>
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
    public void Maps_that_learn_side_by_side_learn_what_they_learn_in_turn(string hidden, bool weighted) => LibtorchThreads.Run(2, () =>
    {
        using var it = new LearningCase(hidden, TargetPropActivation.Tanh, weighted: weighted, rows: 50, type: ScalarType.Float32);
        ForwardPass pass = it.Forward();

        // Where somebody looks at the losses, maps learn one after the other.
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
    public void Threads_that_share_the_work_train_the_same_model_every_time_and_nearly_that_of_one_thread(TargetPropLearningRule rule, int units)
    {
        using Examples examples = Problems.Spirals(3, 100).ToExamples();
        var shape = new NetworkShape(2, [units, units, units, units], 3, TargetPropActivation.Tanh, OutputKind.Softmax);
        LearningSettings settings = Settings.Default with { Rule = rule, BatchSize = 100, MaxEpochs = 3, InputNoise = 0.1, WeightDecay = 0.01 };
        float[] Train() => ClassifierTrainerTests.Bits(new ClassifierTrainer(settings, null, () => { }).Run(shape, null, examples, null).Network);
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

        // Two threads may add up the terms of a product in another order than one; small products stay on one thread anyway.
        if (units == 4)
            Assert.Equal(alone[0], together);
        LearningCase.Agree([.. alone[0].Select(w => (double)w)], [.. together.Select(w => (double)w)], 1e-3);
    }
}
