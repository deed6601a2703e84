using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Core;

/// <summary>First weights: orthogonal, forward and feedback maps drawn independently; biases zero.</summary>
internal static class LayerInitializer
{
    /// <summary>Initialises the maps in the order given.</summary>
    public static void Initialize(IEnumerable<LayerMap> maps, RandomSource random)
    {
        foreach (var map in maps)
        {
            using var scope = NewDisposeScope();
            map.Weight.copy_(random.Orthogonal(map.Shape.Outputs, map.Shape.Inputs).ScaleInPlace(Gain(map.Shape)));
            map.Bias.zero_();
        }
    }

    /// <summary>
    /// Factor on the orthogonal weights. Orthonormal columns keep the length of a vector. A map that widens would spread that length over many
    /// units and leave each with little, so its gain keeps the size per unit instead. Linear feedback carries errors, and keeps lengths.
    /// </summary>
    private static double Gain(LayerMapShape shape) => shape.From > shape.To && shape.Activation == Activation.Identity
        ? 1
        : shape.Activation.InitialGain * Math.Sqrt(Math.Max(1, (double)shape.Outputs / shape.Inputs));
}
