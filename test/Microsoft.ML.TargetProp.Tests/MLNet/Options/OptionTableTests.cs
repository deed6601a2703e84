using System.Reflection;
using Microsoft.ML.TargetProp.MLNet;

namespace Microsoft.ML.TargetProp.Tests.MLNet;

/// <summary>The tables of options are complete, and docs/options.md says the same as they do.</summary>
public sealed class OptionTableTests
{
    private static readonly string[] Page = File.ReadAllLines(Path.Combine(Packaging.Repository.Root, "docs", "options.md"));

    [Fact]
    public void The_page_of_options_has_the_names_ranges_and_defaults_of_the_tables()
    {
        AssertPage("Classifiers", ClassifierOptions.Table);
        AssertPage("Regression", RegressionOptions.Table, RegressionOptions.Own);
        AssertPage("Inpainting", InpaintingOptions.Table);
        AssertPage("Featurizer", FeaturizerOptions.Table);
    }

    [Fact]
    public void Every_public_field_of_every_class_of_options_has_one_row()
    {
        AssertFields(typeof(TargetPropMulticlassTrainer.Options), ClassifierOptions.Table);
        AssertFields(typeof(TargetPropBinaryTrainer.Options), ClassifierOptions.Table);
        AssertFields(typeof(TargetPropRegressionTrainer.Options), RegressionOptions.Table);
        AssertFields(typeof(TargetPropInpaintingEstimator.Options), InpaintingOptions.Table);
        AssertFields(typeof(TargetPropFeaturizerEstimator.Options), FeaturizerOptions.Table);
    }

    [Fact]
    public void Defaults_are_in_range_and_what_null_stands_for_is_said_where_null_is_the_default()
    {
        AssertDefaults(new TargetPropMulticlassTrainer.Options(), ClassifierOptions.Table);
        AssertDefaults(new TargetPropRegressionTrainer.Options(), RegressionOptions.Table);
        AssertDefaults(new TargetPropInpaintingEstimator.Options(), InpaintingOptions.Table);
        AssertDefaults(new TargetPropFeaturizerEstimator.Options(), FeaturizerOptions.Table);
    }

    [Fact]
    public void A_group_of_options_that_is_null_is_refused_by_its_name()
    {
        static string Refused<T>(OptionTable<T> table, T options) where T : class =>
            Assert.Throws<ArgumentOutOfRangeException>(() => table.Check(new MLContext(), options)).Message;

        Assert.Contains("Feedback is null; allowed: a TargetPropFeedbackOptions.", Refused(ClassifierOptions.Table, new TargetPropMulticlassTrainer.Options { Feedback = null! }), StringComparison.Ordinal);
        Assert.Contains("Inference is null; allowed: a TargetPropInferenceOptions.", Refused(InpaintingOptions.Table, new() { Inference = null! }), StringComparison.Ordinal);
        Assert.Contains("Prior is null; allowed: a TargetPropPriorOptions.", Refused(InpaintingOptions.Table, new() { Prior = null! }), StringComparison.Ordinal);
        Assert.Contains("Completion is null; allowed: a TargetPropCompletionOptions.", Refused(InpaintingOptions.Table, new() { Completion = null! }), StringComparison.Ordinal);
    }

    [Fact]
    public void Validation_rows_come_from_one_place_in_every_trainer()
    {
        var context = new MLContext();
        IDataView rows = Tests.Support.Gaps.View(context);
        Action[] checks =
        [
            () => ClassifierOptions.Table.Check(context, new TargetPropBinaryTrainer.Options { ValidationFraction = 0.5, ValidationSet = rows }),
            () => InpaintingOptions.Table.Check(context, new() { ValidationFraction = 0.5, ValidationSet = rows }),
            () => FeaturizerOptions.Table.Check(context, new() { ValidationFraction = 0.5, ValidationSet = rows }),
        ];

        Assert.All(checks, check => Assert.Contains(
            "ValidationFraction is 0.5; allowed: 0 when ValidationSet is given.", Assert.Throws<ArgumentOutOfRangeException>(check).Message, StringComparison.Ordinal));
    }

    /// <param name="heading">The heading of the section.</param>
    /// <param name="table">The options.</param>
    /// <param name="rows">The rows that the section lists; null for all.</param>
    private static void AssertPage<T>(string heading, OptionTable<T> table, IReadOnlyList<Option<T>>? rows = null) where T : class
    {
        string[] documented =
        [
            .. Page.SkipWhile(line => line != $"## {heading}").Skip(1).TakeWhile(line => !line.StartsWith("## ", StringComparison.Ordinal))
                .Where(line => line.StartsWith("| `", StringComparison.Ordinal)),
        ];

        Assert.Equal((rows ?? table.Rows).Select(r => $"| `{r.Name}` | {r.Range.Text} | {table.DefaultOf(r)} |"), documented.Select(line => line[..(line.TrimEnd(' ', '|').LastIndexOf('|') + 1)]));
        Assert.All(documented, line => Assert.True(line.Split('|')[4].Trim().Length > 10, $"no meaning: {line}"));
    }

    private static void AssertFields<T>(Type options, OptionTable<T> table) where T : class =>
        Assert.Equal(Names(options).Order(StringComparer.Ordinal), table.Rows.Select(r => r.Name).Order(StringComparer.Ordinal));

    private static IEnumerable<string> Names(Type options) => options.GetFields(BindingFlags.Public | BindingFlags.Instance).SelectMany(field =>
        field.FieldType is { IsClass: true, Namespace: "Microsoft.ML.TargetProp" } group ? [field.Name, .. Names(group).Select(name => $"{field.Name}.{name}")] : new[] { field.Name });

    private static void AssertDefaults<T>(T defaults, OptionTable<T> table) where T : class
    {
        Assert.Same(defaults, table.Check(new MLContext(), defaults));
        Assert.All(table.Rows.Where(r => !r.Name.StartsWith("Augmentation.", StringComparison.Ordinal)), r =>
            Assert.True(r.Get(defaults) is null == r.WhenNull is not null, $"{r.Name} is {r.Get(defaults) ?? "null"} and stands for {r.WhenNull}"));
    }
}
