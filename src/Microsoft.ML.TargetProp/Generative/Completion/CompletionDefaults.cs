namespace Microsoft.ML.TargetProp.Generative;

/// <summary>How the maps that complete rows are trained, by the size of the data. The values were chosen on held-out rows.</summary>
internal static class CompletionDefaults
{
    private const long ManyRows = 10_000;

    /// <summary>Steps of the optimiser on a small table, however few rows it has.</summary>
    private const long LeastSteps = 9000;

    /// <param name="rows">Training rows.</param>
    /// <param name="columns">Columns of the vector.</param>
    /// <param name="imageWidth">Pixels in a line of the picture that the columns are; 0 when they are no picture.</param>
    /// <param name="seed">Seed of everything random.</param>
    public static CompletionTrainingSettings Of(long rows, int columns, int imageWidth = 0, int seed = 0)
    {
        // Many rows of a picture: 15 passes over 50,000 rows of 784 columns take about 5 minutes of one core.
        if (rows >= ManyRows && columns >= 100)
            return new() { HiddenUnits = [800, 800], MaxEpochs = 15, BatchSize = 128, LearningRate = 0.0007, ImageWidth = imageWidth, Seed = seed };
        var batch = rows >= ManyRows ? 128 : 32;
        // 0.1 was as good as 0.01 or better within the spread, on draws (seeds 4 to 6) that the study imputation does not report. It has not been measured on many rows.
        var decay = rows >= ManyRows ? 0.01 : 0.1;
        var units = Math.Clamp(16 * columns, 64, 256);
        var epochs = (int)Math.Clamp(LeastSteps * batch / Math.Max(1, rows), 20, 300);
        return new()
        {
            HiddenUnits = [units, units], MaxEpochs = epochs, BatchSize = batch, LearningRate = 0.002, WeightDecay = decay, ImageWidth = imageWidth, Seed = seed,
        };
    }
}
