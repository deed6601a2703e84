using Microsoft.ML.Runtime;
using Microsoft.ML.TargetProp.Supervised;
using static Microsoft.ML.TargetProp.MLNet.OptionRange;
using Options = Microsoft.ML.TargetProp.TargetPropRegressionTrainer.Options;

namespace Microsoft.ML.TargetProp.MLNet;

/// <summary>The options of the regression trainer: those of the classifiers except label smoothing, and its own.</summary>
internal static class RegressionOptions
{
    private static readonly OptionRange Probabilities = new($"1 to {RegressionOutput.MaxQuantiles} probabilities above 0 and below 1, ascending", v => v switch
    {
        float[] { Length: < 1 or > RegressionOutput.MaxQuantiles } list => $"{list.Length} probabilities",
        float[] list when !RegressionOutput.AreQuantiles(list) => OptionText.Of(list),
        _ => null,
    });

    /// <summary>The options that classifiers do not have.</summary>
    public static readonly IReadOnlyList<Option<TargetPropOptions>> Own =
    [
        new(o => ((Options)o).Loss, OneOf<TargetPropRegressionLoss>(), Path: nameof(Options.Loss)),
        new(o => ((Options)o).HuberWidth, Above0, Path: nameof(Options.HuberWidth)),
        new(o => ((Options)o).Quantiles, Probabilities, "no quantiles", Path: nameof(Options.Quantiles)),
    ];

    public static readonly OptionTable<TargetPropOptions> Table = new(
        new Options { Augmentation = new() }, [.. ClassifierOptions.Table.Rows.Where(row => row != ClassifierOptions.LabelSmoothing), .. Own])
    {
        Rules = ClassifierOptions.Table.Rules,
    };

    /// <summary>The outputs of a regression network; null for the options of a classifier.</summary>
    /// <param name="host">The source of exceptions.</param>
    /// <param name="options">Checked options.</param>
    /// <param name="table">The training rows.</param>
    /// <param name="start">The network to continue from, whose standardisation of the label and shifts of the quantiles are kept, or null.</param>
    /// <exception cref="InvalidOperationException">All labels are equal.</exception>
    public static RegressionOutput? Output(IHost host, TargetPropOptions options, ExampleTable table, NetworkSnapshot? start)
    {
        if (options is not Options regression)
            return null;
        var scale = LabelScale.Learn(table.Labels, regression.Loss) ?? throw host.Except(System.FormattableString.Invariant(
            $"All {table.Rows} training rows have the label {table.Labels[0]} in column '{table.LabelColumnName}'. A regression needs labels that differ; check the column."));
        var known = start?.Shape.Regression;
        float[] quantiles = regression.Quantiles ?? [];
        return new(regression.Loss, regression.HuberWidth, quantiles, known?.Scale ?? scale) { Shifts = known?.Shifts ?? new float[quantiles.Length] };
    }
}
