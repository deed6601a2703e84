using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using Microsoft.ML.Data;
using Microsoft.ML.TargetProp.Samples.Experiments.Data.Tables;
using Microsoft.ML.TargetProp.Samples.Experiments.Host;
using Microsoft.ML.TargetProp.Samples.Experiments.Measures;
using Microsoft.ML.Transforms;

namespace Microsoft.ML.TargetProp.Samples.Experiments.Studies;

/// <summary>The untouched default on public and generated tables, compared with trainers of ML.NET.</summary>
internal sealed class TablesStudy : IStudy
{
    /// <summary>Added to the seeds of draws for choices, so that the reported draws are others.</summary>
    internal const int ValidationSeeds = 1_000_000;

    /// <summary>Tables of this many rows and more get half of the splits.</summary>
    private const int ManyRows = 1_000;

    private const int QuickTrain = 300;
    private const int QuickTest = 500;

    /// <summary>The most classes with which trainers that learn a model for each class are run.</summary>
    public const int MostModels = 30;

    /// <summary>The most columns with which they are run.</summary>
    public const int MostColumnsOfModels = 500;

    /// <summary>Name of the untouched default.</summary>
    public const string Default = "TargetProp";

    /// <summary>The linear trainers.</summary>
    private static readonly Contender[] Linear = [Contender.Sdca(normalized: true), Contender.Lbfgs(normalized: true)];

    public string Name => "tables";

    public string Summary => "the untouched default on public and generated tables beside LightGbm, FastTree, FastForest and linear trainers";

    public int DefaultSeeds => 10;

    public bool IsAboutMnist => false;

    public StudyPlan Plan(StudyRequest request)
    {
        SharedTables shared = SharedTables.Find(request.Data);
        IReadOnlyList<Table> real = shared.Classification, rare = shared.Rare;
        Contender[] contenders =
        [
            Contender.TargetProp(Default, () => WithSettings(request.Settings)), Contender.LightGbm, Contender.FastTree, Contender.FastForest, .. Linear,
        ];
        Trial[] trials = [.. real.Concat(rare).Concat(Table.All).SelectMany(table => Trials(request, table, contenders))];
        return new StudyPlan(
            trials,
            results => new TablesReport(request, shared.MissingForClassification, real, Table.All, [.. rare, GaussianTables.Imbalanced], contenders, [.. Linear.Select(l => l.Name)], results).Create(),
            shared.MissingForClassification);
    }

    private static IEnumerable<Trial> Trials(StudyRequest request, Table table, Contender[] contenders)
    {
        TableSplit first = Split(request, table, seed: 1);
        string digest = Digest(first);
        int rows = first.Train.Labels.Count + (table.IsShared ? first.Test.Labels.Count : 0);
        return from seed in Enumerable.Range(1, Splits(request.Seeds, rows))
               from contender in contenders
               where !contender.LearnsAModelForEachClass || (first.Train.Classes <= MostModels && first.Train.Columns <= MostColumnsOfModels)
               let options = new Dictionary<string, string>(contender.Options)
               {
                   ["data"] = $"{table.Name} {digest}",
                   ["processors"] = Environment.ProcessorCount.ToString(CultureInfo.InvariantCulture),
               }
               select new Trial(
                   Scoreboard.Configuration(table.Name, contender.Name), seed, options, context => Measure(Split(request, table, seed), contender, context));
    }

    /// <summary>The number of splits of a table.</summary>
    /// <param name="seeds">The number that was asked for, which small tables get.</param>
    /// <param name="rows">Rows of the table; of a generated one, those to learn from.</param>
    internal static int Splits(int seeds, int rows) => rows < ManyRows ? seeds : (seeds + 1) / 2;

    /// <summary>
    /// Rows to learn from and to measure on. Choices are made on rows that no report measures on: on other draws of a generated table, and on a split of
    /// the training rows of a public one.
    /// </summary>
    private static TableSplit Split(StudyRequest request, Table table, int seed)
    {
        TableSplit split = table.Draw(new Random(request.Validate && !table.IsShared ? seed + ValidationSeeds : seed));
        split = request.Validate && table.IsShared ? split.Train.Split(new Random(seed + ValidationSeeds)) : split;
        return request.Quick ? new TableSplit(split.Train.Take(QuickTrain), split.Test.Take(QuickTest)) : split;
    }

    private static Measurements Measure(TableSplit split, Contender contender, TrialContext context)
    {
        context.CancellationToken.ThrowIfCancellationRequested();
        MLContext mlContext = new(context.Seed);
        EstimatorChain<ITransformer> begun = new EstimatorChain<ITransformer>().Append((IEstimator<ITransformer>)mlContext.Transforms.Conversion.MapValueToKey("Label"));
        if (split.Train.HasGaps && !contender.TakesGaps)
        {
            begun = begun.Append((IEstimator<ITransformer>)mlContext.Transforms.ReplaceMissingValues("Features", replacementMode: MissingValueReplacingEstimator.ReplacementMode.Mean));
        }

        IDataView train = split.Train.ToDataView(mlContext);
        long start = Stopwatch.GetTimestamp();
        TransformerChain<ITransformer> model = begun.Append(contender.Create(mlContext, context.OnEpoch)).Fit(train);
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        ClassifierScore score = ClassifierScore.Of(model.Transform(split.Test.ToDataView(mlContext)));
        return new Measurements()
            .Add(TablesReport.Error.Name, score.Error)
            .Add(TablesReport.LogLoss.Name, score.LogLoss)
            .Add(TablesReport.BalancedError, score.BalancedError)
            .Add(TablesReport.AveragePrecision, score.AveragePrecision)
            .Add(TablesReport.TestRows, split.Test.Labels.Count)
            .Add(TablesReport.Seconds, seconds);
    }

    private static TargetPropMulticlassTrainer.Options WithSettings(IReadOnlyList<OptionSetting> settings)
    {
        TargetPropMulticlassTrainer.Options options = new();
        foreach (OptionSetting setting in settings)
        {
            setting.ApplyTo(options);
        }

        return options;
    }

    private static string Digest(TableSplit split)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (TableRows rows in new[] { split.Train, split.Test })
        {
            hash.AppendData(System.Text.Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{rows.Labels.Count} {string.Join(' ', rows.Labels)}")));
            foreach (float[] row in rows.Features)
            {
                hash.AppendData(System.Runtime.InteropServices.MemoryMarshal.AsBytes<float>(row));
            }
        }

        return Convert.ToHexString(hash.GetHashAndReset().AsSpan(0, 4));
    }
}
