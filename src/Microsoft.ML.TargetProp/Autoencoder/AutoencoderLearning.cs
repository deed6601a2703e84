using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Autoencoder;

/// <summary>
/// The updates of one layer pair (f, g) of an auto-encoder that learns without back-propagation: f steps towards a target code, and g learns to undo
/// noise on the code. No gradient passes through more than one map.
/// </summary>
internal static class AutoencoderLearning
{
    /// <summary>
    /// The target code h̃ = f(x + (x − g(f(x)))), docs/algorithm.md (7.1): the code of the input, moved by the error of its reconstruction. It is held
    /// constant.
    /// </summary>
    /// <param name="encoder">f.</param>
    /// <param name="read">The input of f: x, or x with noise, <c>[batch, inputs]</c>.</param>
    /// <param name="input">x, <c>[batch, inputs]</c>.</param>
    /// <param name="reconstruction">g(f(read)), <c>[batch, inputs]</c>.</param>
    public static Tensor TargetCode(LayerMap encoder, Tensor read, Tensor input, Tensor reconstruction)
    {
        using var moved = read.Plus(input).sub_(reconstruction);
        return encoder.Apply(moved);
    }

    /// <summary>Writes the gradient of the mean over rows of ‖f(x) − h̃‖² into <paramref name="update"/>, docs/algorithm.md (7.2).</summary>
    /// <param name="update">The update direction of f.</param>
    /// <param name="code">f(read), <c>[batch, codes]</c>.</param>
    /// <param name="target">h̃, <c>[batch, codes]</c>.</param>
    /// <param name="read">The input of f.</param>
    public static void Encoder(LayerMap update, Tensor code, Tensor target, Tensor read)
    {
        using var error = code.sub(target);
        LocalUpdate.SquaredError(update, code, error, read, weights: null);
    }

    /// <summary>Writes the gradient of the mean over rows of ‖g(f(x) + ε) − x‖² into <paramref name="update"/>, docs/algorithm.md (7.3).</summary>
    /// <param name="decoder">g.</param>
    /// <param name="update">The update direction of g.</param>
    /// <param name="disturbed">f(x) + ε, <c>[batch, codes]</c>.</param>
    /// <param name="input">x, <c>[batch, inputs]</c>.</param>
    public static void Decoder(LayerMap decoder, LayerMap update, Tensor disturbed, Tensor input)
    {
        using var scope = NewDisposeScope();
        var output = decoder.Apply(disturbed);
        LocalUpdate.SquaredError(update, output, output.sub(input), disturbed, weights: null);
    }
}
