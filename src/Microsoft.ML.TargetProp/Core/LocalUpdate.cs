using System.Numerics.Tensors;
using TorchSharp;
using static TorchSharp.torch;
using Tensor = TorchSharp.torch.Tensor;

namespace Microsoft.ML.TargetProp.Core;

/// <summary>
/// The gradient of a layer's own loss with respect to its own weights. No local rule takes any other gradient. Losses sum over units and average
/// over rows, without a factor ½.
/// </summary>
internal static class LocalUpdate
{
    /// <summary>
    /// Writes ∂/∂(W, b) of the mean over rows of w_r ‖h − target‖² into <paramref name="update"/>, for a map h = φ(W below + b),
    /// docs/algorithm.md (2.3). Below and target are held constant.
    /// </summary>
    /// <param name="update">The update direction; of the map's shape.</param>
    /// <param name="output">h, <c>[batch, outputs]</c>.</param>
    /// <param name="target">The target, <c>[batch, outputs]</c>.</param>
    /// <param name="below">The input of the map, <c>[batch, inputs]</c>.</param>
    /// <param name="weights">Example weights w, <c>[batch, 1]</c>, or null.</param>
    public static void Towards(LayerMap update, Tensor output, Tensor target, Tensor below, Tensor? weights)
    {
        using var delta = update.Activation.ErrorTimesDerivative(output, target, 2.0 / output.size(0));
        if (weights is not null)
            delta.mul_(weights);
        Outer(update, delta, below);
    }

    /// <summary>The same, given the error h − target, which is overwritten.</summary>
    public static void SquaredError(LayerMap update, Tensor output, Tensor error, Tensor below, Tensor? weights)
    {
        if (weights is not null)
            error.mul_(weights);
        update.Activation.MultiplyByDerivative(error, output, 2.0 / output.size(0));
        Outer(update, error, below);
    }

    /// <summary>
    /// Writes ∂/∂(W, b) of the mean over rows of w_r L for the linear output layer, given ∂L/∂a = p − y of every row, docs/algorithm.md (2.4).
    /// </summary>
    public static void Output(LayerMap update, Tensor outputError, Tensor below, Tensor? weights)
    {
        using var delta = MeanOverRows(outputError);
        if (weights is not null)
            delta.mul_(weights);
        Outer(update, delta, below);
    }

    /// <summary>∂/∂W = δᵀ below and ∂/∂b = Σ_r δ, given δ = ∂/∂a of every row.</summary>
    public static void Outer(LayerMap update, Tensor delta, Tensor below)
    {
        if (update.Sparse is { } sparse)
        {
            sparse.Set(delta);
        }
        else
        {
            using var transposed = delta.t();
            update.Weight.addmm_(transposed, below, beta: 0f, alpha: 1f);
        }
        if (TensorMemory.IsPlain(delta) && TensorMemory.IsPlain(update.Bias))
        {
            FusedArithmetic.ColumnSums(TensorMemory.Floats(delta), TensorMemory.Floats(update.Bias));
            return;
        }
        // 0L, because a plain 0 converts to ScalarType.Byte and sums into a byte.
        using var sum = delta.sum(dim: 0L);
        update.Bias.copy_(sum);
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
}
