using Microsoft.ML.TargetProp.Core;
using Microsoft.ML.TargetProp.Supervised;

namespace Microsoft.ML.TargetProp.Tests.Supervised;

/// <summary>Checks that the numbers of layers and maps are those of the equations in docs/algorithm.md.</summary>
public sealed class NetworkShapeTests
{
    private static readonly NetworkShape Shape = new(6, [5, 7], 3, TargetPropActivation.Sigmoid, OutputKind.Softmax);

    [Fact]
    public void Layer_0_is_the_input_and_layer_M_the_output()
    {
        Assert.Equal(3, Shape.OutputLayer);
        Assert.Equal([6, 5, 7, 3], Enumerable.Range(0, 4).Select(Shape.Units));
        Assert.Equal(
            [Activation.Identity, Activation.Of(TargetPropActivation.Sigmoid), Activation.Of(TargetPropActivation.Sigmoid), Activation.Identity],
            Enumerable.Range(0, 4).Select(Shape.ActivationOf));
    }

    [Fact]
    public void Map_i_leads_from_layer_i_minus_1_to_layer_i_and_has_the_activation_of_its_output_layer()
    {
        Assert.Equal([(0, 1, 6, 5), (1, 2, 5, 7), (2, 3, 7, 3)], Shape.ForwardMaps().Select(m => (m.From, m.To, m.Inputs, m.Outputs)));
        Assert.Equal([1, 1, 255], Shape.ForwardMaps().Select(m => (int)m.Activation.Code));
        Assert.Equal([35, 42, 24], Shape.ForwardMaps().Select(m => m.Parameters));
        Assert.Equal((2, 1, 7, 5), Shape.MapBetween(2, 1) is var m ? (m.From, m.To, m.Inputs, m.Outputs) : default);
        Assert.Same(Activation.Identity, Shape.MapBetween(1, 0).Activation);
    }
}
