using Microsoft.ML.Data;

namespace Microsoft.ML.TargetProp.Tests.Support;

/// <summary>A flower: four measures, of which the two of the petal tell the three kinds apart.</summary>
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

    /// <summary>This flower with another length of its petals.</summary>
    public Flower With(float petalLength)
    {
        var other = (Flower)MemberwiseClone();
        other.PetalLength = petalLength;
        other.Features = [Features[0], Features[1], petalLength, Features[3]];
        return other;
    }
}

/// <summary>What is predicted for a flower, with the class as text.</summary>
internal sealed class FlowerPrediction
{
    public string Name { get; set; } = "";

    public string PredictedLabel { get; set; } = "";

    public float[] Score { get; set; } = [];
}

/// <summary>What is predicted for a flower, with the class as a key.</summary>
internal sealed class FlowerKeyPrediction
{
    public uint PredictedLabel { get; set; }

    public float[] Score { get; set; } = [];
}

/// <summary>A point of one of two half moons that reach into each other: no straight line parts them.</summary>
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

/// <summary>Small tables, made by code: the same in every run and on every machine.</summary>
internal static class Tables
{
    public static readonly string[] Kinds = ["setosa", "versicolor", "virginica"];

    private static readonly float[,] Means = { { 5.0f, 3.4f, 1.5f, 0.2f }, { 5.9f, 2.8f, 4.3f, 1.3f }, { 6.6f, 3.0f, 5.6f, 2.0f } };
    private static readonly float[] Deviations = [0.4f, 0.3f, 0.3f, 0.15f];

    /// <summary>150 rows, 4 features on scales of their own, 3 kinds.</summary>
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
                // Far from the origin and stretched, as real columns are.
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
