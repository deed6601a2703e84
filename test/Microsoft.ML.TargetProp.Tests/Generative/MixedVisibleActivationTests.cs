using Microsoft.ML.TargetProp.Core;
using Microsoft.ML.TargetProp.Generative;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Tests.Generative;

/// <summary>A visible layer of both kinds: the logistic function applies to logistic columns only.</summary>
public sealed class MixedVisibleActivationTests
{
    private static readonly MixedVisibleActivation Mixed = new([TargetPropVisibleUnits.Logistic, TargetPropVisibleUnits.Gaussian]);

    [Fact]
    public void Each_column_has_its_own_activation_and_slope()
    {
        using var scope = NewDisposeScope();
        Tensor output = tensor(new[,] { { 2.0, 2.0 } }), delta = tensor(new[,] { { 3.0, 3.0 } });
        double p = 1 / (1 + Math.Exp(-2.0));

        Mixed.Apply(output);
        Mixed.MultiplyByDerivative(delta, output);

        Assert.Equal(p, output[0, 0].ToDouble(), 1e-9);
        Assert.Equal(2, output[0, 1].ToDouble());
        Assert.Equal(3 * p * (1 - p), delta[0, 0].ToDouble(), 1e-9);
        Assert.Equal(3, delta[0, 1].ToDouble());
    }

    [Fact]
    public void A_single_row_gets_the_same_numbers()
    {
        float[] row = [2, 2];

        Mixed.Apply(row);

        Assert.Equal([1 / (1 + MathF.Exp(-2)), 2], row);
    }
}
