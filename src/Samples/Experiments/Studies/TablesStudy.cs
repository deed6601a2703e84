using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using Microsoft.ML.Data;
using Microsoft.ML.TargetProp.Samples.Experiments.Data.Tables;
using Microsoft.ML.TargetProp.Samples.Experiments.Host;
using Microsoft.ML.TargetProp.Samples.Experiments.Measures;

namespace Microsoft.ML.TargetProp.Samples.Experiments.Studies;

/// <summary>The untouched default on generated tables, compared with trainers of ML.NET.</summary>
internal sealed class TablesStudy : IStudy
{
    /// <summary>Added to the seeds of draws for choices, so that the reported draws are others.</summary>
    private const int ValidationSeeds = 1_000_000;

    private const int QuickTrain = 300;
    private const int QuickTest = 500;

    /// <summary>Name of the untouched default.</summary>
    public const string Default = "TargetProp";

    /// <summary>Name of a trial: the table and the trainer.</summary>
    public static string Configuration(Table table, Contender contender) => $"{table.Name}, {contender.Name}";

    public string Name => "tables";

    public string Summary => "the untouched default on generated tables (small, wide, unscaled, imbalanced, ...) beside SdcaMaximumEntropy and LightGbm";

    public int DefaultSeeds => 3;

    public bool IsAboutMnist => false;

    public StudyPlan Plan(StudyRequest request)
    {
        Contender[] contenders =
        [
            Contender.TargetProp(Default, () => WithSettings(request.Settings)), Contender.Sdca(normalized: true), Contender.LightGbm,
        ];
        Trial[] trials = [.. Table.All.SelectMany(table => Trials(request, table, contenders))];
        return new StudyPlan(trials, results => TablesReport.Create(request, contenders, results));
    }

    private static IEnumerable<Trial> Trials(StudyRequest request, Table table, Contender[] contenders)
    {
        string digest = Digest(Split(request, table, seed: 1));
        return from seed in request.SeedNumbers
               from contender in contenders
               let options = new Dictionary<string, string>(contender.Options) { ["data"] = $"{table.Name} {digest}" }
               select new Trial(
                   Configuration(table, contender), seed, options, context => Measure(Split(request, table, seed), contender, context));
    }

    private static TableSplit Split(StudyRequest request, Table table, int seed)
    {
        TableSplit split = table.Draw(new Random(request.Validate ? seed + ValidationSeeds : seed));
        return request.Quick ? new TableSplit(split.Train.Take(QuickTrain), split.Test.Take(QuickTest)) : split;
    }

    private static Measurements Measure(TableSplit split, Contender contender, TrialContext context)
    {
        context.CancellationToken.ThrowIfCancellationRequested();
        MLContext mlContext = new(context.Seed);
        long start = Stopwatch.GetTimestamp();
        TransformerChain<ITransformer> model = mlContext.Transforms.Conversion.MapValueToKey("Label")
            .Append(contender.Create(mlContext, context.OnEpoch))
            .Fit(split.Train.ToDataView(mlContext));
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        ClassifierScore score = ClassifierScore.Of(model.Transform(split.Test.ToDataView(mlContext)));
        return new Measurements()
            .Add(TablesReport.Error, score.Error)
            .Add(TablesReport.LogLoss, score.LogLoss)
            .Add(TablesReport.BalancedError, score.BalancedError)
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
