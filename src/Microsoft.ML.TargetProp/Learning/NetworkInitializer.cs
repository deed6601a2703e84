using TorchSharp;
using Microsoft.ML.TargetProp.Networks;

namespace Microsoft.ML.TargetProp.Learning;

/// <summary>First weights: orthogonal, forward and feedback drawn independently; biases zero.</summary>
internal static class NetworkInitializer
{
    public static void Initialize(TargetPropNetwork network, RandomSource random)
    {
        foreach (var map in network.Forward.Concat(network.Feedback))
        {
            using var scope = torch.NewDisposeScope();
            map.Weight.copy_(random.Orthogonal(map.Shape.Outputs, map.Shape.Inputs).Scale(map.Activation.InitialGain));
            map.Bias.zero_();
        }
    }
}
