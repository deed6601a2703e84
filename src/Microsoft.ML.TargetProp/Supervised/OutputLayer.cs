using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Supervised;

/// <summary>The cost L(p, y) at the top of the network and its derivative: cross-entropy, for softmax and logistic outputs.</summary>
internal static class OutputLayer
{
    /// <summary>
    /// ∂L/∂a_M = p − y for every row, <c>[batch, outputs]</c>, where p are the probabilities and y is 1 at the true class
    /// (algorithms, §1 step 1; the same for softmax and logistic outputs).
    /// </summary>
    public static Tensor Error(OutputKind kind, Tensor logits, Tensor labels)
    {
        if (OutputRows.CanRead(logits, labels))
            return OutputRows.Error(kind, logits, labels);
        if (kind == OutputKind.Logistic)
        {
            var error = logits.sigmoid();
            using var column = labels.unsqueeze(1);
            return error.sub_(column);
        }
        var difference = logits.softmax(1);
        using var index = labels.unsqueeze(1);
        using var minusOne = ones_like(index, dtype: difference.dtype).neg_();
        return difference.scatter_add_(1, index, minusOne);
    }

    /// <summary>
    /// Turns p − y into p − y′, the error against smoothed labels y′ = (1 − s) y + s / K for K classes, in place (Szegedy et al. 2016).
    /// </summary>
    /// <param name="kind">Softmax with K outputs; logistic, where K is 2.</param>
    /// <param name="error">p − y, <c>[batch, outputs]</c>.</param>
    /// <param name="labels">The classes.</param>
    /// <param name="smoothing">s.</param>
    /// <returns><paramref name="error"/>.</returns>
    public static Tensor Smooth(OutputKind kind, Tensor error, Tensor labels, double smoothing)
    {
        if (smoothing == 0)
            return error;
        if (OutputRows.CanRead(error, labels))
            return OutputRows.Smooth(kind, error, labels, smoothing);
        using var column = labels.unsqueeze(1);
        if (kind == OutputKind.Logistic)
            return error.AddScaledInPlace(column, smoothing).ShiftInPlace(-smoothing / 2);
        using var moved = ones_like(column, dtype: error.dtype).ScaleInPlace(smoothing);
        return error.scatter_add_(1, column, moved).ShiftInPlace(-smoothing / error.shape[1]);
    }

    /// <summary>−log p of every row's true class, <c>[batch]</c>.</summary>
    public static Tensor Losses(OutputKind kind, Tensor logits, Tensor labels)
    {
        using var scope = NewDisposeScope();
        if (kind == OutputKind.Logistic)
        {
            // log(1 + exp(a)) for a negative row, log(1 + exp(−a)) for a positive one, as max(a, 0) + log(1 + exp(−|a|)): that never overflows.
            var a = logits.squeeze(1).mul(labels.Times(-2).ShiftInPlace(1));
            return a.abs().neg_().exp_().log1p_().AddInPlace(a.relu()).MoveToOuterDisposeScope();
        }
        return logits.log_softmax(1).gather(1, labels.unsqueeze(1)).squeeze(1).neg().MoveToOuterDisposeScope();
    }

    /// <summary>True for every row whose most probable class is not its label, <c>[batch]</c>.</summary>
    public static Tensor Mistakes(OutputKind kind, Tensor logits, Tensor labels)
    {
        using var scope = NewDisposeScope();
        var mistakes = kind == OutputKind.Logistic
            ? logits.squeeze(1).GreaterThan(0).ne(labels.GreaterThan(0.5))
            : logits.argmax(1).ne(labels);
        return mistakes.MoveToOuterDisposeScope();
    }
}
