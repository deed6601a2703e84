using Microsoft.ML.Data;

namespace Microsoft.ML.TargetProp.Tests.Support;

/// <summary>A point of a bent surface with noise that grows along the first feature.</summary>
internal sealed class WavePoint
{
    public float Label { get; set; }

    [VectorType(2)]
    public float[] Features { get; set; } = [];

    public float Weight { get; set; } = 1;

    /// <summary>The mean of the label at this point.</summary>
    public float Mean { get; set; }

    /// <summary>The standard deviation of the label at this point, which is Gaussian.</summary>
    public float Deviation { get; set; }
}

internal sealed class WavePrediction
{
    public float Score { get; set; }
}

internal sealed class WaveQuantiles
{
    public float Score { get; set; }

    public float[] Quantiles { get; set; } = [];
}

/// <summary>Generated tables with a number as the label, whose distribution is known at every point.</summary>
internal static class Waves
{
    public static WavePoint[] Points(int rows = 300, int seed = 1, double noise = 1)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, rows).Select(_ =>
        {
            double x = 2 * random.NextDouble() - 1, z = 2 * random.NextDouble() - 1;
            (double mean, double deviation) = (300 + 80 * Math.Sin(3 * x) + 60 * z * z, noise * 8 * (1.5 + x));
            return new WavePoint
            {
                Label = (float)(mean + deviation * Tables.Gaussian(random)),
                Features = [(float)(100 + 30 * x), (float)(-5 + 0.1 * z)],
                Mean = (float)mean,
                Deviation = (float)deviation,
            };
        })];
    }

    public static IDataView View(MLContext ml, int rows = 300, int seed = 1, double noise = 1) => ml.Data.LoadFromEnumerable(Points(rows, seed, noise));

    /// <summary>Options for a small network that trains in a fraction of a second.</summary>
    public static TargetPropRegressionTrainer.Options Small(int epochs = 10, Action<TargetPropRegressionTrainer.Options>? change = null)
    {
        var options = new TargetPropRegressionTrainer.Options
        {
            HiddenUnits = [16, 16],
            MaxEpochs = epochs,
            Seed = 1,
            LearningRate = 0.003,
            Feedback = { LearningRate = 0.003 },
        };
        change?.Invoke(options);
        return options;
    }
}
