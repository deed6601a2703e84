namespace Microsoft.ML.TargetProp.MLNet;

/// <summary>What the entries of a vector may be.</summary>
internal static class VectorRules
{
    public const string InfiniteRemedy = "An entry must be a number, or NaN where it is missing.";

    public const string OutsideRemedy =
        "Logistic units generate numbers in [0, 1]: scale the column to that range, or let the option VisibleUnits be Gaussian, or null.";

    /// <summary>The first infinite entry; −1 when there is none.</summary>
    public static int FirstInfinite(ReadOnlySpan<float> values)
    {
        for (var i = 0; i < values.Length; i++)
        {
            if (float.IsInfinity(values[i]))
                return i;
        }
        return -1;
    }

    /// <summary>The first entry that is missing or infinite; −1 when there is none.</summary>
    public static int FirstNotFinite(ReadOnlySpan<float> values)
    {
        for (var i = 0; i < values.Length; i++)
        {
            if (!float.IsFinite(values[i]))
                return i;
        }
        return -1;
    }

    /// <summary>The first entry outside [0, 1] in a slot of logistic units; −1 when there is none.</summary>
    public static int FirstOutside(ReadOnlySpan<float> values, IReadOnlyList<TargetPropVisibleUnits> units)
    {
        for (var i = 0; i < values.Length; i++)
        {
            if (values[i] is < 0 or > 1 && units[i] == TargetPropVisibleUnits.Logistic)
                return i;
        }
        return -1;
    }

    /// <summary>True when no entry is observed.</summary>
    public static bool IsEmpty(ReadOnlySpan<float> values)
    {
        foreach (var value in values)
        {
            if (!float.IsNaN(value))
                return false;
        }
        return true;
    }
}
