using Microsoft.ML.Data;

namespace Microsoft.ML.TargetProp.Tests.Support;

/// <summary>A flower with four measures. Length and width of the petal separate the three kinds.</summary>
internal sealed class Flower
{
    public string Name { get; set; } = "";

    public string Label { get; set; } = "";

    public int Kind { get; set; }

    public float SepalLength { get; set; }

    public float SepalWidth { get; set; }

    public float PetalLength { get; set; }

    public float PetalWidth { get; set; }

    [VectorType(4)]
    public float[] Features { get; set; } = [];

    public float Weight { get; set; } = 1;

    /// <summary>A copy with another petal length.</summary>
    public Flower With(float petalLength)
    {
        var other = (Flower)MemberwiseClone();
        other.PetalLength = petalLength;
        other.Features = [Features[0], Features[1], petalLength, Features[3]];
        return other;
    }
}

/// <summary>The prediction for a flower, with a text class.</summary>
internal sealed class FlowerPrediction
{
    public string Name { get; set; } = "";

    public string PredictedLabel { get; set; } = "";

    public float[] Score { get; set; } = [];
}

/// <summary>The prediction for a flower, with a key class.</summary>
internal sealed class FlowerKeyPrediction
{
    public uint PredictedLabel { get; set; }

    public float[] Score { get; set; } = [];
}

/// <summary>A point of one of two interleaved half moons, which no straight line separates.</summary>
internal sealed class MoonPoint
{
    public bool Label { get; set; }

    [VectorType(2)]
    public float[] Features { get; set; } = [];

    public float Weight { get; set; } = 1;
}

internal sealed class MoonPrediction
{
    public bool PredictedLabel { get; set; }

    public float Probability { get; set; }

    public float Score { get; set; }
}

/// <summary>Small generated tables. They are the same in every run and on every machine.</summary>
internal static class Tables
{
    public static readonly string[] Kinds = ["setosa", "versicolor", "virginica"];

    private static readonly float[,] Means = { { 5.0f, 3.4f, 1.5f, 0.2f }, { 5.9f, 2.8f, 4.3f, 1.3f }, { 6.6f, 3.0f, 5.6f, 2.0f } };
    private static readonly float[] Deviations = [0.4f, 0.3f, 0.3f, 0.15f];

    /// <summary>Flowers of 3 kinds with 4 features of different scales.</summary>
    public static Flower[] Flowers(int rows = 150, int seed = 1)
    {
        var random = new Random(seed);
        var flowers = new Flower[rows];
        for (int i = 0; i < rows; i++)
        {
            int kind = i % 3;
            var measures = new float[4];
            for (int j = 0; j < measures.Length; j++)
                measures[j] = Means[kind, j] + Deviations[j] * (float)Gaussian(random);
            flowers[i] = new()
            {
                Name = $"flower {i}",
                Label = Kinds[kind],
                Kind = 10 * (kind + 1),
                SepalLength = measures[0],
                SepalWidth = measures[1],
                PetalLength = measures[2],
                PetalWidth = measures[3],
                Features = measures,
            };
        }
        return flowers;
    }

    public static MoonPoint[] Moons(int rows = 200, int seed = 1)
    {
        var random = new Random(seed);
        var points = new MoonPoint[rows];
        for (int i = 0; i < rows; i++)
        {
            bool upper = i % 2 == 0;
            double angle = Math.PI * random.NextDouble();
            double x = upper ? Math.Cos(angle) : 1 - Math.Cos(angle);
            double y = upper ? Math.Sin(angle) : 0.5 - Math.Sin(angle);
            points[i] = new()
            {
                Label = upper,
                // Like columns of real data, the features are far from the origin and have different scales.
                Features = [(float)(100 + 30 * (x + 0.1 * Gaussian(random))), (float)(-5 + 0.1 * (y + 0.1 * Gaussian(random)))],
            };
        }
        return points;
    }

    public static double Gaussian(Random random)
    {
        double radius = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble()));
        return radius * Math.Cos(2 * Math.PI * random.NextDouble());
    }
}
