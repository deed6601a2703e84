using Microsoft.ML.TargetProp.Core;
using Microsoft.ML.TargetProp.Supervised;
using Microsoft.ML.TargetProp.Tests.Supervised;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Tests.Core;

/// <summary>Tests the flat tensor that holds the parameters of many maps, and the copies of a network in plain arrays.</summary>
public sealed class ParameterBufferTests
{
    [Fact]
    public void Each_map_is_a_view_of_its_part_of_the_buffer()
    {
        using var buffer = new ParameterBuffer([new(0, 1, 2, 3, Activation.Identity), new(1, 2, 3, 1, Activation.Identity)], CPU);

        buffer.Load([.. Enumerable.Range(0, 13).Select(i => (float)i)]);

        Assert.Equal([0, 1, 2, 3, 4, 5], buffer.Maps[0].Weight.data<float>().ToArray());
        Assert.Equal([3, 2], buffer.Maps[0].Weight.shape);
        Assert.Equal([6, 7, 8], buffer.Maps[0].Bias.data<float>().ToArray());
        Assert.Equal([9, 10, 11], buffer.Maps[1].Weight.data<float>().ToArray());
        Assert.Equal([12], buffer.Maps[1].Bias.data<float>().ToArray());
        Assert.Equal([new(0, 6, true), new(6, 3, false), new(9, 3, true), new(12, 1, false)], buffer.Segments);
        buffer.Maps[1].Bias.fill_(-1);
        Assert.Equal(-1, buffer.ToArray()[12]);
    }

    [Fact]
    public void A_map_into_preallocated_memory_gives_the_same_bits()
    {
        using var scope = NewDisposeScope();
        using var buffer = new ParameterBuffer([new(0, 1, 5, 19, Activation.Of(TargetPropActivation.Tanh))], CPU);
        buffer.Load([.. Enumerable.Range(0, 114).Select(i => MathF.Sin(i))]);
        Tensor rows = tensor(Enumerable.Range(0, 35).Select(i => MathF.Cos(i)).ToArray()).reshape(7, 5);
        Tensor memory = full(7, 19, float.NaN);

        Tensor output = buffer.Maps[0].Apply(rows, memory);

        Assert.Equal(buffer.Maps[0].Apply(rows).data<float>().ToArray(), output.data<float>().ToArray());
        Assert.Equal(output.data<float>().ToArray(), memory.data<float>().ToArray());
    }

    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.Float64)]
    public void A_new_buffer_like_another_has_its_type_its_own_memory_and_zeros(ScalarType type)
    {
        using var buffer = new ParameterBuffer([new(0, 1, 2, 3, Activation.Of(TargetPropActivation.Elu))], CPU, type);
        buffer.Flat.fill_(5);

        using ParameterBuffer like = buffer.NewLike();

        Assert.Equal(type, like.Flat.dtype);
        Assert.Equal(buffer.Shapes, like.Shapes);
        Assert.All(like.ToArray(), v => Assert.Equal(0, v));
        like.Flat.fill_(7);
        Assert.All(buffer.ToArray(), v => Assert.Equal(5, v));
    }

    [Fact]
    public void A_map_computes_phi_of_W_h_plus_b()
    {
        using var scope = NewDisposeScope();
        using var buffer = new ParameterBuffer([new(0, 1, 2, 3, Activation.Of(TargetPropActivation.Tanh))], CPU);
        buffer.Load([1, 2, 3, 4, 5, 6, 0.1f, 0.2f, 0.3f]);

        float[] output = buffer.Maps[0].Apply(tensor(new float[,] { { 0.1f, -0.1f }, { 0.2f, 0.05f } })).data<float>().ToArray();

        double[] expected = [0.1 - 0.2 + 0.1, 0.3 - 0.4 + 0.2, 0.5 - 0.6 + 0.3, 0.2 + 0.1 + 0.1, 0.6 + 0.2 + 0.2, 1.0 + 0.3 + 0.3];
        Assert.All(expected.Zip(output), pair => Assert.Equal(Math.Tanh(pair.First), pair.Second, 1e-6));
    }

    [Theory]
    [InlineData("4", true)]
    [InlineData("4,6", false)]
    [InlineData("4,6,3,5", true)]
    public void A_snapshot_of_a_network_from_a_snapshot_is_the_same_bit_for_bit(string hidden, bool feedback)
    {
        NetworkSnapshot snapshot = TestNetworks.Random(5, [.. hidden.Split(',').Select(int.Parse)], 3, TargetPropActivation.Elu, standardized: feedback, feedback);

        using TargetPropNetwork network = TargetPropNetwork.FromSnapshot(snapshot, CPU);

        TestNetworks.AssertSame(snapshot, network.ToSnapshot());
        Assert.Equal(snapshot.Forward.Count, network.Forward.Count);
        Assert.Equal(snapshot.Feedback.Count, network.Feedback.Count);
    }

    [Fact]
    public void A_snapshot_does_not_change_with_the_network_it_was_taken_from()
    {
        NetworkSnapshot original = TestNetworks.Small();
        using TargetPropNetwork network = TargetPropNetwork.FromSnapshot(original, CPU);
        NetworkSnapshot taken = network.ToSnapshot();

        network.ForwardParameters.Flat.fill_(9);
        network.FeedbackParameters.Flat.fill_(9);

        TestNetworks.AssertSame(TestNetworks.Small(), taken);
        TestNetworks.AssertSame(TestNetworks.Small(), original);
    }
}
