using System.Globalization;
using System.Text.RegularExpressions;

namespace Microsoft.ML.TargetProp.Samples.Experiments.Reporting;

/// <summary>A headline figure: a line for people and programs.</summary>
internal sealed partial record Figure
{
    /// <param name="name">Small letters, digits and hyphens.</param>
    /// <param name="value">The value; errors are fractions, 0.014 for 1.4 %.</param>
    public Figure(string name, double value)
    {
        Name = NamePattern().IsMatch(name)
            ? name
            : throw new ArgumentException($"Found the name '{name}' for a figure, expected small letters, digits and hyphens.", nameof(name));
        Value = value;
    }

    /// <summary>The measured quantity.</summary>
    public string Name { get; }

    /// <summary>Its value.</summary>
    public double Value { get; }

    /// <summary><c>figure NAME VALUE</c>, with a decimal point in every culture.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"figure {Name} {Value:G5}");

    [GeneratedRegex("^[a-z0-9]+(-[a-z0-9]+)*$")]
    private static partial Regex NamePattern();
}
