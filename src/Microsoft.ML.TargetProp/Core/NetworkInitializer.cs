using Microsoft.ML.TargetProp.Supervised;
using TorchSharp;

namespace Microsoft.ML.TargetProp.Core;

/// <summary>First weights: orthogonal, forward and feedback drawn independently; biases zero.</summary>
internal static class NetworkInitializer
{
    /// <summary>
    /// With a sigmoid, weights of this size do what weights of size 1 do with a hyperbolic tangent (Glorot and Bengio 2010). Probabilities
    /// that stay near ½ would drown in the noise of their own samples.
    /// </summary>
    private const double StochasticGain = 4;

    public static void Initialize(TargetPropNetwork network, RandomSource random)
    {
        Initialize(network.Forward.Concat(network.Feedback), random);
        if (!network.Shape.Signal.IsStochastic)
            return;
        foreach (var map in network.Forward.SkipLast(1))
            map.Weight.ScaleInPlace(StochasticGain);
    }

    /// <summary>Initialises the maps in the order given.</summary>
    public static void Initialize(IEnumerable<LayerMap> maps, RandomSource random)
    {
        foreach (var map in maps)
        {
            using var scope = torch.NewDisposeScope();
            map.Weight.copy_(random.Orthogonal(map.Shape.Outputs, map.Shape.Inputs).ScaleInPlace(Gain(map.Shape)));
            map.Bias.zero_();
        }
    }

    /// <summary>
    /// Orthonormal columns keep the length of a vector, so where a map widens they would spread it over many units, each of them left
    /// with little: two features would reach a hundred tanh units where these are all but linear. The gain keeps the size per unit. Linear
    /// feedback carries errors, and is to become a transpose or an inverse of forward maps: it keeps lengths.
    /// </summary>
    private static double Gain(LayerMapShape shape) => shape.From > shape.To && shape.Activation == Activation.Identity
        ? 1
        : shape.Activation.InitialGain * Math.Sqrt(Math.Max(1, (double)shape.Outputs / shape.Inputs));
}
