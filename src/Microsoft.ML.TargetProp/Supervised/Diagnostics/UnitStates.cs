using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Supervised;

/// <summary>Units that learn slowly or not at all, because their activation is flat where they are.</summary>
internal static class UnitStates
{
    /// <summary>A unit is saturated where its slope is below this part of the activation's steepest.</summary>
    private const double FlatPart = 0.05;

    /// <summary>The part of units and rows that is saturated, and the part of units that is so in every row.</summary>
    /// <param name="activation">φ of the layer.</param>
    /// <param name="output">h = φ(a), <c>[batch, units]</c>.</param>
    public static (double Saturated, double Dead) Of(Activation activation, Tensor output)
    {
        using var scope = NewDisposeScope();
        var flat = PathJacobian.Slope(activation, output).GreaterThan(FlatPart * activation.SteepestSlope).logical_not().to(ScalarType.Float64);
        return (flat.mean().ToDouble(), flat.amin(0).mean().ToDouble());
    }
}
