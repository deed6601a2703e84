using Microsoft.ML.TargetProp.Core;
using Microsoft.ML.TargetProp.Supervised;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Tests.Supervised;

/// <summary>Tests that units dropped by dropout do not learn.</summary>
public sealed class DroppedUnitsTests
{
    [Fact]
    public void If_a_whole_layer_is_dropped_it_and_the_layers_below_do_not_learn()
    {
        using var it = new LearningCase("5,3,2", TargetPropActivation.Tanh, rows: 1);
        using ParameterBuffer updates = it.Network.ForwardParameters.NewLike();
        using var random = new RandomSource(1, CPU);
        using var scope = NewDisposeScope();
        ForwardPass pass;
        do
        {
            pass = ForwardPass.Run(it.Network, it.Batch, 0.7, random);
        }
        while (!IsSilent(pass, 3) || IsSilent(pass, 2) || IsSilent(pass, 1));

        new DifferenceTargetPropagation().ComputeUpdates(pass, 0.5, updates, null);

        Assert.All(updates.Maps.Take(3), map => Assert.Equal(0, map.Weight.abs().max().ToDouble() + map.Bias.abs().max().ToDouble()));
        Assert.NotEqual(0, updates.Maps[3].Bias.abs().max().ToDouble());
    }

    private static bool IsSilent(ForwardPass pass, int layer) => pass.DropoutMask[layer]!.abs().max().ToDouble() == 0;
}
