namespace Microsoft.ML.TargetProp.MLNet;

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
