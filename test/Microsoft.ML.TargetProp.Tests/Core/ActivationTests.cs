using Microsoft.ML.TargetProp.Core;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Tests.Core;

/// <summary>Checks that every activation φ is the same function on tensors, on spans and by definition, and that φ′ is its derivative.</summary>
public sealed class ActivationTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    public static TheoryData<TargetPropActivation> All => [.. Enum.GetValues<TargetPropActivation>()];

    private static double Definition(TargetPropActivation activation, double a) => activation switch
    {
        TargetPropActivation.Tanh => Math.Tanh(a),
        TargetPropActivation.Sigmoid => 1 / (1 + Math.Exp(-a)),
        TargetPropActivation.Relu => Math.Max(0, a),
        TargetPropActivation.LeakyRelu => a > 0 ? a : 0.01 * a,
        _ => a > 0 ? a : Math.Exp(a) - 1,
    };

    private static readonly float[] Grid =
        [.. Enumerable.Range(-400, 801).Select(i => i * 0.05f), 0f, -0f, 1e-30f, -1e-30f, 1e-6f, -1e-6f, 90f, -90f, 1e4f, -1e4f, 1e30f, -1e30f];

    [Theory]
    [MemberData(nameof(All))]
    public void Tensors_and_spans_follow_the_definition(TargetPropActivation activation)
    {
        Tensor onTensors = tensor(Grid);
        float[] onSpans = [.. Grid];

        Activation.Of(activation).Apply(onTensors);
        Activation.Of(activation).Apply(onSpans.AsSpan());

        double[] expected = [.. Grid.Select(a => Definition(activation, a))];
        Assert.All(expected.Zip(onTensors.data<float>().ToArray()), Near);
        Assert.All(expected.Zip(onSpans), Near);

        static void Near((double Expected, float Actual) pair)
            => Assert.True(Math.Abs(pair.Expected - pair.Actual) <= 1e-6 * Math.Max(1, Math.Abs(pair.Expected)), $"{pair.Actual} should be {pair.Expected}");
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Tensors_and_spans_treat_NaN_and_infinity_alike(TargetPropActivation activation)
    {
        float[] values = [float.NaN, float.PositiveInfinity, float.NegativeInfinity];
        Tensor onTensors = tensor(values);

        Activation.Of(activation).Apply(onTensors);
        Activation.Of(activation).Apply(values.AsSpan());

        Assert.Equal(onTensors.data<float>().ToArray(), values);
        Assert.Equal(float.NaN, values[0]);
        Assert.False(float.IsNaN(values[1]) || float.IsNaN(values[2]));
    }

    [Theory]
    [MemberData(nameof(All))]
    public void The_derivative_in_terms_of_the_output_is_correct(TargetPropActivation activation)
    {
        double[] at = [.. Enumerable.Range(-60, 121).Select(i => i * 0.1 + 0.05)];
        Tensor output = tensor(at), delta = full(at.Length, 3.0, dtype: ScalarType.Float64);
        Activation.Of(activation).Apply(output);
        double[] outputs = output.data<double>().ToArray();

        Activation.Of(activation).MultiplyByDerivative(delta, output);

        foreach ((double a, double actual) in at.Zip(delta.data<double>().ToArray()))
            Assert.Equal(3 * (Definition(activation, a + 1e-6) - Definition(activation, a - 1e-6)) / 2e-6, actual, 1e-6);
        Assert.Equal(outputs, output.data<double>().ToArray());
    }

    [Fact]
    public void Every_activation_has_its_own_code()
    {
        Activation[] all = [.. Enum.GetValues<TargetPropActivation>().Select(Activation.Of), Activation.Identity];

        Assert.Equal(all.Length, all.Select(a => a.Code).Distinct().Count());
        Assert.All(all, a => Assert.Same(a, Activation.FromCode(a.Code)));
        Assert.All(Enum.GetValues<TargetPropActivation>(), a => Assert.Equal((byte)a, Activation.Of(a).Code));
        Assert.Equal(256 - all.Length, Enumerable.Range(0, 256).Count(c => Activation.FromCode((byte)c) is null));
    }

    [Fact]
    public void The_numbers_of_the_activations_in_stored_models_do_not_change()
        => Assert.Equal(
            [(0, "Tanh"), (1, "Sigmoid"), (2, "Relu"), (3, "LeakyRelu"), (4, "Elu")],
            Enum.GetValues<TargetPropActivation>().Select(a => ((int)a, a.ToString())));
}
