using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Microsoft.ML.TargetProp.Core;
using Microsoft.ML.TargetProp.Samples.Experiments.Data.Tables;
using Microsoft.ML.TargetProp.Samples.Experiments.Host;
using Microsoft.ML.TargetProp.Samples.Experiments.Reporting;

namespace Microsoft.ML.TargetProp.Samples.Experiments.Studies;

/// <summary>The untouched regression default on public and generated tables, compared with trainers of ML.NET and with ridge regression.</summary>
internal sealed class RegressionStudy : IStudy
{
    private const int QuickTrain = 300;
    private const int QuickTest = 500;
    private const string Default = "TargetProp";
    private const string Seconds = "seconds";
    private const string LabelDeviation = "label-deviation";

    /// <summary>Root of the mean squared error, in the units of the label.</summary>
    private static readonly ScoredFigure Rmse = new("rmse", IsFraction: false);

    private static readonly ValueContender[] Linear = [ValueContender.Sdca, ValueContender.Ridge];

    public string Name => "regression";

    public string Summary => "the untouched regression default on public and generated tables beside LightGbm, FastTree, Sdca and ridge regression";

    public int DefaultSeeds => 10;

    public bool IsAboutMnist => false;

    public StudyPlan Plan(StudyRequest request)
    {
        SharedTables shared = SharedTables.Find(request.Data);
        IReadOnlyList<ValueTable> real = shared.Regression;
        ValueContender[] contenders = [ValueContender.TargetProp(Default, () => WithSettings(request.Settings)), ValueContender.LightGbm, ValueContender.FastTree, .. Linear];
        Trial[] trials = [.. real.Concat(ValueTables.All).SelectMany(table => Trials(request, table, contenders))];
        return new StudyPlan(trials, results => Report(request, shared.MissingForRegression, real, contenders, results), shared.MissingForRegression);
    }

    private static IEnumerable<Trial> Trials(StudyRequest request, ValueTable table, ValueContender[] contenders)
    {
        ValueSplit first = Split(request, table, seed: 1);
        string digest = Digest(first);
        int rows = first.Train.Labels.Count + (table.IsShared ? first.Test.Labels.Count : 0);
        return from seed in Enumerable.Range(1, TablesStudy.Splits(request.Seeds, rows))
               from contender in contenders
               let options = new Dictionary<string, string>(contender.Options)
               {
                   ["data"] = $"{table.Name} {digest}",
                   ["processors"] = Environment.ProcessorCount.ToString(CultureInfo.InvariantCulture),
               }
               select new Trial(Scoreboard.Configuration(table.Name, contender.Name), seed, options, context => Measure(Split(request, table, seed), contender, context));
    }

    private static ValueSplit Split(StudyRequest request, ValueTable table, int seed)
    {
        ValueSplit split = table.Draw(new Random(request.Validate && !table.IsShared ? seed + TablesStudy.ValidationSeeds : seed));
        split = request.Validate && table.IsShared ? split.Train.Split(new Random(seed + TablesStudy.ValidationSeeds)) : split;
        return request.Quick ? new ValueSplit(split.Train.Take(QuickTrain), split.Test.Take(QuickTest)) : split;
    }

    private static Measurements Measure(ValueSplit split, ValueContender contender, TrialContext context)
    {
        context.CancellationToken.ThrowIfCancellationRequested();
        ValuePrediction prediction;
        try
        {
            prediction = contender.Predict(split, context);
        }
        catch (InvalidOperationException e) when (e.InnerException is TrainingDivergedException)
        {
            // The worst of all outcomes, and no reason to stop a study of hours.
            prediction = new ValuePrediction([.. split.Test.Labels.Select(_ => float.NaN)], double.NaN);
        }

        double error = Math.Sqrt(split.Test.Labels.Zip(prediction.Labels, (label, predicted) => Math.Pow((double)label - predicted, 2)).Average());
        return new Measurements()
            .Add(Rmse.Name, double.IsFinite(error) ? error : double.PositiveInfinity)
            .Add(LabelDeviation, Spread.Of(split.Test.Labels.Select(l => (double)l)).Deviation)
            .Add(Seconds, prediction.Seconds);
    }

