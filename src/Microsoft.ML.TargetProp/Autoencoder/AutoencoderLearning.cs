using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Autoencoder;

/// <summary>
/// One layer pair (f, g) of an auto-encoder that learns without back-propagation: f is given a target code, g undoes noise on the code,
/// and no gradient passes through more than one map (algorithms, §4).
/// </summary>
internal static class AutoencoderLearning
{
    /// <summary>
    /// h̃ = f(x + (x − g(f(x)))), the code of the input moved by what its reconstruction lacks; 2x − g(f(x)) where the encoder read x itself
    /// (algorithms, §4). Held constant.
    /// </summary>
    /// <param name="encoder">f.</param>
    /// <param name="read">What f read: x, or x with noise on it, <c>[batch, inputs]</c>.</param>
    /// <param name="input">x, <c>[batch, inputs]</c>.</param>
    /// <param name="reconstruction">g(f(read)), <c>[batch, inputs]</c>.</param>
    public static Tensor TargetCode(LayerMap encoder, Tensor read, Tensor input, Tensor reconstruction)
    {
        using var moved = read.Plus(input).sub_(reconstruction);
        return encoder.Apply(moved);
    }

    /// <summary>Writes the gradient of the mean over rows of ‖f(x) − h̃‖², h̃ held constant, into <paramref name="update"/> (algorithms, §4).</summary>
    /// <param name="update">Of f.</param>
    /// <param name="code">f(read), <c>[batch, codes]</c>.</param>
    /// <param name="target">h̃, <c>[batch, codes]</c>.</param>
    /// <param name="read">What f read.</param>
    public static void Encoder(LayerMap update, Tensor code, Tensor target, Tensor read)
    {
        using var error = code.sub(target);
        LocalUpdate.SquaredError(update, code, error, read, weights: null);
    }

    /// <summary>Writes the gradient of the mean over rows of ‖g(h + noise) − x‖² into <paramref name="update"/> (algorithms, §4).</summary>
    /// <param name="decoder">g.</param>
    /// <param name="update">Of g.</param>
    /// <param name="disturbed">f(x) + noise, <c>[batch, codes]</c>.</param>
    /// <param name="input">x, <c>[batch, inputs]</c>.</param>
    public static void Decoder(LayerMap decoder, LayerMap update, Tensor disturbed, Tensor input)
    {
        using var scope = NewDisposeScope();
        var output = decoder.Apply(disturbed);
        LocalUpdate.SquaredError(update, output, output.sub(input), disturbed, weights: null);
    }
}
