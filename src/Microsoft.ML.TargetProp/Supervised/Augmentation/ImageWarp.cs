using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Supervised;

/// <summary>Moves and bends every picture of a batch in its own way, and interpolates its pixels.</summary>
internal sealed class ImageWarp : IDisposable
{
    private readonly TargetPropImageAugmentation _most;
    private readonly int _height;
    private readonly int _width;
    private readonly Tensor _places;
    private readonly ElasticField? _elastic;

    /// <param name="most">The largest moves.</param>
    /// <param name="height">Rows of a picture.</param>
    /// <param name="device">The device of the pictures.</param>
    public ImageWarp(TargetPropImageAugmentation most, int height, Device device)
    {
        (_most, _height, _width) = (most, height, most.Width);
        _places = tensor(Places(), device: device).view(_height * _width, 3).DetachFromDisposeScope();
        _elastic = most.Elastic > 0 ? new(height, _width, most.ElasticSmoothness, device) : null;
    }

    // Sampling coordinates go from −1 at the centre of the first pixel to 1 at the centre of the last one. A single pixel has no extent.
    private double UnitX => _width > 1 ? 2.0 / (_width - 1) : 0;

    private double UnitY => _height > 1 ? 2.0 / (_height - 1) : 0;

    /// <summary>Moves and bends every picture of <paramref name="pictures"/>, <c>[batch, columns]</c>, at random.</summary>
    public Tensor Apply(Tensor pictures, RandomSource random)
    {
        using var scope = NewDisposeScope();
        var moves = new ImageMove[pictures.shape[0]];
        for (var i = 0; i < moves.Length; i++)
            moves[i] = ImageMove.Draw(_most, random);
        var bends = _elastic?.Draw(moves.Length, random, _most.Elastic * UnitX, _most.Elastic * UnitY);
        return Apply(pictures, moves, bends).MoveToOuterDisposeScope();
    }

    /// <summary>Applies given moves.</summary>
    /// <param name="pictures"><c>[batch, columns]</c>.</param>
    /// <param name="moves">One move for each picture.</param>
    /// <param name="bends">Displacements in units of half a picture, <c>[batch, height, width, 2]</c>, x before y; or null.</param>
    public Tensor Apply(Tensor pictures, ReadOnlySpan<ImageMove> moves, Tensor? bends)
    {
        using var scope = NewDisposeScope();
        var matrices = new float[6 * moves.Length];
        for (var i = 0; i < moves.Length; i++)
            moves[i].WriteSource(matrices.AsSpan(6 * i, 6), UnitX, UnitY);
        var sources = _places.matmul(tensor(matrices, device: pictures.device).view(moves.Length, 3, 2)).view(moves.Length, _height, _width, 2);
        if (bends is not null)
            sources.AddInPlace(bends);
        var planes = pictures.view(moves.Length, _most.Channels, _height, _width);
        return nn.functional.grid_sample(planes, sources, GridSampleMode.Bilinear, GridSamplePaddingMode.Border, align_corners: true)
            .view(moves.Length, -1).MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        _places.Dispose();
        _elastic?.Dispose();
    }

    /// <summary>(x, y, 1) of every pixel, in pixels from the centre of the picture.</summary>
    private float[] Places()
    {
        var places = new float[3 * _height * _width];
        for (var y = 0; y < _height; y++)
        {
            for (var x = 0; x < _width; x++)
            {
                var place = places.AsSpan(3 * (y * _width + x), 3);
                (place[0], place[1], place[2]) = (x - (_width - 1) / 2f, y - (_height - 1) / 2f, 1);
            }
        }
        return places;
    }
}

/// <summary>An affine move of a picture: scaled and rotated about its centre, then shifted.</summary>
/// <param name="Right">Shift to the right, in pixels.</param>
/// <param name="Down">Shift down, in pixels.</param>
/// <param name="Degrees">Rotation clockwise, in degrees.</param>
/// <param name="Scale">Factor on the size of the picture.</param>
internal readonly record struct ImageMove(double Right, double Down, double Degrees, double Scale)
{
    /// <summary>Draws a move no stronger than <paramref name="most"/>.</summary>
    public static ImageMove Draw(TargetPropImageAugmentation most, RandomSource random) => new(
        random.Symmetric(most.Shift),
        random.Symmetric(most.Shift),
        random.Symmetric(most.Rotation),
        Math.Pow(1 + most.Scale, random.Symmetric(1)));

    /// <summary>
    /// Writes the map from a place p in the moved picture to its place in the original, s = R(−a)(p − d) / scale, as a 3 × 2 matrix that is multiplied
    /// by (x, y, 1) from the left.
    /// </summary>
    /// <param name="matrix">6 numbers.</param>
    /// <param name="unitX">The length of a pixel in the horizontal coordinate of the result.</param>
    /// <param name="unitY">The same for the vertical coordinate.</param>
    public void WriteSource(Span<float> matrix, double unitX, double unitY)
    {
        var (sin, cos) = Math.SinCos(Degrees * Math.PI / 180);
        var (xx, xy) = (cos / Scale, sin / Scale);
        var (yx, yy) = (-sin / Scale, cos / Scale);
        (matrix[0], matrix[1]) = ((float)(xx * unitX), (float)(yx * unitY));
        (matrix[2], matrix[3]) = ((float)(xy * unitX), (float)(yy * unitY));
        (matrix[4], matrix[5]) = ((float)(-(xx * Right + xy * Down) * unitX), (float)(-(yx * Right + yy * Down) * unitY));
    }
}

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
