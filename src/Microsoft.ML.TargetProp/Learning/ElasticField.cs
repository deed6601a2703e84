using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Learning;

/// <summary>
/// Smooth random displacements (Simard, Steinkraus and Platt 2003): independent noise at every pixel, smoothed by a Gaussian along both
/// axes. Smoothing is a product with a matrix, so that a whole batch takes two products.
/// </summary>
internal sealed class ElasticField : IDisposable
{
    private readonly Tensor _alongRows;
    private readonly Tensor _alongColumns;

    /// <param name="height">Rows of a picture.</param>
    /// <param name="width">Pixels of a row.</param>
    /// <param name="smoothness">σ of the Gaussian, in pixels.</param>
    /// <param name="device">Where fields are wanted.</param>
    public ElasticField(int height, int width, double smoothness, Device device)
    {
        using var scope = NewDisposeScope();
        _alongRows = tensor(Gaussian(width, smoothness), device: device).view(width, width).t().contiguous().DetachFromDisposeScope();
        _alongColumns = tensor(Gaussian(height, smoothness), device: device).view(height, height).DetachFromDisposeScope();
    }

    /// <summary>A displacement for every pixel of every picture, <c>[batch, height, width, 2]</c>, x before y.</summary>
    /// <param name="pictures">How many.</param>
    /// <param name="random">Where chance comes from.</param>
    /// <param name="sizeX">Root mean square of the displacements along x.</param>
    /// <param name="sizeY">The same along y.</param>
    public Tensor Draw(int pictures, RandomSource random, double sizeX, double sizeY)
    {
        using var scope = NewDisposeScope();
        var (height, width) = (_alongColumns.shape[0], _alongRows.shape[0]);
        var noise = random.NormalLike(empty(2 * pictures * height, width, dtype: ScalarType.Float32, device: _alongRows.device), 1);
        var fields = _alongColumns.matmul(noise.mm(_alongRows).view(2 * pictures, height, width));
        var sizes = tensor([(float)sizeX, (float)sizeY], device: fields.device);
        return fields.view(pictures, 2, height, width).permute(0, 2, 3, 1).mul(sizes).MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        _alongRows.Dispose();
        _alongColumns.Dispose();
    }

    /// <summary>
    /// Row i weighs all places by their distance from i; squares of a row sum to 1, so that independent noise of variance 1 stays of
    /// variance 1, at the edges as well.
    /// </summary>
    private static float[] Gaussian(int count, double smoothness)
    {
        var weights = new float[count * count];
        for (var i = 0; i < count; i++)
        {
            var row = Enumerable.Range(0, count).Select(j => Math.Exp(-0.5 * (i - j) * (i - j) / (smoothness * smoothness))).ToArray();
            var length = Math.Sqrt(row.Sum(w => w * w));
            for (var j = 0; j < count; j++)
                weights[i * count + j] = (float)(row[j] / length);
        }
        return weights;
    }
}
