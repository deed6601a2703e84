namespace Microsoft.ML.TargetProp.Core;

/// <summary>The factor on both learning rates at a step.</summary>
internal static class LearningRateSchedule
{
    /// <param name="schedule">The shape of the fall.</param>
    /// <param name="step">Steps already taken, 0 at the first.</param>
    /// <param name="steps">Steps of the whole training.</param>
    /// <returns>A factor in (0, 1].</returns>
    public static double Factor(TargetPropSchedule schedule, long step, long steps) => schedule switch
    {
        TargetPropSchedule.Cosine => 0.5 * (1 + Math.Cos(Math.PI * step / steps)),
        TargetPropSchedule.Linear => 1 - (double)step / steps,
        _ => 1,
    };
}
