namespace Microsoft.ML.TargetProp.Samples.Experiments.Host;

/// <summary>The measurements of a trial.</summary>
internal sealed class Measurements
{
    private readonly Dictionary<string, double> _figures = [];
    private readonly Dictionary<string, IReadOnlyList<double>> _series = [];

    /// <summary>Single numbers by name.</summary>
    public IReadOnlyDictionary<string, double> Figures => _figures;

    /// <summary>Series of numbers by name, such as the loss after each epoch.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<double>> Series => _series;

    /// <summary>Adds a number.</summary>
    public Measurements Add(string name, double value)
    {
        _figures.Add(name, value);
        return this;
    }

    /// <summary>Adds a series of numbers.</summary>
    public Measurements Add(string name, IEnumerable<double> values)
    {
        _series.Add(name, [.. values]);
        return this;
    }
}
