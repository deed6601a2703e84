namespace Microsoft.ML.TargetProp;

/// <summary>The value that fills a missing entry.</summary>
public enum TargetPropInpaintingOutput
{
    /// <summary>The expected value. It has the smallest squared error, and is a blend when several answers fit. For tables.</summary>
    ExpectedValue = 0,

    /// <summary>A random draw: one of the answers that fit, without blending. For pictures.</summary>
    Sample = 1,
}
