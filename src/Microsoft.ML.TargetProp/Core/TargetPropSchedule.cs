namespace Microsoft.ML.TargetProp;

/// <summary>How the learning rates change from the first training step to the last.</summary>
public enum TargetPropSchedule
{
    /// <summary>The rates do not change.</summary>
    Constant = 0,

    /// <summary>The rates fall to 0 along half a cosine wave.</summary>
    Cosine = 1,

    /// <summary>The rates fall to 0 along a straight line.</summary>
    Linear = 2,
}
