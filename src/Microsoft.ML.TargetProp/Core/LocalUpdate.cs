using System.Numerics.Tensors;
using Microsoft.ML.TargetProp.Supervised;
using TorchSharp;
using static TorchSharp.torch;
using Tensor = TorchSharp.torch.Tensor;

namespace Microsoft.ML.TargetProp.Core;

/// <summary>
/// The derivative of a layer's own squared error with respect to its own weights: the only derivative that a local rule takes.
/// </summary>
internal static class LocalUpdate
{
    /// <summary>
    /// Writes ∂/∂(W, b) of the mean over rows of w_r ‖h − target‖² for a map h = φ(W below + b) into
    /// <paramref name="update"/> (algorithms, §1 steps 4 and 5: sum over units, mean over rows, no factor ½).
    /// </summary>
    /// <param name="update">Where the update direction goes; same shape as the map.</param>
    /// <param name="output">h, <c>[batch, outputs]</c>.</param>
    /// <param name="error">h − target, <c>[batch, outputs]</c>; overwritten.</param>
    /// <param name="below">What the map read, <c>[batch, inputs]</c>.</param>
    /// <param name="weights">Example weights w, <c>[batch, 1]</c>, or null.</param>
    public static void SquaredError(LayerMap update, Tensor output, Tensor error, Tensor below, Tensor? weights)
    {
        if (weights is not null)
            error.mul_(weights);
        update.Activation.MultiplyByDerivative(error, output, 2.0 / output.size(0));
        Outer(update, error, below);
    }

    /// <summary>The same derivative, given the target: error and derivative of the unit in one pass, and neither argument overwritten.</summary>
    public static void Towards(LayerMap update, Tensor output, Tensor target, Tensor below, Tensor? weights)
    {
        using var delta = update.Activation.ErrorTimesDerivative(output, target, 2.0 / output.size(0));
        if (weights is not null)
            delta.mul_(weights);
        Outer(update, delta, below);
    }

    /// <summary>
    /// Writes the derivative of hidden layer i's own loss, the mean over rows of w_r ‖h_i − t_i‖², with h_{i−1} and t_i held constant
    /// (algorithms, §1 step 4). Where layers are normalised, h_i = BN(φ(W_i h_{i−1} + b_i)), and the derivative goes through BN as well.
    /// </summary>
    /// <param name="network">The network of the pass.</param>
    /// <param name="pass">The forward pass.</param>
    /// <param name="layer">i.</param>
    /// <param name="target">t_i, <c>[batch, units]</c>.</param>
    /// <param name="updates">One map for each forward map; that of layer i is overwritten.</param>
    /// <param name="losses">Where ‖h_i − t_i‖² is reported, or null.</param>
    public static void TowardsTarget(TargetPropNetwork network, ForwardPass pass, int layer, Tensor target, ParameterBuffer updates, LossMeter? losses)
    {
        var (update, activity, below) = (updates.Maps[layer - 1], pass.Activities[layer], pass.Sent[layer - 1]);
        losses?.Add(layer - 1, activity, target);
        if (pass.Normalized[layer] is null)
        {
            Towards(update, activity, target, below, pass.Batch.Weights);
            return;
        }
        using var delta = pass.Batch.Weigh(activity.sub(target).ScaleInPlace(2.0 / pass.Batch.Rows));
        pass.ThroughActivation(network, layer, delta);
        Outer(update, delta, below);
    }

    /// <summary>
    /// Writes ∂/∂(W, b) of the mean over rows of w_r L for the linear output layer, given ∂L/∂a = p − y of every row
    /// (algorithms, §1 step 4).
    /// </summary>
    public static void Output(LayerMap update, Tensor outputError, Tensor below, Tensor? weights)
    {
        using var delta = MeanOverRows(outputError);
        if (weights is not null)
            delta.mul_(weights);
        Outer(update, delta, below);
    }

    private static Tensor MeanOverRows(Tensor error)
    {
        var factor = 1.0 / error.size(0);
        if (!TensorMemory.IsPlain(error))
            return error.Times(factor);
        var mean = empty_like(error);
        TensorPrimitives.Multiply(TensorMemory.Floats(error), (float)factor, TensorMemory.Floats(mean));
        return mean;
    }

    /// <summary>∂/∂W = δᵀ below and ∂/∂b = Σ_r δ, given δ = ∂/∂a of every row.</summary>
    public static void Outer(LayerMap update, Tensor delta, Tensor below)
    {
        using var transposed = delta.t();
        update.Weight.addmm_(transposed, below, beta: 0f, alpha: 1f);
        if (TensorMemory.IsPlain(delta) && TensorMemory.IsPlain(update.Bias))
        {
            VectorMath.ColumnSums(TensorMemory.Floats(delta), TensorMemory.Floats(update.Bias));
            return;
        }
        // 0L: a plain 0 would convert to ScalarType.Byte, and sum everything into a byte.
        using var sum = delta.sum(dim: 0L);
        update.Bias.copy_(sum);
    }
}
