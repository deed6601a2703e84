using Microsoft.ML.Data;

namespace Microsoft.ML.TargetProp.Tests.Support;

/// <summary>A row of four measures. Any two of them determine the others.</summary>
internal sealed class Measured
{
    public string Name { get; set; } = "";

    [VectorType(4)]
    public float[] Measures { get; set; } = [];

    /// <summary>The measures without gaps.</summary>
    [VectorType(4)]
    public float[] Truth { get; set; } = [];

    public float Weight { get; set; } = 1;
}

/// <summary>The output of an inpainter.</summary>
internal sealed class Filled
{
    public string Name { get; set; } = "";

    [VectorType(4)]
    public float[] Completed { get; set; } = [];

    [VectorType(4)]
    public float[] Uncertainty { get; set; } = [];

    public float Objective { get; set; }

    [VectorType(3)]
    public float[] Code { get; set; } = [];
}

/// <summary>Tables with gaps, and small inpainters for them.</summary>
internal static class Gaps
{
    /// <summary>Rows of (a, b, a + b, 10 + a − b). Each entry is missing with probability <paramref name="missing"/>.</summary>
    public static Measured[] Rows(int count = 200, int seed = 1, double missing = 0.15)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(i =>
        {
            float a = (float)Tables.Gaussian(random), b = (float)Tables.Gaussian(random);
            float[] truth = [a, b, a + b, 10 + a - b];
            return new Measured { Name = $"row {i}", Truth = truth, Measures = [.. truth.Select(v => random.NextDouble() < missing ? float.NaN : v)] };
        })];
    }

    public static IDataView View(MLContext ml, int count = 200, int seed = 1, double missing = 0.15) => ml.Data.LoadFromEnumerable(Rows(count, seed, missing));

    /// <summary>Options for an inpainter that trains in a fraction of a second.</summary>
    public static TargetPropInpaintingEstimator.Options Small(int epochs = 30, Action<TargetPropInpaintingEstimator.Options>? change = null)
    {
        var options = new TargetPropInpaintingEstimator.Options
        {
            InputColumnName = "Measures",
            OutputColumnName = "Completed",
            HiddenUnits = [12, 3],
            MaxEpochs = epochs,
            BatchSize = 20,
            LearningRate = 0.01,
            Inference = { Iterations = 4 },
            Completion = { MaxEpochs = 5 },
            Seed = 1,
        };
        change?.Invoke(options);
        return options;
    }

    public static TargetPropInpaintingEstimator Estimator(MLContext ml, int epochs = 30, Action<TargetPropInpaintingEstimator.Options>? change = null) =>
        ml.Transforms.TargetPropInpainting(Small(epochs, change));

    public static TargetPropInpaintingTransformer Train(MLContext ml, int epochs = 30, Action<TargetPropInpaintingEstimator.Options>? change = null) =>
        Estimator(ml, epochs, change).Fit(View(ml));

    /// <summary>Turns on all optional output columns.</summary>
    public static void AllColumns(TargetPropInpaintingEstimator.Options options)
    {
        options.UncertaintyColumnName = "Uncertainty";
        options.ObjectiveColumnName = "Objective";
        options.CodeColumnName = "Code";
    }

    public static Filled[] Read(MLContext ml, IDataView view) => [.. ml.Data.CreateEnumerable<Filled>(view, reuseRowObject: false, ignoreMissingColumns: true)];
}

/// <summary>An inpainter with all output columns. It is trained once for all tests of a class, which must not change it.</summary>
public sealed class GapModel
{
    public GapModel()
    {
        Table = Gaps.View(Context, 1000, seed: 2);
        Transformer = Gaps.Train(Context, 30, Gaps.AllColumns);
    }

    public MLContext Context { get; } = new(seed: 1);

    /// <summary>1,000 rows that are not in the training data.</summary>
    public IDataView Table { get; }

    public TargetPropInpaintingTransformer Transformer { get; }
}
