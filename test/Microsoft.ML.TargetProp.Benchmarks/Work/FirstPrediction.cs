using System.Globalization;
using Microsoft.ML.TargetProp.Benchmarks.Harness;
using Microsoft.ML.TargetProp.Samples;

namespace Microsoft.ML.TargetProp.Benchmarks.Work;

/// <summary>The work of a process in the start-up measurement: load a model, make one prediction, and write the times.</summary>
internal static class FirstPrediction
{
    /// <summary>The first argument of the process. The second, optional argument is a model file.</summary>
    public const string Command = "first-prediction";

    public static int Run(string[] models)
    {
        Parts parts = new(0, 0, 0, 0);
        foreach (string path in models)
        {
            parts = Predict(path);
        }

        Console.WriteLine(parts);
        return 0;
    }

    private static Parts Predict(string path)
    {
        MLContext mlContext = null!;
        ITransformer model = null!;
        PredictionEngine<DigitRow, DigitPrediction> engine = null!;
        Parts parts = new(
            Clock.Time(() => mlContext = new MLContext()),
            Clock.Time(() => model = mlContext.Model.Load(path, out _)),
            Clock.Time(() => engine = mlContext.Model.CreatePredictionEngine<DigitRow, DigitPrediction>(model)),
            Clock.Time(() => engine.Predict(new DigitRow { Features = new float[DigitSet.PixelCount] })));
        engine.Dispose();
        return parts;
    }

    /// <summary>The duration of each step in seconds.</summary>
    public sealed record Parts(double Context, double Load, double Engine, double Predict)
    {
        /// <summary>Parses the output of <see cref="ToString"/>.</summary>
        public static Parts Parse(string text)
        {
            double[] numbers = [.. text.Split(' ').Select(n => double.Parse(n, CultureInfo.InvariantCulture))];
            return new Parts(numbers[0], numbers[1], numbers[2], numbers[3]);
        }

        public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Context} {Load} {Engine} {Predict}");
    }
}
