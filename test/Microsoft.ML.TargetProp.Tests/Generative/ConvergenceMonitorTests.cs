using Microsoft.ML.TargetProp.Core;
using Microsoft.ML.TargetProp.Generative;
using Microsoft.ML.TargetProp.Tests.Supervised;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Tests.Generative;

/// <summary>Inference that stops when J's climb flattens.</summary>
public sealed class ConvergenceMonitorTests
{
    private const double Tolerance = 0.3;

    // Along the gradient: the maps of chance below are no auto-encoders, which the estimator needs to climb.
    private static readonly InferenceSettings Whole = new(20, 0.3, 0.01, Direction: TargetPropInferenceDirection.Gradient);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Every_row_stops_where_its_own_climb_falls_below_the_part_of_its_first(bool gaps)
    {
        using var scope = NewDisposeScope();
        using GenerativeNetwork network = GenerativeNetwork.FromSnapshot(TestModels.Mixed(), CPU);
        using var random = new RandomSource(3, CPU);
        Tensor visible = random.NormalLike(zeros(12, 3), 1);
        Tensor? missing = gaps ? visible.gt(0.5f) : null;
        var path = new List<Tensor[]>();
        IteratedInference.Run(network, visible, Whole, missing, (_, h) => path.Add([.. h.Select(layer => layer.clone())]));

        Tensor[] stopped = IteratedInference.Run(network, visible, Whole with { Tolerance = Tolerance }, missing);

        int[] last = [.. Enumerable.Range(0, 12).Select(LastIteration)];
        Assert.True(last.Distinct().Count() > 1 && last.Min() < 20, string.Join(' ', last));
        for (int row = 0; row < 12; row++)
        {
            for (int k = 0; k <= 2; k++)
                Assert.Equal(path[last[row]][k][row].data<float>(), stopped[k][row].data<float>());
        }

        int LastIteration(int row)
        {
            double Climb(int n) => Enumerable.Range(1, 2).Sum(k => path[n][k][row].sub(path[n - 1][k][row]).square().sum().ToDouble());
            return Enumerable.Range(1, 20).FirstOrDefault(n => Climb(n) <= Tolerance * Climb(1), 20);
        }
    }

    [Fact]
    public void The_iterations_end_when_no_row_moves_any_more()
    {
        using var scope = NewDisposeScope();
        using GenerativeNetwork network = GenerativeNetwork.FromSnapshot(TestModels.Mixed(), CPU);
        var path = new List<Tensor[]>();

        IteratedInference.Run(network, ones(1, 3), Whole with { Tolerance = 0.99 }, onIteration: (_, h) => path.Add(h));

        Assert.InRange(path.Count, 2, 20);
    }

    [Fact]
    public void Watching_and_soft_thresholds_leave_no_tensor_behind()
    {
        GenerativeSnapshot sparse = TestModels.Mixed() with { Settings = Whole with { Tolerance = Tolerance }, Prior = PriorParameters.Laplace(3, 0.3) };
        // What other tests have left to the garbage collector must not be collected in between.
        GC.Collect();
        GC.WaitForPendingFinalizers();
        long before = Tensor.TotalCount;

        using (var model = new GenerativeModel(sparse, CPU))
        {
            for (int i = 0; i < 3; i++)
            {
                using Tensor drawn = model.Sample(5, seed: i, refinements: 2);
            }
        }

        Assert.Equal(before, Tensor.TotalCount);
    }
}
