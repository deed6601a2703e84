using System.Globalization;
using System.Runtime.CompilerServices;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.TargetProp.MLNet;

/// <summary>
/// All options of a class, each with its name, range and default. The check of a trainer, the choice of options that are left open, and the
/// test of docs/options.md read this one table.
/// </summary>
/// <param name="defaults">An object whose options have not been changed.</param>
/// <param name="rows">The options, in the order of the documentation.</param>
internal sealed class OptionTable<TOptions>(TOptions defaults, params IReadOnlyList<Option<TOptions>> rows) where TOptions : class
{
    public IReadOnlyList<Option<TOptions>> Rows => rows;

    /// <summary>Conditions that involve several options.</summary>
    public IReadOnlyList<OptionRule<TOptions>> Rules { get; init; } = [];

    /// <summary>The default of an option, as text.</summary>
    public string DefaultOf(Option<TOptions> row) =>
        row.WhenNull is { } chosen ? $"null: {chosen}" : OptionText.Of(row.Get(defaults));

    /// <returns>The options.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of range. The message names it, its value and the range.</exception>
    public TOptions Check(IExceptionContext host, TOptions options)
    {
        host.CheckValue(options, nameof(options));
        foreach (var row in rows)
        {
            if (row.Range.Breach(row.Get(options)) is { } found)
                throw OptionText.OutOfRange(host, row.Name, found, row.Range.Text);
        }
        foreach (var rule in Rules)
        {
            if (!rule.Holds(options))
                throw OptionText.OutOfRange(host, rule.Name, OptionText.Of(rule.Get(options)), rule.Allowed(options));
        }
        return options;
    }
}

/// <summary>A row of an <see cref="OptionTable{TOptions}"/>.</summary>
/// <param name="Get">Reads the option, as <c>o => o.Feedback.Noise</c>. The name of the option is taken from this text.</param>
/// <param name="Range">The values that are allowed.</param>
/// <param name="WhenNull">What null stands for; null where null is not the default.</param>
/// <param name="Path">Filled in by the compiler; the name itself where a row is shared by several tables.</param>
internal record Option<TOptions>(
    Func<TOptions, object?> Get, OptionRange Range, string? WhenNull = null, [CallerArgumentExpression(nameof(Get))] string Path = "")
{
    /// <summary>The name, with its group: <c>Feedback.Noise</c>.</summary>
    public string Name { get; } = OptionText.Name(Path);
}

/// <summary>An option that is chosen from the data where it is null, as <paramref name="WhenNull"/> describes.</summary>
/// <inheritdoc cref="Option{TOptions}"/>
internal sealed record OpenOption<TOptions, TValue>(
    Func<TOptions, object?> Get, OptionRange Range, string WhenNull, Func<TOptions, DataFacts, TValue> Choose, [CallerArgumentExpression(nameof(Get))] string Path = "")
    : Option<TOptions>(Get, Range, WhenNull, Path)
{
    /// <summary>The value of the option, or the choice.</summary>
    public TValue Of(TOptions options, DataFacts data) => Get(options) is TValue value ? value : Choose(options, data);
}

/// <summary>What is known when an open option is chosen.</summary>
/// <param name="Rows">Number of training rows.</param>
internal sealed record DataFacts(long Rows)
{
    /// <summary>Number of columns of a row.</summary>
    public int Columns { get; init; }

    /// <summary>Number of units in each hidden layer; empty until they are chosen.</summary>
    public IReadOnlyList<int> HiddenUnits { get; init; } = [];

    /// <summary>The encoding of the features; null where they stay raw.</summary>
    public ColumnEncoding? Encoding { get; init; }

    /// <summary>Number of columns of more than two values.</summary>
    public int MeasuredColumns { get; init; }

    /// <summary>True for a table: neither pictures nor text (<see cref="FeatureEncoder.Facts"/>).</summary>
    public bool IsTable { get; init; }

    /// <summary>True when the rows are wide and sparse, and the first layer reads them without their zeros.</summary>
    public bool AreSparse { get; init; }

    /// <summary>True when the label is a number, not a class.</summary>
    public bool IsNumber { get; init; }

    /// <summary>Number of output units of a classifier.</summary>
    public int Outputs { get; init; } = 2;
}

