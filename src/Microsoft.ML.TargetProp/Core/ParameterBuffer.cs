using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Core;

/// <summary>The weight matrix or the bias of one map inside a <see cref="ParameterBuffer"/>.</summary>
/// <param name="Offset">Index of the first value.</param>
/// <param name="Length">Number of values.</param>
/// <param name="IsWeight">True for a weight matrix, false for a bias. Weight decay acts on weights only.</param>
internal readonly record struct ParameterSegment(long Offset, long Length, bool IsWeight);

/// <summary>How a <see cref="ParameterBuffer"/> holds the weights of its first map.</summary>
internal enum FirstMap
{
    /// <summary>Row by row of W, like those of all other maps.</summary>
    ByOutput,

    /// <summary>Column by column of W, so that an input has its weights in one piece, as sparse rows need it.</summary>
    ByInput,

    /// <summary>Not at all: they are update directions, which a <see cref="SparseGradient"/> computes.</summary>
    Sparse,
}

/// <summary>One map in plain arrays: its shape, W row by row (<c>[outputs, inputs]</c>), and b.</summary>
internal sealed record MapSnapshot(LayerMapShape Shape, float[] Weight, float[] Bias)
{
    private float[]? _byInput;

    /// <summary>W column by column, for sparse rows; computed when it is first needed.</summary>
    public float[] WeightByInput => _byInput ??= Transposed(Weight, Shape.Outputs);

    /// <summary>A matrix in the other order of memory.</summary>
    /// <param name="matrix">The matrix, row by row.</param>
    /// <param name="rows">Its number of rows.</param>
    public static float[] Transposed(ReadOnlySpan<float> matrix, int rows)
    {
        // In blocks, because each number of a row lies in another line of the other order.
        const int block = 32;
        var columns = rows == 0 ? 0 : matrix.Length / rows;
        var other = new float[matrix.Length];
        for (var start = 0; start < columns; start += block)
        {
            for (var row = 0; row < rows; row++)
            {
                for (var column = start; column < Math.Min(columns, start + block); column++)
                    other[column * rows + row] = matrix[row * columns + column];
            }
        }
        return other;
    }
}

/// <summary>
/// The parameters of several maps in one flat tensor, so that an optimiser updates them in one pass. The maps hold views of it. A second buffer of
/// the same shapes holds the update directions.
/// </summary>
internal sealed class ParameterBuffer : IDisposable
{
    private readonly Tensor[] _views;
    private readonly FirstMap _first;

    /// <param name="shapes">The shapes of the maps.</param>
    /// <param name="device">The device of the values.</param>
    /// <param name="type">The type of the values.</param>
    /// <param name="first">How the weights of the first map are held.</param>
    public ParameterBuffer(IReadOnlyList<LayerMapShape> shapes, Device device, ScalarType type = ScalarType.Float32, FirstMap first = FirstMap.ByOutput)
    {
        using var scope = NewDisposeScope();
        _first = shapes.Count == 0 ? FirstMap.ByOutput : first;
        var left = _first == FirstMap.Sparse ? (long)shapes[0].Outputs * shapes[0].Inputs : 0;
        Flat = zeros(shapes.Sum(s => s.Parameters) - left, dtype: type, device: device).DetachFromDisposeScope();
        _views = new Tensor[3 * shapes.Count];
        var maps = new LayerMap[shapes.Count];
        var segments = new ParameterSegment[2 * shapes.Count];
        var offset = 0L;
        for (var i = 0; i < shapes.Count; i++)
        {
            var shape = shapes[i];
            var sparse = i == 0 && _first == FirstMap.Sparse ? new SparseGradient() : null;
            var inputs = sparse is null ? shape.Inputs : 0;
            var weights = (long)shape.Outputs * inputs;
            var values = Flat.narrow(0, offset, weights);
            var weight = (i == 0 && _first == FirstMap.ByInput ? values.view(inputs, shape.Outputs).t() : values.view(shape.Outputs, inputs)).DetachFromDisposeScope();
            var transposed = weight.t().DetachFromDisposeScope();
            var bias = Flat.narrow(0, offset + weights, shape.Outputs).DetachFromDisposeScope();
            segments[2 * i] = new(offset, weights, IsWeight: true);
            segments[2 * i + 1] = new(offset + weights, shape.Outputs, IsWeight: false);
            maps[i] = new(shape, weight, transposed, bias) { Sparse = sparse };
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
    /// <param name="readsSparseRows">True when the first map reads sparse rows, whose gradient is not held here.</param>
    public ParameterBuffer NewLike(bool readsSparseRows = false) => new(Shapes, Flat.device, Flat.dtype, readsSparseRows ? FirstMap.Sparse : _first);

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
        float[] Weight(int map) => map == 0 && _first == FirstMap.ByInput
            ? MapSnapshot.Transposed(values.AsSpan(0, (int)Segments[0].Length), Maps[0].Shape.Inputs)
            : Values(Segments[2 * map]);
        return [.. Maps.Select((m, i) => new MapSnapshot(m.Shape, Weight(i), Values(Segments[2 * i + 1])))];
    }

    /// <summary>Overwrites all values with those of maps of the same shapes.</summary>
    public void Load(IReadOnlyList<MapSnapshot> maps)
    {
        var values = new float[maps.Sum(m => m.Shape.Parameters)];
        var rest = values.AsSpan();
        foreach (var map in maps)
        {
            var weight = _first == FirstMap.ByInput && ReferenceEquals(map, maps[0]) ? MapSnapshot.Transposed(map.Weight, map.Shape.Outputs) : map.Weight;
            weight.CopyTo(rest);
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
