using Microsoft.ML.TargetProp.Core;
using Microsoft.ML.TargetProp.Supervised;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Tests.Supervised;

/// <summary>Compares the library's back-propagation, docs/algorithm.md (4.1), with the reference and with TorchSharp's automatic differentiation.</summary>
public sealed class BackpropagationTests
{
    public static TheoryData<string, TargetPropActivation, bool> Networks
    {
        get
        {
            var cases = new TheoryData<string, TargetPropActivation, bool>();
            foreach (string hidden in new[] { "5", "5,7", "8,3,6", "5,7,4,6,3,8,5" })
                foreach (TargetPropActivation activation in Enum.GetValues<TargetPropActivation>())
                    foreach (bool logistic in new[] { false, true })
                        cases.Add(hidden, activation, logistic);
            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Networks))]
    public void Every_update_follows_the_chain_rule(string hidden, TargetPropActivation activation, bool logistic)
    {
        using var it = new LearningCase(hidden, activation, logistic, weighted: hidden.Length != 3, feedback: false);
        using ParameterBuffer updates = it.Network.ForwardParameters.NewLike();

        new Backpropagation().ComputeUpdates(it.Forward(), 0, updates, null);

        LearningCase.Agree(it.Reference.BackpropagationUpdates(it.Rows), updates, 1e-6);
    }

    [Theory]
    [InlineData(TargetPropActivation.Tanh, false, 0)]
    [InlineData(TargetPropActivation.Sigmoid, true, 0)]
    [InlineData(TargetPropActivation.Relu, false, 0)]
    [InlineData(TargetPropActivation.LeakyRelu, true, 0)]
    [InlineData(TargetPropActivation.Elu, false, 0)]
    [InlineData(TargetPropActivation.Tanh, false, 0.4)]
    [InlineData(TargetPropActivation.Relu, true, 0.4)]
    public void Updates_equal_automatic_differentiation_with_and_without_dropout(TargetPropActivation activation, bool logistic, double dropout)
    {
        using var it = new LearningCase("8,3,6", activation, logistic, weighted: true, rows: 20, feedback: false);
        using ParameterBuffer updates = it.Network.ForwardParameters.NewLike();
        ForwardPass pass = it.Forward(dropout);

        new Backpropagation().ComputeUpdates(pass, 0, updates, null);

        double[][] gradients = Gradients(it, pass);
        for (int i = 0; i < gradients.Length; i++)
            LearningCase.Agree(gradients[i], [.. LearningCase.Flat(updates.Maps[i].Weight), .. LearningCase.Flat(updates.Maps[i].Bias)], 1e-6);
    }

    [Fact]
    public void Single_precision_agrees_up_to_rounding()
    {
        using var it = new LearningCase("5,7,4,6,3,8,5", TargetPropActivation.Tanh, weighted: true, rows: 50, type: ScalarType.Float32, feedback: false);
        using ParameterBuffer updates = it.Network.ForwardParameters.NewLike();

        new Backpropagation().ComputeUpdates(it.Forward(), 0, updates, null);

        LearningCase.Agree(it.Reference.BackpropagationUpdates(it.Rows), updates, 1e-5);
    }

    [Fact]
    public void Back_propagation_has_no_feedback_maps() => Assert.Empty(new Backpropagation().FeedbackMaps(new(6, [5, 7], 3, TargetPropActivation.Relu, OutputKind.Softmax)));

    /// <summary>∂L/∂(W, b) of every map by automatic differentiation: W row by row, then b.</summary>
    internal static double[][] Gradients(LearningCase it, ForwardPass pass)
    {
        Tensor[] weights = [.. it.Network.Forward.Select(m => m.Weight.clone().requires_grad_())];
        Tensor[] biases = [.. it.Network.Forward.Select(m => m.Bias.clone().requires_grad_())];
        Tensor h = it.Batch.Features;
        for (int i = 0; i < weights.Length; i++)
        {
            if (i > 0)
                h = Function(it.Network.Shape.Activation, h);
            if (i > 0 && pass.DropoutMask[i] is { } kept)
                h = h.mul(kept);
            h = nn.functional.linear(h, weights[i], biases[i]);
        }
        Tensor losses = it.Network.Shape.Output == OutputKind.Logistic
            ? nn.functional.binary_cross_entropy_with_logits(h.squeeze(1), it.Batch.Labels, reduction: nn.Reduction.None)
            : nn.functional.cross_entropy(h, it.Batch.Labels, reduction: nn.Reduction.None);
        losses.mul(it.Batch.Weights!.squeeze(1)).mean().backward();
        return [.. weights.Zip(biases, (w, b) => (double[])[.. LearningCase.Flat(w.grad!), .. LearningCase.Flat(b.grad!)])];
    }

    private static Tensor Function(TargetPropActivation activation, Tensor a) => activation switch
    {
        TargetPropActivation.Tanh => a.tanh(),
        TargetPropActivation.Sigmoid => a.sigmoid(),
        TargetPropActivation.Relu => nn.functional.relu(a),
        TargetPropActivation.LeakyRelu => nn.functional.leaky_relu(a, 0.01),
        _ => nn.functional.elu(a, 1.0),
    };
}
