using Microsoft.ML.TargetProp.Core;
using Microsoft.ML.TargetProp.Generative;
using Microsoft.ML.TargetProp.Tests.Supervised;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Tests.Generative;

/// <summary>Inference that stops when the objective has nearly stopped rising.</summary>
public sealed class ConvergenceMonitorTests
{
    private const double Tolerance = 0.3;

    // Along the gradient, because the random maps below are no auto-encoders, and the estimator raises the objective only for those.
    private static readonly InferenceSettings Whole = new(20, 0.3, 0.01, Direction: TargetPropInferenceDirection.Gradient);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Every_row_stops_after_the_first_iteration_whose_increase_is_at_most_a_part_of_its_first(bool gaps)
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
            double Increase(int n) => Enumerable.Range(1, 2).Sum(k => path[n][k][row].sub(path[n - 1][k][row]).square().sum().ToDouble());
            return Enumerable.Range(1, 20).FirstOrDefault(n => Increase(n) <= Tolerance * Increase(1), 20);
        }
    }

    [Fact]
    public void The_iterations_end_when_every_row_has_stopped()
    {
        using var scope = NewDisposeScope();
        using GenerativeNetwork network = GenerativeNetwork.FromSnapshot(TestModels.Mixed(), CPU);
        var path = new List<Tensor[]>();

        IteratedInference.Run(network, ones(1, 3), Whole with { Tolerance = 0.99 }, onIteration: (_, h) => path.Add(h));

        Assert.InRange(path.Count, 2, 20);
    }

    [Fact]
    public void Convergence_monitor_and_soft_threshold_give_every_tensor_back()
    {
        GenerativeSnapshot sparse = TestModels.Mixed() with { Settings = Whole with { Tolerance = Tolerance }, Prior = PriorParameters.Laplace(3, 0.3) };
        // Collects the tensors of other tests first, so that they are not collected during the count.
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
