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
