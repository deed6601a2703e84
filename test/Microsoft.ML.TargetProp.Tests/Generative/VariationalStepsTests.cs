using Microsoft.ML.TargetProp.Core;
using Microsoft.ML.TargetProp.Generative;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Tests.Generative;

/// <summary>One E-step and one M-step against the equations of docs/algorithm.md, section 8, written out in double precision.</summary>
public sealed class VariationalStepsTests
{
    // One unit per layer: h_1 = tanh(a_1 x + b_1), h_2 = tanh(a_2 h_1 + b_2), down g_1(h) = c_1 h + d_1 (linear) and g_2(h) = tanh(c_2 h + d_2).
    private static readonly GenerativeShape Chain = new([TargetPropVisibleUnits.Gaussian], [1, 1], TargetPropActivation.Tanh);

    private static double Up1(double x) => Math.Tanh(0.7 * x + 0.1);
    private static double Up2(double h) => Math.Tanh(-0.9 * h + 0.3);
    private static double Down1(double h) => 1.3 * h - 0.2;
    private static double Down2(double h) => Math.Tanh(0.8 * h + 0.05);

    private static GenerativeNetwork NewChain()
    {
        var network = new GenerativeNetwork(Chain, CPU, ScalarType.Float64);
        using Tensor up = tensor(new[] { 0.7, 0.1, -0.9, 0.3 });
        using Tensor down = tensor(new[] { 1.3, -0.2, 0.8, 0.05 });
        network.InferenceParameters.Flat.copy_(up);
        network.GenerativeParameters.Flat.copy_(down);
        return network;
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0.05)]
    public void Inference_moves_as_the_equations_say(double alpha)
    {
        using var scope = NewDisposeScope();
        using GenerativeNetwork network = NewChain();
        const double x = 0.6, delta = 0.1, lambda = 0.02;
        (double h1, double h2) = (Up1(x), Up2(Up1(x)));
        for (int n = 0; n < 3; n++)
        {
            h2 += delta * (Up2(h1) - Up2(Down2(h2))) + alpha * (Up2(h1) - h2);
            h1 += delta * (Up1(x) - Up1(Down1(h1))) + lambda * (Down2(h2) - h1) + alpha * (Up1(x) - h1 + Down2(h2) - Down2(Up2(h1)));
        }

        Tensor[] h = IteratedInference.Run(network, tensor(new[,] { { x } }), new(3, delta, lambda, alpha));

        Assert.Equal(x, h[0].ToDouble());
        Assert.Equal(h1, h[1].ToDouble(), 1e-6);
        Assert.Equal(h2, h[2].ToDouble(), 1e-6);
    }

    /// <summary>Single precision runs the pass over plain memory, and double precision the tensor operations.</summary>
    [Theory]
    [InlineData(false, 0)]
    [InlineData(true, 0)]
    [InlineData(false, 0.05)]
    [InlineData(true, 0.05)]
    public void Inference_on_plain_memory_gives_the_result_of_tensor_operations(bool withGaps, double alpha)
    {
        using var scope = NewDisposeScope();
        GenerativeShape shape = new([.. Enumerable.Repeat(TargetPropVisibleUnits.Logistic, 13)], [11, 9, 5], TargetPropActivation.Tanh);
        using var reference = new GenerativeNetwork(shape, CPU, ScalarType.Float64);
        using var plain = new GenerativeNetwork(shape, CPU);
        var random = new Random(4);
        float[] Weights(ParameterBuffer of) => [.. Enumerable.Range(0, (int)of.Flat.numel()).Select(_ => (float)(random.NextDouble() - 0.5))];
        (float[] up, float[] down) = (Weights(plain.InferenceParameters), Weights(plain.GenerativeParameters));
        foreach (GenerativeNetwork network in new[] { reference, plain })
        {
            network.InferenceParameters.Load(up);
            network.GenerativeParameters.Load(down);
        }
        Tensor rows = tensor(Enumerable.Range(0, 7 * 13).Select(_ => random.NextDouble()).ToArray()).reshape(7, 13);
        Tensor? missing = withGaps ? rows.gt(tensor(0.8)) : null;
        InferenceSettings settings = new(6, 0.2, 0.03, alpha);

        Tensor[] expected = IteratedInference.Run(reference, rows, settings, missing);
        Tensor[] actual = IteratedInference.Run(plain, rows.to(ScalarType.Float32), settings, missing);

        for (int k = 0; k < expected.Length; k++)
            Assert.All(expected[k].data<double>().ToArray().Zip(actual[k].data<float>().ToArray()), pair => Assert.Equal(pair.First, pair.Second, 1e-5));
    }

    [Fact]
    public void Generative_and_inference_maps_step_down_their_own_squared_errors()
    {
        using var scope = NewDisposeScope();
        using GenerativeNetwork network = NewChain();
        using ParameterBuffer up = network.InferenceParameters.NewLike();
        using ParameterBuffer down = network.GenerativeParameters.NewLike();
        const double h1 = 0.4, h2 = -0.3;

        LocalMaximization.Generation(network, down.Maps[1], 2, tensor(new[,] { { h2 } }), tensor(new[,] { { h1 } }), missing: null);
        LocalMaximization.Inference(network, up.Maps[1], 2, tensor(new[,] { { h1 } }), tensor(new[,] { { h2 } }));

        // d (φ(w s + b) − t)² / dw = 2 (φ − t)(1 − φ²) s.
        double g = 2 * (Down2(h2) - h1) * (1 - Down2(h2) * Down2(h2));
        double f = 2 * (Up2(h1) - h2) * (1 - Up2(h1) * Up2(h1));
        Assert.Equal(g * h2, down.Maps[1].Weight.ToDouble(), 1e-6);
        Assert.Equal(g, down.Maps[1].Bias.ToDouble(), 1e-6);
        Assert.Equal(f * h1, up.Maps[1].Weight.ToDouble(), 1e-6);
        Assert.Equal(f, up.Maps[1].Bias.ToDouble(), 1e-6);
    }

    [Fact]
    public void A_missing_entry_teaches_the_generative_map_nothing()
    {
        using var scope = NewDisposeScope();
        using GenerativeNetwork network = NewChain();
        using ParameterBuffer down = network.GenerativeParameters.NewLike();

        LocalMaximization.Generation(network, down.Maps[0], 1, tensor(new[,] { { 0.4 } }), tensor(new[,] { { 9.0 } }), tensor(new[,] { { true } }));

        Assert.Equal(0, down.Maps[0].Weight.ToDouble());
        Assert.Equal(0, down.Maps[0].Bias.ToDouble());
    }

    [Theory]
    [InlineData(0, 0.1, 0.0, 0.0)]
    [InlineData(51, 0.1, 0.0, 0.0)]
    [InlineData(5, 0.0, 0.0, 0.0)]
    [InlineData(5, double.NaN, 0.0, 0.0)]
    [InlineData(5, 0.1, -0.1, 0.0)]
    [InlineData(5, 0.1, 0.0, 1.1)]
    public void Inference_refuses_settings_out_of_range(int iterations, double step, double topDown, double alpha)
    {
        using var scope = NewDisposeScope();
        using GenerativeNetwork network = NewChain();

        Assert.Throws<ArgumentOutOfRangeException>(() => IteratedInference.Run(network, tensor(new[,] { { 0.5 } }), new(iterations, step, topDown, alpha)));
    }
}
