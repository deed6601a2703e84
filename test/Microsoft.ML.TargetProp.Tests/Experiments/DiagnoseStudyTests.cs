using Microsoft.ML.TargetProp.Samples.Experiments.Host;
using Microsoft.ML.TargetProp.Samples.Experiments.Reporting;
using Microsoft.ML.TargetProp.Samples.Experiments.Studies;
using Microsoft.ML.TargetProp.Tests.Support;

namespace Microsoft.ML.TargetProp.Tests.Experiments;

/// <summary>The study of diagnostics on networks that train in a moment: its results, read back, and its report.</summary>
public class DiagnoseStudyTests
{
    [Fact]
    public void Diagnostics_come_back_as_means_over_seeds_and_only_where_they_apply()
    {
        TrialResult[] results = [Result("some", seed: 1), Result("some", seed: 2), Result("others", seed: 3)];

        (int Layer, double[] Values)[] lines = [.. DiagnosedEpochs.Read(results, "some", "eigenvalue")];

        // Feedback maps lead from the third hidden layer and from the second; there is none from the first.
        Assert.Equal([2, 3], lines.Select(l => l.Layer));
        Assert.All(lines, l => Assert.Equal(2, l.Values.Length));
        Assert.Equal((results[0].Series["eigenvalue-2"][1] + results[1].Series["eigenvalue-2"][1]) / 2, lines[0].Values[1], 12);
        Assert.Equal([1, 2, 3, 4], DiagnosedEpochs.Read(results, "some", "update-angle").Select(l => l.Layer));
        // The output has no target of its own.
        Assert.Equal([1, 2, 3], DiagnosedEpochs.Read(results, "some", "layer-loss").Select(l => l.Layer));
    }

    [Fact]
    public void The_report_has_a_row_for_each_configuration_and_a_picture_of_each_in_every_row()
    {
        TrialResult[] results = [.. DiagnoseStudy.Configurations.Select((c, i) => Result(c.Name, i + 1))];

        IReadOnlyList<PictureRow> pictures = DiagnoseReport.Pictures(results);

        Assert.Equal(DiagnoseStudy.Configurations.Select(c => c.Name), DiagnoseReport.Table(results).Rows.Select(r => r[0]));
        Assert.All(pictures, p => Assert.Equal(DiagnoseStudy.Configurations.Count, p.Plots.Count));
        Assert.All(pictures, p => Assert.EndsWith(".", p.Meaning));
        Assert.Equal(pictures.Sum(p => p.Plots.Count), pictures.SelectMany(p => p.Plots).Select(p => p.Name).Distinct().Count());
        Assert.All(DiagnoseReport.Figures(results), f => Assert.True(double.IsFinite(f.Value)));
    }

    [Fact]
    public void A_loss_that_may_be_negative_is_left_out_of_a_logarithmic_picture()
    {
        TrialResult[] results = [.. DiagnoseStudy.Configurations.Select((c, i) => Result(c.Name, i + 1))];
        string negative = DiagnoseStudy.Configurations[1].Name;
        results[1] = results[1] with { Series = results[1].Series.ToDictionary(s => s.Key, s => s.Key == "reconstruction-2" ? [-1.0, 1.0] : s.Value) };

        NamedPlot[] plots = [.. new LayerLines("reconstruction", "loss") { Logarithmic = true }.Draw(results)];

        Assert.Equal(DiagnoseStudy.Configurations.Count - 1, plots.Length);
        Assert.DoesNotContain(plots, p => p.Caption.EndsWith(negative, StringComparison.Ordinal));
    }

    private static TrialResult Result(string configuration, int seed)
    {
        MLContext ml = new(seed);
        List<TargetPropEpochMetrics> epochs = [];
        ml.MulticlassClassification.Trainers.TargetPropClassifier(Models.Small(epochs: 2, seed).With(o =>
        {
            (o.HiddenUnits, o.DiagnosticsRows, o.EpochCallback) = ([6, 5, 4], 20, epochs.Add);
        })).Fit(Models.FlowersWithKeys(ml));
        Measurements measured = new Measurements().Add(DigitTrials.Error, 0.1);
        DiagnosedEpochs.Add(measured, epochs);
        return new TrialResult
        {
            Configuration = configuration,
            Seed = seed,
            Options = new Dictionary<string, string>(),
            Figures = measured.Figures,
            Series = measured.Series,
            Seconds = 1,
            Finished = DateTimeOffset.UnixEpoch,
        };
    }
}
