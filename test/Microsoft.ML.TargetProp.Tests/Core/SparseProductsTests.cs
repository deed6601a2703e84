using Microsoft.ML.TargetProp.Core;
using Microsoft.ML.TargetProp.Tests.Support;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Tests.Core;

/// <summary>Compares products, gradients and optimisers of sparse rows with those of the same rows with their zeros.</summary>
public sealed class SparseProductsTests
{
    private const double Tolerance = 1e-5;

    // Fewer outputs than a vector register, several registers, and a remainder.
    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(32)]
    [InlineData(45)]
    public void A_layer_of_sparse_rows_has_the_activities_and_the_gradient_of_the_dense_layer(int outputs)
    {
        using var guard = no_grad();
        using var scope = NewDisposeScope();
        SparseRows rows = SparseTables.Rows(20, 300, seed: 1);
        Tensor dense = rows.ToTensor();
        using var parameters = Parameters(300, outputs, FirstMap.ByInput);
        using var sparseUpdate = parameters.NewLike(readsSparseRows: true);
        using var denseUpdate = parameters.NewLike();
        Tensor delta = randn(20, outputs);

        Tensor product = parameters.Maps[0].Apply(rows);
        SparseGradient gradient = sparseUpdate.Maps[0].Sparse!;
        gradient.Rows = rows;
        LocalUpdate.Outer(sparseUpdate.Maps[0], delta, empty(20, 0));
        LocalUpdate.Outer(denseUpdate.Maps[0], delta, dense);

        Near(parameters.Maps[0].Apply(dense), product);
        Near(denseUpdate.Maps[0].Bias, sparseUpdate.Maps[0].Bias);
        var column = new float[outputs];
        var occurring = 0;
        foreach (int input in gradient.Inputs)
        {
            gradient.Of(occurring++, column);
            Near(denseUpdate.Maps[0].WeightTransposed[input], tensor(column));
        }
        Assert.Equal((dense != 0).any(dim: 0).sum().item<long>(), occurring);
    }

    [Fact]
    public void Weights_that_are_ordered_by_input_are_copied_out_and_in_row_by_row()
    {
        using var guard = no_grad();
        using var byInput = Parameters(50, 7, FirstMap.ByInput);
        using var byOutput = Parameters(50, 7, FirstMap.ByOutput);

        byOutput.Load(byInput.ToMaps());

        Assert.Equal(byInput.Maps[0].Weight.ToFloats(), byOutput.Maps[0].Weight.ToFloats());
        using var again = new ParameterBuffer(byInput.Shapes, CPU, first: FirstMap.ByInput);
        again.Load(byOutput.ToMaps());
        Assert.Equal(byInput.ToArray(), again.ToArray());
    }

    [Fact]
    public void An_input_that_every_batch_has_moves_as_with_the_dense_optimiser_and_one_that_none_has_stays()
    {
        using var guard = no_grad();
        using var scope = NewDisposeScope();
        using var sparse = Parameters(4, 9, FirstMap.ByInput);
        using var dense = Parameters(4, 9, FirstMap.ByInput);
        dense.Flat.copy_(sparse.Flat);
        float[] before = sparse.Maps[0].WeightTransposed[3].ToFloats();
        using var sparseUpdate = sparse.NewLike(readsSparseRows: true);
        using var denseUpdate = dense.NewLike();
        using var lazy = Optimizer.Of(TargetPropOptimizer.RmsProp, sparse, sparseUpdate, weightDecay: 0.1);
        using var eager = Optimizer.Of(TargetPropOptimizer.RmsProp, dense, denseUpdate, weightDecay: 0.1);
        var random = new Random(5);

        for (int step = 0; step < 6; step++)
        {
            float Entry() => (float)random.NextDouble() + 0.1f;
            var rows = new SparseRows(4, [new([0, 1], [Entry(), Entry()]), new([1, 2], [Entry(), Entry()])]);
            using Tensor delta = randn(2, 9);
            sparseUpdate.Maps[0].Sparse!.Rows = rows;
            LocalUpdate.Outer(sparseUpdate.Maps[0], delta, empty(2, 0));
            LocalUpdate.Outer(denseUpdate.Maps[0], delta, rows.ToTensor());
            lazy.Step(0.01);
            eager.Step(0.01);
        }

        for (int input = 0; input < 3; input++)
            Near(dense.Maps[0].WeightTransposed[input], sparse.Maps[0].WeightTransposed[input]);
        Near(dense.Maps[0].Bias, sparse.Maps[0].Bias);
        Assert.Equal(before, sparse.Maps[0].WeightTransposed[3].ToFloats());
    }

    /// <summary>docs/algorithm.md (11.3).</summary>
    [Fact]
    public void Lazy_Adam_counts_the_steps_of_each_input_and_damps_small_gradients()
    {
        const double damping = 0.03, rate = 4 * 0.001;
        using var guard = no_grad();
        using var scope = NewDisposeScope();
        using var parameters = Parameters(2, 1, FirstMap.ByInput);
        using var update = parameters.NewLike(readsSparseRows: true);
        using var optimizer = Optimizer.Of(TargetPropOptimizer.Adam, parameters, update, weightDecay: 0);
        void Step(int input, float value = 1)
        {
            update.Maps[0].Sparse!.Rows = new(2, [new([input], [value])]);
            LocalUpdate.Outer(update.Maps[0], ones(1, 1), empty(1, 0));
            optimizer.Step(0.001);
        }
        for (int step = 0; step < 999; step++)
            Step(0);

        float Weight() => parameters.Maps[0].Weight[0, 1].item<float>();
        float first = Weight();
        Step(1, 0.5f);
        float second = Weight();
        Step(1, 0.01f);

        // The first gradient is 0.5: m̂ = 0.5 and √v̂ = 0.5, as if training had just begun.
        Assert.Equal(rate * 0.5 / (0.5 + damping), first - second, 1e-6);
        // Then m = 0.9 · 0.05 + 0.1 · 0.01 and v = 0.999 · 0.00025 + 0.001 · 0.0001.
        double mean = 0.046 / (1 - 0.81), root = Math.Sqrt((0.999 * 0.00025 + 0.001 * 0.0001) / (1 - 0.998001));
        Assert.Equal(rate * mean / (root + damping), second - Weight(), 1e-6);
    }

    [Fact]
    public void Dropped_entries_are_gone_and_the_others_keep_their_sum_on_average()
    {
        SparseRows rows = SparseTables.Rows(200, 400, seed: 3);
        using var random = new RandomSource(1, CPU);

        SparseRows left = rows.Drop(0.25, random);

        Assert.InRange((double)left.Entries / rows.Entries, 0.73, 0.77);
        Assert.All(Enumerable.Range(0, left[0].Columns.Length), i =>
            Assert.Equal(rows[0].Values[Array.IndexOf(rows[0].Columns, left[0].Columns[i])] / 0.75f, left[0].Values[i], 1e-5f));
    }

    private static ParameterBuffer Parameters(int inputs, int outputs, FirstMap first)
    {
        var buffer = new ParameterBuffer([new(0, 1, inputs, outputs, Activation.Identity)], CPU, first: first);
        buffer.Flat.normal_(0, 0.5);
        return buffer;
    }

    private static void Near(Tensor expected, Tensor actual) => Assert.InRange((expected - actual).abs().max().item<float>(), 0, Tolerance);
}
