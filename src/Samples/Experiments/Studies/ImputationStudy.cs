using System.Globalization;
using Microsoft.ML.TargetProp.Generative;
using Microsoft.ML.TargetProp.Samples.Experiments.Data.Tables;
using Microsoft.ML.TargetProp.Samples.Experiments.Host;
using Microsoft.ML.TargetProp.Samples.Experiments.Measures;
using Microsoft.ML.TargetProp.Samples.Experiments.Reporting;

namespace Microsoft.ML.TargetProp.Samples.Experiments.Studies;

/// <summary>The error of several ways to impute entries that were removed from tables at random.</summary>
internal sealed class ImputationStudy : IStudy
{
    private const int MaxRows = 1_000;
    private const int QuickRows = 100;
    private const int QuickEpochs = 5;

    private static readonly string[] Ways = ["mean", "5-nn", "gaussian", "TargetProp"];

    private static readonly Table[] Tables = [GaussianTables.Small, WaveTables.Waveform, RuleTables.TicTacToe, GaussianTables.ManyClasses];

    public string Name => "imputation";

    public string Summary => "tables with 10, 30 and 50 % of their entries missing: normalised error of mean, 5-NN and Gaussian imputation, and of ours";

    public int DefaultSeeds => 3;

    public bool IsAboutMnist => false;

    public StudyPlan Plan(StudyRequest request)
    {
        Trial[] trials =
        [
            .. from table in Tables
               from percent in (int[])[10, 30, 50]
               from seed in request.SeedNumbers
               select new Trial(
                   Configuration(table, percent), seed,
                   new Dictionary<string, string> { ["library"] = CodeIdentity.Library, ["rows"] = (request.Quick ? QuickRows : MaxRows).ToString(CultureInfo.InvariantCulture) },
                   context => Measure(request, table, percent, context)),
        ];
        return new StudyPlan(trials, results => Report(request, results));
    }

    private static string Configuration(Table table, int percent) => string.Create(CultureInfo.InvariantCulture, $"{table.Name}, {percent} % missing");

    private static Measurements Measure(StudyRequest request, Table table, int percent, TrialContext context)
    {
        IReadOnlyList<float[]> features = table.Draw(new Random(context.Seed)).Train.Take(request.Quick ? QuickRows : MaxRows).Features;
        float[,] truth = Standardized(features), gaps = (float[,])truth.Clone();
        Random random = new(1_000 + context.Seed);
        for (int i = 0; i < gaps.Length; i++)
        {
            if (random.Next(100) < percent)
            {
                gaps[i / gaps.GetLength(1), i % gaps.GetLength(1)] = float.NaN;
            }
        }

        using RowCompleter completer = new(
            gaps, TargetPropVisibleUnits.Gaussian, imageWidth: 0, context.Seed, settings => request.Quick ? settings with { MaxEpochs = QuickEpochs } : settings,
            context.Report, context.CancellationToken);
        float[][,] filled =
        [
            Means(gaps), NearestRows.Fill(gaps, gaps, [5], among: true)[0], completer.Start(gaps), completer.Complete(gaps, new CompletionSettings()),
        ];
        Measurements measured = new();
        for (int i = 0; i < Ways.Length; i++)
        {
            measured.Add(Ways[i], Error(truth, gaps, filled[i]));
        }

        return measured;
    }

    private static float[,] Means(float[,] gaps)
    {
        float[] means = NearestRows.ColumnMeans(gaps);
        float[,] filled = (float[,])gaps.Clone();
        for (int r = 0; r < filled.GetLength(0); r++)
        {
            for (int c = 0; c < means.Length; c++)
            {
                filled[r, c] = float.IsNaN(filled[r, c]) ? means[c] : filled[r, c];
            }
        }

        return filled;
    }

    /// <summary>The rows with mean 0 and deviation 1 in every column, so that columns count alike.</summary>
    private static float[,] Standardized(IReadOnlyList<float[]> rows)
    {
        float[,] table = new float[rows.Count, rows[0].Length];
        for (int c = 0; c < rows[0].Length; c++)
        {
            double mean = rows.Average(r => (double)r[c]), deviation = Math.Sqrt(rows.Average(r => (r[c] - mean) * (r[c] - mean)));
            for (int r = 0; r < rows.Count; r++)
            {
                table[r, c] = (float)((rows[r][c] - mean) / deviation);
            }
        }

        return table;
    }

    private static double Error(float[,] truth, float[,] gaps, float[,] filled)
    {
        (double squares, int count) = (0, 0);
        for (int r = 0; r < truth.GetLength(0); r++)
        {
            for (int c = 0; c < truth.GetLength(1); c++)
            {
                if (float.IsNaN(gaps[r, c]))
                {
                    squares += Math.Pow(truth[r, c] - filled[r, c], 2);
                    count++;
                }
            }
        }

        return Math.Sqrt(squares / Math.Max(1, count));
    }

    private static Findings Report(StudyRequest request, IReadOnlyList<TrialResult> results)
    {
        MarkdownTable table = new(["table", .. Ways]);
        List<Figure> figures = [];
        foreach (IGrouping<string, TrialResult> group in results.GroupBy(r => r.Configuration))
        {
            table.Add([group.Key, .. Ways.Select(way => Spread.Of(group.Select(r => r.Figures[way])).AsNumber("0.000"))]);
            figures.Add(new Figure("nrmse-" + group.Key.Replace(", ", "-", StringComparison.Ordinal).Replace(" % missing", "", StringComparison.Ordinal), group.Average(r => r.Figures[Ways[^1]])));
        }

        return new Findings
        {
            Title = "Imputation of tables",
            Text = $"Entries are removed at random, and imputed by a model of the same rows with their gaps ({request.Seeds} draws of each table). The error is the root of the mean squared error "
                + "over these entries, in standard deviations of their columns, so the mean of a column has an error of 1. *gaussian* is the conditional mean of one Gaussian, fitted by maximum "
                + "likelihood, from which our completion starts.",
            Tables = [table],
            Figures = figures,
        };
    }
}
