namespace Microsoft.ML.TargetProp.MLNet;

/// <summary>The rows of a data view that training can use, copied out of it in one pass.</summary>
internal sealed class ExampleTable
{
    public ExampleTable(string featureColumnName, string labelColumnName, int columns)
    {
        FeatureColumnName = featureColumnName;
        LabelColumnName = labelColumnName;
        Features = new(columns);
    }

    public string FeatureColumnName { get; }

    public string LabelColumnName { get; }

    /// <summary>Features of a row.</summary>
    public int Columns => Features.Columns;

    public int Rows => Labels.Count;

    /// <summary>The features of every row.</summary>
    public VectorTable Features { get; }

    /// <summary>The class of every row, from 0.</summary>
    public List<int> Labels { get; } = [];

    /// <summary>Example weights scaled to mean 1; null when no weight column was named.</summary>
    public List<float>? Weights { get; set; }
}
