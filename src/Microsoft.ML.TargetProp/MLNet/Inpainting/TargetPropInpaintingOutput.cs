namespace Microsoft.ML.TargetProp;

/// <summary>What a missing entry is filled with.</summary>
public enum TargetPropInpaintingOutput
{
    /// <summary>The value that is expected: the least squared error, and a blend where several answers fit. For tables.</summary>
    ExpectedValue = 0,

    /// <summary>A draw: one of the answers that fit, sharp. For pictures.</summary>
    Sample = 1,
}
