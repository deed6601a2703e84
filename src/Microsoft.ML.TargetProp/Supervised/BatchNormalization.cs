using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Supervised;

/// <summary>
/// Batch normalisation (Ioffe and Szegedy 2015) without learned scale and shift: y = (x − mean) / √(variance + 1e−5), unit by unit, mean
/// and variance (divided by the rows) over the mini-batch. Example weights do not enter: they weigh losses alone.
/// </summary>
/// <param name="Input">x, <c>[batch, units]</c>.</param>
/// <param name="Output">y, <c>[batch, units]</c>.</param>
/// <param name="Mean">Mean of the batch, <c>[units]</c>.</param>
/// <param name="Scale">1 / √(variance + 1e−5) of the batch, <c>[units]</c>.</param>
internal sealed record BatchNormalization(Tensor Input, Tensor Output, Tensor Mean, Tensor Scale)
{
    private const double Stabilizer = 1e-5;

    /// <summary>Normalises the rows of a batch.</summary>
    public static BatchNormalization Normalize(Tensor input)
    {
        var mean = MeanOfRows(input);
        var output = input.sub(mean);
        using var squares = output.mul(output);
        var scale = MeanOfRows(squares).ShiftInPlace(Stabilizer).rsqrt_();
        return new(input, output.mul_(scale), mean, scale);
    }

    /// <summary>
    /// Turns ∂/∂y into ∂/∂x, in place: ∂/∂x = scale ⊙ (δ − mean(δ) − y ⊙ mean(δ ⊙ y)), since every row moves mean and variance too.
    /// </summary>
    public void MultiplyByDerivative(Tensor delta)
    {
        using var scope = NewDisposeScope();
        var shared = MeanOfRows(delta);
        var along = MeanOfRows(delta.mul(Output));
        delta.sub_(shared).AddProductInPlace(Output, along, -1).mul_(Scale);
    }

    // 0L: a plain 0 would convert to ScalarType.Byte, and sum everything into a byte.
    private static Tensor MeanOfRows(Tensor rows) => rows.sum(dim: 0L).ScaleInPlace(1.0 / rows.shape[0]);
}
