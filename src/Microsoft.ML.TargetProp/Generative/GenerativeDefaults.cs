namespace Microsoft.ML.TargetProp.Generative;

/// <summary>What a training takes when nothing else is asked for, by the size of the data; chosen on rows that were held out.</summary>
internal static class GenerativeDefaults
{
    /// <summary>Steps of the optimiser that a small table gets, however few its rows are.</summary>
    private const long LeastSteps = 9000;

    /// <summary>How the maps that complete rows are trained.</summary>
    /// <param name="rows">Training rows.</param>
    /// <param name="columns">Columns of the vector.</param>
    /// <param name="imageWidth">Pixels in a line of the picture that the columns are; 0 when they are none.</param>
    /// <param name="seed">Of everything random.</param>
    public static MaskedTrainingSettings Masked(long rows, int columns, int imageWidth, int seed)
    {
        // Many rows of a picture: 15 passes over 50,000 rows of 784 columns are some 5 minutes of one core.
        if (rows >= 10_000 && columns >= 100)
            return new() { HiddenUnits = [800, 800], MaxEpochs = 15, BatchSize = 128, LearningRate = 0.0007, ImageWidth = imageWidth, Seed = seed };
        var batch = rows >= 10_000 ? 128 : 32;
        var units = Math.Clamp(16 * columns, 64, 256);
        var epochs = (int)Math.Clamp(LeastSteps * batch / Math.Max(1, rows), 20, 300);
        return new()
        {
            HiddenUnits = [units, units], MaxEpochs = epochs, BatchSize = batch, LearningRate = 0.002, WeightDecay = 0.01, ImageWidth = imageWidth, Seed = seed,
        };
    }
}
