using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Core;

/// <summary>The weight matrix or the bias of one map inside a <see cref="ParameterBuffer"/>.</summary>
/// <param name="Offset">Index of the first value.</param>
/// <param name="Length">Number of values.</param>
/// <param name="IsWeight">True for a weight matrix, false for a bias. Weight decay acts on weights only.</param>
internal readonly record struct ParameterSegment(long Offset, long Length, bool IsWeight);

/// <summary>One map in plain arrays: its shape, W row by row (<c>[outputs, inputs]</c>), and b.</summary>
internal sealed record MapSnapshot(LayerMapShape Shape, float[] Weight, float[] Bias);

/// <summary>
/// The parameters of several maps in one flat tensor, so that an optimiser updates them in one pass. The maps hold views of it. A second buffer of
/// the same shapes holds the update directions.
/// </summary>
internal sealed class ParameterBuffer : IDisposable
{
    private readonly Tensor[] _views;

    public ParameterBuffer(IReadOnlyList<LayerMapShape> shapes, Device device, ScalarType type = ScalarType.Float32)
    {
        using var scope = NewDisposeScope();
        Flat = zeros(shapes.Sum(s => s.Parameters), dtype: type, device: device).DetachFromDisposeScope();
        _views = new Tensor[3 * shapes.Count];
        var maps = new LayerMap[shapes.Count];
        var segments = new ParameterSegment[2 * shapes.Count];
        var offset = 0L;
        for (var i = 0; i < shapes.Count; i++)
        {
            var shape = shapes[i];
            var weights = (long)shape.Outputs * shape.Inputs;
            var weight = Flat.narrow(0, offset, weights).view(shape.Outputs, shape.Inputs).DetachFromDisposeScope();
            var transposed = weight.t().DetachFromDisposeScope();
            var bias = Flat.narrow(0, offset + weights, shape.Outputs).DetachFromDisposeScope();
            segments[2 * i] = new(offset, weights, IsWeight: true);
            segments[2 * i + 1] = new(offset + weights, shape.Outputs, IsWeight: false);
            maps[i] = new(shape, weight, transposed, bias);
            (_views[3 * i], _views[3 * i + 1], _views[3 * i + 2]) = (weight, transposed, bias);
            offset += weights + shape.Outputs;
        }
        Maps = maps;
        Segments = segments;
    }

    /// <summary>All values, <c>[parameters]</c>: weight and bias of the first map, then of the second, and so on.</summary>
    public Tensor Flat { get; }

    public IReadOnlyList<LayerMap> Maps { get; }

    public IReadOnlyList<ParameterSegment> Segments { get; }

    public IReadOnlyList<LayerMapShape> Shapes => [.. Maps.Select(m => m.Shape)];

    /// <summary>A zeroed buffer of the same shapes, for update directions.</summary>
    public ParameterBuffer NewLike() => new(Shapes, Flat.device, Flat.dtype);

    /// <summary>Copies all values into an array.</summary>
    public float[] ToArray() => Flat.ToFloats();

    /// <summary>Overwrites all values.</summary>
    public void Load(float[] values)
    {
        using var source = tensor(values);
        Flat.copy_(source);
    }

    /// <summary>Copies all maps into arrays.</summary>
    public MapSnapshot[] ToMaps()
    {
        var values = ToArray();
        float[] Values(ParameterSegment s) => values.AsSpan((int)s.Offset, (int)s.Length).ToArray();
        return [.. Maps.Select((m, i) => new MapSnapshot(m.Shape, Values(Segments[2 * i]), Values(Segments[2 * i + 1])))];
    }

    /// <summary>Overwrites all values with those of maps of the same shapes.</summary>
    public void Load(IReadOnlyList<MapSnapshot> maps)
    {
        var values = new float[maps.Sum(m => m.Shape.Parameters)];
        var rest = values.AsSpan();
        foreach (var map in maps)
        {
            map.Weight.CopyTo(rest);
            rest = rest[map.Weight.Length..];
            map.Bias.CopyTo(rest);
            rest = rest[map.Bias.Length..];
        }
        Load(values);
    }

    public void Dispose()
    {
        foreach (var view in _views)
            view.Dispose();
        Flat.Dispose();
    }
}
