using System.Diagnostics;
using System.Globalization;
using Microsoft.ML.Data;
using Microsoft.ML.TargetProp.Benchmarks.Harness;

namespace Microsoft.ML.TargetProp.Benchmarks.Work;

/// <summary>The work of a process in the measurement of tables: train on rows, and write the duration, the peak of memory and the error.</summary>
internal static class TableFit
{
    /// <summary>The first argument of the process. Table, trainer and number of rows follow.</summary>
    public const string Command = "fit-table";

    /// <summary>Makes the rows and trains nothing.</summary>
    public const string RowsAlone = "rows alone";

    /// <summary>Rows of the first Fit, which loads libraries and compiles code.</summary>
    private const int WarmUpRows = 300;

    private const int TestRows = 10_000;

    /// <summary>The trainers, ours first.</summary>
    public static IReadOnlyList<string> Trainers { get; } = ["TargetProp", "LightGbm", "FastTree", "Sdca"];

    public static int Run(string[] arguments)
    {
        (string table, string trainer, int rows) = (arguments[0], arguments[1], int.Parse(arguments[2], CultureInfo.InvariantCulture));
        MLContext mlContext = new(seed: 1);
        IDataView few = MixedTable.Create(mlContext, table, WarmUpRows, seed: 1), train = MixedTable.Create(mlContext, table, rows, seed: 1);
        using Process self = Process.GetCurrentProcess();
        if (trainer == RowsAlone)
        {
            Console.WriteLine(new Result(0, 0, self.PeakWorkingSet64, 0));
            return 0;
        }

        double first = Clock.Time(() => Create(mlContext, table, trainer).Fit(few));
        ITransformer model = null!;
        double seconds = Clock.Time(() => model = Create(mlContext, table, trainer).Fit(train));
        self.Refresh();
        long peak = self.PeakWorkingSet64;
        IDataView scored = model.Transform(MixedTable.Create(mlContext, table, TestRows, seed: 2));
        Console.WriteLine(new Result(first, seconds, peak, Error(mlContext, table, scored)));
        return 0;
    }

    private static double Error(MLContext mlContext, string table, IDataView scored) => table == MixedTable.Census
        ? 1 - mlContext.BinaryClassification.EvaluateNonCalibrated(scored, nameof(MixedTable.Row.IsTrue)).Accuracy
        : mlContext.Regression.Evaluate(scored, nameof(MixedTable.Row.Value)).RootMeanSquaredError;

    private static IEstimator<ITransformer> Create(MLContext mlContext, string table, string trainer)
    {
        BinaryClassificationCatalog.BinaryClassificationTrainers binary = mlContext.BinaryClassification.Trainers;
        RegressionCatalog.RegressionTrainers regression = mlContext.Regression.Trainers;
        const string Class = nameof(MixedTable.Row.IsTrue), Number = nameof(MixedTable.Row.Value);
        return (table, trainer) switch
        {
            (MixedTable.Census, "TargetProp") => binary.TargetPropClassifier(Class),
            (MixedTable.Census, "LightGbm") => binary.LightGbm(Class),
            (MixedTable.Census, "FastTree") => binary.FastTree(Class),
            (MixedTable.Census, "Sdca") => Normalized(mlContext, binary.SdcaLogisticRegression(Class)),
            (MixedTable.Air, "TargetProp") => regression.TargetPropRegression(Number),
            (MixedTable.Air, "LightGbm") => regression.LightGbm(Number),
            (MixedTable.Air, "FastTree") => regression.FastTree(Number),
            (MixedTable.Air, "Sdca") => Normalized(mlContext, regression.Sdca(Number)),
            _ => throw new ArgumentException($"Found the table '{table}' and the trainer '{trainer}', expected one of {string.Join(", ", Trainers)}.", nameof(trainer)),
        };
    }

    private static EstimatorChain<ITransformer> Normalized(MLContext mlContext, IEstimator<ITransformer> trainer) =>
        new EstimatorChain<ITransformer>().Append(mlContext.Transforms.NormalizeMeanVariance("Features", fixZero: false)).Append(trainer);

    /// <summary>The measurements of a process.</summary>
    /// <param name="FirstSeconds">Duration of the first Fit of the process, on 300 rows.</param>
    /// <param name="Seconds">Duration of the second Fit, on all rows.</param>
    /// <param name="PeakBytes">The most memory that the process had by then.</param>
    /// <param name="Error">Part of wrong classes, or root of the mean squared error, on other rows.</param>
    public sealed record Result(double FirstSeconds, double Seconds, double PeakBytes, double Error)
    {
        /// <summary>Parses the output of <see cref="ToString"/>.</summary>
        public static Result Parse(string text)
        {
            double[] numbers = [.. text.Split(' ').Select(n => double.Parse(n, CultureInfo.InvariantCulture))];
            return new Result(numbers[0], numbers[1], numbers[2], numbers[3]);
        }

        public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{FirstSeconds} {Seconds} {PeakBytes} {Error}");
    }
}
