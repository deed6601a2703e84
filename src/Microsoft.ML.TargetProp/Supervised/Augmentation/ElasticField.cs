using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Supervised;

/// <summary>
/// Smooth random displacements (Simard, Steinkraus and Platt 2003): independent noise, smoothed by a Gaussian along both axes. Smoothing is a matrix
/// product along each axis, for a whole batch at once. The noise is drawn on a coarse grid, half a σ apart, which is enough for a field that smooth.
/// </summary>
internal sealed class ElasticField : IDisposable
{
    private readonly Tensor _alongRows;
    private readonly Tensor _alongColumns;

    /// <param name="height">Rows of a picture.</param>
    /// <param name="width">Pixels of a row.</param>
    /// <param name="smoothness">σ of the Gaussian, in pixels.</param>
    /// <param name="device">The device of the fields.</param>
    public ElasticField(int height, int width, double smoothness, Device device)
    {
        using var scope = NewDisposeScope();
        _alongRows = tensor(Gaussian(width, smoothness), device: device).view(width, -1).t().contiguous().DetachFromDisposeScope();
        _alongColumns = tensor(Gaussian(height, smoothness), device: device).view(height, -1).DetachFromDisposeScope();
    }

    /// <summary>A displacement for every pixel of every picture, <c>[batch, height, width, 2]</c>, x before y.</summary>
    /// <param name="pictures">Number of pictures.</param>
    /// <param name="random">Draws the noise.</param>
    /// <param name="sizeX">Root mean square of the displacements along x.</param>
    /// <param name="sizeY">The same along y.</param>
    public Tensor Draw(int pictures, RandomSource random, double sizeX, double sizeY)
    {
        using var scope = NewDisposeScope();
        var (height, width) = (_alongColumns.shape[0], _alongRows.shape[1]);
        var (down, right) = (_alongColumns.shape[1], _alongRows.shape[0]);
        var noise = random.NormalLike(empty(2 * pictures * down, right, dtype: ScalarType.Float32, device: _alongRows.device), 1);
        var fields = _alongColumns.matmul(noise.mm(_alongRows).view(2 * pictures, down, width));
        var sizes = tensor([(float)sizeX, (float)sizeY], device: fields.device);
        return fields.view(pictures, 2, height, width).permute(0, 2, 3, 1).mul(sizes).MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        _alongRows.Dispose();
        _alongColumns.Dispose();
    }

    /// <summary>
    /// Row i has the weights of the grid points by their distance from pixel i. The squares of a row sum to 1, so the variance stays 1, also at the
    /// edges.
    /// </summary>
    private static float[] Gaussian(int pixels, double smoothness)
    {
        var spacing = Math.Max(1, smoothness / 2);
        var places = (int)Math.Ceiling((pixels - 1) / spacing) + 1;
        var weights = new float[pixels * places];
        for (var i = 0; i < pixels; i++)
        {
            var distances = Enumerable.Range(0, places).Select(j => (i - j * spacing) / smoothness);
            var row = distances.Select(d => Math.Exp(-0.5 * d * d)).ToArray();
            var length = Math.Sqrt(row.Sum(w => w * w));
            for (var j = 0; j < places; j++)
                weights[i * places + j] = (float)(row[j] / length);
        }
        return weights;
    }
}
