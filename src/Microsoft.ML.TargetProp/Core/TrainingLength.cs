using System.Numerics;

namespace Microsoft.ML.TargetProp.Core;

/// <summary>How long to train where nobody has said.</summary>
internal static class TrainingLength
{
    /// <summary>About 50 steps an epoch, in powers of two from 16 to 128.</summary>
    public static int BatchSize(long rows) =>
        Math.Clamp((int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(1, rows / 50)), 16, 128);

    /// <summary>About 3,000 steps in all, in at most 200 epochs.</summary>
    public static int Epochs(long rows, int batchSize, int fewest = 20) =>
        (int)Math.Clamp(Math.Ceiling(3000.0 * batchSize / rows), fewest, 200);
}