/// <summary>A condition on an option that depends on other options.</summary>
/// <param name="Get">Reads the option that the message names.</param>
/// <param name="Holds">The condition.</param>
/// <param name="Allowed">The values that the other options allow.</param>
/// <param name="Path">Filled in by the compiler.</param>
internal sealed record OptionRule<TOptions>(
    Func<TOptions, object?> Get, Func<TOptions, bool> Holds, Func<TOptions, string> Allowed, [CallerArgumentExpression(nameof(Get))] string Path = "")
{
    public string Name { get; } = OptionText.Name(Path);
}

/// <summary>Names and values of options as messages and the documentation write them.</summary>
internal static class OptionText
{
    /// <summary><c>Feedback.Noise</c> for <c>o => o.Feedback.Noise</c>.</summary>
    public static string Name(string path) => path.Replace("o => o.", "", StringComparison.Ordinal).Replace("?", "", StringComparison.Ordinal);

    public static string Of(object? value) => value switch
    {
        null => "null",
        "" => "empty",
        string name => $"'{name}'",
        bool flag => flag ? "true" : "false",
        int[] layers => $"[{string.Join(", ", layers)}]",
        float[] numbers => $"[{string.Join(", ", numbers.Select(n => n.ToString(CultureInfo.InvariantCulture)))}]",
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        CancellationToken => "none",
        _ => "new()",
    };

    public static Exception OutOfRange(IExceptionContext host, string option, string value, string range) =>
        host.ExceptUserArg(option, $"{option} is {value}; allowed: {range}.");
}

/// <summary>The values that an option allows.</summary>
/// <param name="Text">The range as messages and the documentation write it.</param>
/// <param name="Breach">The value as text where it is not allowed, otherwise null.</param>
internal sealed record OptionRange(string Text, Func<object?, string?> Breach)
{
    public static readonly OptionRange Above0 = Number("a number above 0", v => v > 0);

    public static readonly OptionRange From0 = Number("a number of 0 or more", v => v >= 0);

    public static readonly OptionRange Fraction = Number("a number from 0 to below 1", v => v is >= 0 and < 1);

    public static readonly OptionRange TrueOrFalse = Any("true or false");

    public static readonly OptionRange Integer = Any("any integer");

    public static readonly OptionRange Callback = Any("a method, or null");

    public static readonly OptionRange Column = new("the name of a column", v => v is null or "" ? OptionText.Of(v) : null);

    /// <summary>The number of units in each hidden layer.</summary>
    public static readonly OptionRange Layers = new($"1 to {LayerLimits.MaxLayers} layers of 1 to {LayerLimits.MaxUnits} units", v => v switch
    {
        int[] { Length: < 1 or > LayerLimits.MaxLayers } layers => $"{layers.Length} layers",
        int[] layers => layers.Where(units => units is < 1 or > LayerLimits.MaxUnits).Select(units => $"a layer of {units} units").FirstOrDefault(),
        _ => null,
    });

    /// <param name="use">What null is for.</param>
    public static OptionRange ColumnOrNull(string use) => new($"the name of a column, or null {use}", v => v is "" ? OptionText.Of(v) : null);

    public static OptionRange AtLeast(int least, string? text = null) => Of<int>(text ?? $"{least} or more", v => v >= least);

    public static OptionRange Between(int least, int most) => Of<int>($"{least} to {most}", v => v >= least && v <= most);

    public static OptionRange Number(string text, Func<double, bool> allows) => Of<double>(text, v => double.IsFinite(v) && allows(v));

    public static OptionRange OneOf<T>() where T : struct, Enum => Of<T>("one of " + string.Join(", ", Enum.GetNames<T>()), Enum.IsDefined);

    /// <summary>An object that holds other options.</summary>
    public static OptionRange Group<T>() => new($"a {typeof(T).Name}", v => v is null ? OptionText.Of(v) : null);

    public static OptionRange Any(string text) => new(text, _ => null);

    /// <summary>Null is allowed: an option that must not be null has a type that is never null.</summary>
    private static OptionRange Of<T>(string text, Func<T, bool> allows) where T : struct => new(text, v => v is T value && !allows(value) ? OptionText.Of(v) : null);
}
