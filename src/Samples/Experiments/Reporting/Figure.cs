using System.Globalization;
using System.Text.RegularExpressions;

namespace Microsoft.ML.TargetProp.Samples.Experiments.Reporting;

/// <summary>A headline figure: a line that people can read and programs can find.</summary>
internal sealed partial record Figure
{
    /// <param name="name">Small letters, digits and hyphens.</param>
    /// <param name="value">The value; errors are fractions, 0.014 for 1.4 %.</param>
    public Figure(string name, double value)
    {
        Name = NamePattern().IsMatch(name)
            ? name
            : throw new ArgumentException($"'{name}' is no name for a figure: small letters, digits and hyphens.", nameof(name));
        Value = value;
    }

    /// <summary>What was measured.</summary>
    public string Name { get; }

    /// <summary>How much it was.</summary>
    public double Value { get; }

    /// <summary><c>figure NAME VALUE</c>, with a point before the decimals whatever the culture.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"figure {Name} {Value:G5}");

    [GeneratedRegex("^[a-z0-9]+(-[a-z0-9]+)*$")]
    private static partial Regex NamePattern();
}
