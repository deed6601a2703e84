namespace Microsoft.ML.TargetProp.Generative;

/// <summary>What a training takes when nothing else is asked for, by the size of the data; chosen on rows that were held out.</summary>
internal static class GenerativeDefaults
{
    /// <summary>Steps of the optimiser that a small table gets, however few its rows are.</summary>
    private const long LeastSteps = 9000;

    /// <summary>From here on an epoch takes long enough to be worth shortening.</summary>
    private const long ManyRows = 10_000;

    /// <summary>Iterations of the E-step in training from <see cref="ManyRows"/> on: J of held-out digits is then as high as with 15 (study <c>inference-steps</c>).</summary>
    private const int Iterations = 3;

    /// <summary>The longest step in training that makes J as high: δ of those 3 iterations.</summary>
    private const double LongestStep = 0.5;

    /// <summary>
    /// Rate of Adam for the layers. J of held-out digits, one seed, after 20 epochs of 20,000 rows was -782, -466, -356 and -363 nats with 0.00035, 0.001, 0.002 and
    /// 0.003 (784-1000-100), and 404 and 407 with 0.002 and 0.004 (784-500-60), where the higher rate reconstructed worse. Small tables wanted no more than 0.01.
    /// </summary>
    public static double LearningRate(GenerativeShape shape) => Math.Min(0.01, 1.5 / shape.HiddenUnits.Max());

    /// <summary>Iterations of the E-step in training; null for all of them, also where nobody has measured what long steps do.</summary>
    /// <param name="rows">Training rows.</param>
    /// <param name="inference">The trained model's E-step.</param>
    /// <param name="prior">A Laplace prior pulls in training too, and by the steps of the trained model.</param>
    /// <param name="maximization">Increments along a path are more, and shorter, where the path has more steps.</param>
    public static int? TrainingIterations(long rows, InferenceSettings inference, TargetPropCodePrior prior, TargetPropMaximization maximization)
    {
        var isMeasured = inference is { Direction: TargetPropInferenceDirection.Estimator, InferenceWeight: 0 }
            && prior != TargetPropCodePrior.Laplace && maximization == TargetPropMaximization.FinalValues;
        var fewest = Math.Max(Iterations, (int)Math.Ceiling(inference.Iterations * inference.LongestStep / LongestStep - 1e-9));
        return isMeasured && rows >= ManyRows && fewest < inference.Iterations ? fewest : null;
    }

    /// <summary>How the maps that complete rows are trained.</summary>
    /// <param name="rows">Training rows.</param>
    /// <param name="columns">Columns of the vector.</param>
    /// <param name="imageWidth">Pixels in a line of the picture that the columns are; 0 when they are none.</param>
    /// <param name="seed">Of everything random.</param>
    public static CompletionTrainingSettings Masked(long rows, int columns, int imageWidth, int seed)
    {
        // Many rows of a picture: 15 passes over 50,000 rows of 784 columns are some 5 minutes of one core.
        if (rows >= ManyRows && columns >= 100)
            return new() { HiddenUnits = [800, 800], MaxEpochs = 15, BatchSize = 128, LearningRate = 0.0007, ImageWidth = imageWidth, Seed = seed };
        var batch = rows >= ManyRows ? 128 : 32;
        // Chosen on other draws of the tables of the study imputation than its own (seeds 4 to 6): as good as 0.01 or better within the spread. Of many rows nothing is known.
        var decay = rows >= ManyRows ? 0.01 : 0.1;
        var units = Math.Clamp(16 * columns, 64, 256);
        var epochs = (int)Math.Clamp(LeastSteps * batch / Math.Max(1, rows), 20, 300);
        return new()
        {
            HiddenUnits = [units, units], MaxEpochs = epochs, BatchSize = batch, LearningRate = 0.002, WeightDecay = decay, ImageWidth = imageWidth, Seed = seed,
        };
    }
}
