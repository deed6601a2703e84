using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Core;

/// <summary>The shape of a map: its two layers, their widths, and its activation.</summary>
/// <param name="From">The layer whose activities the map reads; 0 is the input.</param>
/// <param name="To">The layer that the map writes to; larger than <paramref name="From"/> for a forward map.</param>
/// <param name="Inputs">Units of layer <paramref name="From"/>.</param>
/// <param name="Outputs">Units of layer <paramref name="To"/>.</param>
/// <param name="Activation">φ of the map.</param>
internal sealed record LayerMapShape(int From, int To, int Inputs, int Outputs, Activation Activation)
{
    /// <summary>Number of weights and biases.</summary>
    public long Parameters => (long)Outputs * Inputs + Outputs;
}

/// <summary>The largest layers that options and archives allow. A larger number in a file is damage.</summary>
internal static class LayerLimits
{
    /// <summary>Most hidden layers.</summary>
    public const int MaxLayers = 50;

    /// <summary>
    /// Most columns that a model is trained on: as many as a hash of 22 bits has. Each scorer of a sparse column looks its slots up in a table of 16 MB then.
    /// </summary>
    public const int MaxColumns = 1 << 22;

    /// <summary>Most units of a layer.</summary>
    public const int MaxUnits = 1 << 24;
}

/// <summary>
/// One map between two layers, h ↦ φ(W h + b): a forward map f_i or a feedback map g_i. Its tensors are views into the
/// <see cref="ParameterBuffer"/> that owns them.
/// </summary>
internal sealed class LayerMap(LayerMapShape shape, Tensor weight, Tensor weightTransposed, Tensor bias)
{
    public LayerMapShape Shape { get; } = shape;

    /// <summary>W, <c>[outputs, inputs]</c>.</summary>
    public Tensor Weight { get; } = weight;

    /// <summary>Wᵀ, <c>[inputs, outputs]</c>, a view of the same memory.</summary>
    public Tensor WeightTransposed { get; } = weightTransposed;

    /// <summary>b, <c>[outputs]</c>.</summary>
    public Tensor Bias { get; } = bias;

    public Activation Activation => Shape.Activation;

    /// <summary>Takes the place of <see cref="Weight"/> among the update directions of a map that reads sparse rows; otherwise null.</summary>
    public SparseGradient? Sparse { get; init; }

    /// <summary>
    /// φ(W h + b) for every row h of <paramref name="activities"/>, <c>[batch, inputs]</c> to <c>[batch, outputs]</c>, docs/algorithm.md (1.1).
    /// </summary>
    public Tensor Apply(Tensor activities)
    {
        var output = activities.mm(WeightTransposed);
        Activation.Apply(output, Bias);
        return output;
    }

    /// <summary>The same for sparse rows. The weights are in the processor's memory, ordered by input.</summary>
    public Tensor Apply(SparseRows rows)
    {
        var output = SparseProducts.Product(rows, WeightTransposed);
        Activation.Apply(output, Bias);
        return output;
    }

    /// <summary>The same into an existing tensor, <c>[batch, outputs]</c>, which is overwritten.</summary>
    public Tensor Apply(Tensor activities, Tensor output)
    {
        output.addmm_(activities, WeightTransposed, beta: 0f, alpha: 1f);
        Activation.Apply(output, Bias);
        return output;
    }
}

/// <summary>First weights: orthogonal, forward and feedback maps drawn independently; biases zero.</summary>
internal static class LayerInitializer
{
    /// <summary>Initialises the maps in the order given.</summary>
    public static void Initialize(IEnumerable<LayerMap> maps, RandomSource random)
    {
        foreach (var map in maps)
        {
            using var scope = NewDisposeScope();
            map.Weight.copy_(random.Orthogonal(map.Shape.Outputs, map.Shape.Inputs).ScaleInPlace(Gain(map.Shape)));
            map.Bias.zero_();
        }
    }

    /// <summary>
    /// Factor on the orthogonal weights. Orthonormal columns keep the length of a vector. A map that widens would spread that length over many
    /// units and leave each with little, so its gain keeps the size per unit instead. Linear feedback carries errors, and keeps lengths.
    /// </summary>
    private static double Gain(LayerMapShape shape) => shape.From > shape.To && shape.Activation == Activation.Identity
        ? 1
        : shape.Activation.InitialGain * Math.Sqrt(Math.Max(1, (double)shape.Outputs / shape.Inputs));
}
