using Microsoft.ML.Data;

namespace Microsoft.ML.TargetProp.Samples;

/// <summary>A picture of a digit as an ML.NET row.</summary>
public sealed class DigitRow
{
    /// <summary>The ink of each pixel, line by line from the top left, from 0 (paper) to 1 (full ink).</summary>
    [VectorType(DigitSet.PixelCount)]
    public float[] Features { get; set; } = [];

    /// <summary>The digit, "0" to "9".</summary>
    public string Label { get; set; } = "";
}

/// <summary>The prediction of a trained pipeline for a <see cref="DigitRow"/>.</summary>
public sealed class DigitPrediction
{
    /// <summary>The predicted digit, "0" to "9".</summary>
    public string PredictedLabel { get; set; } = "";

    /// <summary>The probability of each class, in the order of the label's key values.</summary>
    public float[] Score { get; set; } = [];
}