    private static Findings Report(
        StudyRequest request, string? missing, IReadOnlyList<ValueTable> real, ValueContender[] contenders, IReadOnlyList<TrialResult> results)
    {
        IReadOnlyList<TableGroup> groups = TablesReport.Groups(("public", real.Select(t => t.Name)), ("generated", ValueTables.All.Select(t => t.Name)));
        Scoreboard board = new([.. contenders.Select(c => c.Name)], [.. Linear.Select(l => l.Name)], groups, results);
        string rival = contenders[1].Name;
        return new Findings
        {
            Title = "The untouched regression default on tables",
            Text = $"""
                {TablesReport.Method(request)}

                `rmse` is the root of the mean squared error over the rows measured on, in the units of the label, ∞ where a training diverged. All trainers have their defaults.
                {Default} and {rival} get the columns as they are, with NaN in the gaps of columns of numbers. For the others such a gap is the mean of its
                column. Sdca comes after NormalizeMeanVariance. ridge is linear regression in closed form on columns of mean 0 and deviation 1, its penalty chosen
                by generalised cross-validation.{(request.Quick ? " A quick run on 300 training rows: its figures say nothing about accuracy." : "")}{(missing is null ? "" : "\n\n" + missing)}
                """,
            Tables =
            [
                board.Counts(Rmse), board.Ranks(Rmse), TablesReport.Descriptions(real.Concat(ValueTables.All).Select(t => (t.Name, t.Description))), board.Values(Rmse),
                board.Differences(Rmse), board.Means("Fit, s", Seconds, "0.00"),
            ],
            Summary = board.Summary(real.Select(t => (t.Name, t.FileRows)), Rmse, Seconds, ValueContender.FastTree.Name),
            Plots =
            [
                board.Relative(
                    Rmse, "rmse",
                    $"Root mean squared error of {Default}Regression with defaults, of FastTree and of the best linear trainer, over that of {rival}: left of the line is better. Means over held-out splits of each table. Command: Experiments -- regression.",
                    table => 0.001 * board.Over(table, Default, LabelDeviation).Mean),
            ],
            Figures = [.. Figures(board, groups, rival)],
        };
    }

    private static IEnumerable<Figure> Figures(Scoreboard board, IReadOnlyList<TableGroup> groups, string rival)
    {
        foreach (TableGroup group in groups)
        {
            foreach ((string other, string name) in new[] { (rival, "lightgbm"), (Scoreboard.BestLinear, "linear") })
            {
                yield return new Figure($"{group.Name}-{Rmse.Name}-held-against-{name}", board.Held(group, other, Rmse.Name));
                yield return new Figure($"{group.Name}-{Rmse.Name}-below-{name}", board.Below(group, other, Rmse.Name));
            }
        }

        foreach (string table in groups.SelectMany(g => g.Tables))
        {
            yield return new Figure($"{Rmse.Name}-{table}", board.Over(table, Default, Rmse.Name).Mean);
        }
    }

    private static TargetPropRegressionTrainer.Options WithSettings(IReadOnlyList<OptionSetting> settings)
    {
        TargetPropRegressionTrainer.Options options = new();
        foreach (OptionSetting setting in settings)
        {
            setting.ApplyTo(options);
        }

        return options;
    }

    private static string Digest(ValueSplit split)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (ValueRows rows in new[] { split.Train, split.Test })
        {
            hash.AppendData(MemoryMarshal.AsBytes<float>(rows.Labels.ToArray()));
            foreach (float[] row in rows.Features)
            {
                hash.AppendData(MemoryMarshal.AsBytes<float>(row));
            }
        }

        return Convert.ToHexString(hash.GetHashAndReset().AsSpan(0, 4));
    }
}
