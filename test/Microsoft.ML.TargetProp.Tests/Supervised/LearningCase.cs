using Microsoft.ML.TargetProp.Core;
using Microsoft.ML.TargetProp.Supervised;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Tests.Supervised;

/// <summary>A network with random weights and a mini-batch of random rows, for the library and for the reference.</summary>
internal sealed class LearningCase : IDisposable
{
    public const int Inputs = 6;
    public const int Classes = 4;

    private readonly DisposeScope _scope = NewDisposeScope();

    /// <param name="hidden">Units of the hidden layers, for example "5,7".</param>
    /// <param name="activation">φ of the hidden units.</param>
    /// <param name="logistic">One output unit instead of <see cref="Classes"/>.</param>
    /// <param name="weighted">Whether rows have weights.</param>
    /// <param name="rows">Rows of the batch.</param>
    /// <param name="type">Precision of the library's tensors.</param>
    /// <param name="feedback">Whether the network has feedback maps.</param>
    /// <param name="seed">Seed of weights and rows.</param>
    /// <param name="rule">The rule that defines the feedback maps.</param>
    /// <param name="signal">The values that hidden layers send; by default their activities.</param>
    public LearningCase(
        string hidden, TargetPropActivation activation, bool logistic = false, bool weighted = false, int rows = 7,
        ScalarType type = ScalarType.Float64, bool feedback = true, int seed = 1,
        TargetPropLearningRule rule = TargetPropLearningRule.DifferenceTargetPropagation, HiddenSignal? signal = null)
    {
        var random = new Random(seed);
        Type = type;
        var shape = new NetworkShape(
            Inputs, [.. hidden.Split(',').Select(int.Parse)], logistic ? 1 : Classes, activation,
            logistic ? OutputKind.Logistic : OutputKind.Softmax)
        {
            Normalized = LearningRule.Of(rule).NormalizesLayers,
            Signal = signal ?? HiddenSignal.Continuous,
        };
        IReadOnlyList<LayerMapShape> maps = LearningRule.Of(rule).FeedbackMaps(shape);
        Network = new(shape, feedback ? maps : [], null, CPU, type);
        foreach (LayerMap map in Network.Forward.Concat(Network.Feedback))
        {
            // Weights have the size of initial weights. Biases are large enough that an error in them is visible.
            Set(map.Weight, random, 1 / Math.Sqrt(map.Shape.Inputs));
            Set(map.Bias, random, 0.3);
        }
        (Rows, Batch) = NewBatch(random, rows, weighted);
    }

    public TargetPropNetwork Network { get; }

    public ScalarType Type { get; }

    public ReferenceBatch Rows { get; }

    public Batch Batch { get; }

    /// <summary>The reference with the current weights of the network.</summary>
    public ReferenceNetwork Reference => new(ForwardMaps, FeedbackMaps, Network.Shape.Output == OutputKind.Logistic);

    /// <summary>The reference for the other rules, with the current weights.</summary>
    public ReferenceFamily Family => new(Reference, ForwardMaps, FeedbackMaps);

    /// <summary>The current maps f_1 … f_M.</summary>
    public ReferenceMap[] ForwardMaps => [.. Network.Forward.Select(ToReference)];

    /// <summary>The current feedback maps.</summary>
    public ReferenceMap[] FeedbackMaps => [.. Network.Feedback.Select(ToReference)];

    public (ReferenceBatch Rows, Batch Batch) NewBatch(Random random, int rows, bool weighted)
    {
        double[][] features = [.. Enumerable.Range(0, rows).Select(_ => Enumerable.Range(0, Inputs).Select(_ => Round(Normal(random))).ToArray())];
        int[] labels = [.. Enumerable.Range(0, rows).Select(_ => random.Next(Math.Max(2, Network.Shape.OutputUnits)))];
        double[]? weights = weighted ? [.. Enumerable.Range(0, rows).Select(r => r == 1 ? 0 : Round(0.2 + 2 * random.NextDouble()))] : null;
        return (new(features, labels, weights), ToTensors(new(features, labels, weights)));
    }

    public Batch ToTensors(ReferenceBatch rows) => new(
        Matrix(rows.Features),
        Network.Shape.Output == OutputKind.Logistic
            ? tensor(rows.Labels.Select(l => (double)l).ToArray(), dtype: Type)
            : tensor(rows.Labels.Select(l => (long)l).ToArray()),
        rows.Weights is null ? null : tensor(rows.Weights, dtype: Type).unsqueeze(1));

    public Tensor Matrix(double[][] rows)
        => tensor(rows.SelectMany(r => r).ToArray(), dtype: Type).view(rows.Length, rows[0].Length);

    public ForwardPass Forward(double dropout = 0)
    {
        using var random = new RandomSource(1, CPU);
        return ForwardPass.Run(Network, Batch, dropout, random);
    }

    /// <summary>The noise that feedback learning draws for a batch, from a random source with the same seed.</summary>
    public double[][][] DrawNoise(RandomSource random, double deviation, int rows)
        => [.. Network.Feedback.Select(m => Doubles(random.NormalLike(zeros(rows, m.Shape.To == 0 ? Inputs : Network.Shape.Units(m.Shape.To), dtype: Type), deviation)))];

    /// <summary>The rows of a matrix.</summary>
    public static double[][] Doubles(Tensor matrix)
    {
        double[] values = Flat(matrix);
        int columns = (int)matrix.shape[1];
        return [.. values.Chunk(columns)];
    }

    public static double[] Flat(Tensor tensor)
    {
        using Tensor copy = tensor.to(ScalarType.Float64).contiguous().clone();
        return copy.data<double>().ToArray();
    }

    /// <summary>Asserts that every value of every map agrees, relative to the largest value of the map.</summary>
    public static void Agree(IReadOnlyList<ReferenceUpdate> expected, ParameterBuffer actual, double tolerance)
    {
        Assert.Equal(expected.Count, actual.Maps.Count);
        for (int i = 0; i < expected.Count; i++)
        {
            Agree(expected[i].Weight.SelectMany(row => row).ToArray(), Flat(actual.Maps[i].Weight), tolerance, $"weights of map {i}");
            Agree(expected[i].Bias, Flat(actual.Maps[i].Bias), tolerance, $"biases of map {i}");
        }
    }

    public static void Agree(double[] expected, double[] actual, double tolerance, string what = "values")
    {
        Assert.Equal(expected.Length, actual.Length);
        double largest = expected.Max(Math.Abs), apart = expected.Zip(actual, (e, a) => Math.Abs(e - a)).Max();
        Assert.True(apart <= tolerance * largest, $"{what}: found a difference of {apart:G3}, expected at most {tolerance:G3} times the largest value {largest:G3}.");
    }

    public void Dispose()
    {
        Network.Dispose();
        _scope.Dispose();
    }

    public static double Normal(Random random)
        => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());

    private ReferenceMap ToReference(LayerMap map) => new(
        Doubles(map.Weight), Flat(map.Bias), map.Activation == Activation.Identity ? ReferenceUnit.Identity : ReferenceUnit.Of(Network.Shape.Activation));

    private void Set(Tensor values, Random random, double deviation)
    {
        using var scope = NewDisposeScope();
        double[] drawn = [.. Enumerable.Range(0, (int)values.numel()).Select(_ => deviation * Normal(random))];
        values.copy_(tensor(drawn, dtype: Type).view(values.shape));
    }

    /// <summary>Rounds a value to the precision of the library's tensors.</summary>
    private double Round(double value) => Type == ScalarType.Float32 ? (float)value : value;
}
