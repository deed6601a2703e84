namespace Microsoft.ML.TargetProp.Benchmarks.Work;

/// <summary>Trains a classifier with the public trainer.</summary>
internal static class LibraryEpoch
{
    /// <summary>
    /// Trains two epochs and returns the seconds between their ends, which includes shuffling and measuring the loss. The first epoch
    /// also includes the first allocation of memory.
    /// </summary>
    /// <param name="table">The training rows.</param>
    /// <param name="net">The layers and the batch size.</param>
    /// <param name="rule">The learning rule.</param>
    /// <param name="inputNoise">Noise on the inputs; 0 for the same work as the compared implementations.</param>
    /// <param name="feedbackInterval">Steps between two updates of the feedback maps.</param>
    /// <param name="gpu">The number of the GPU; null for the processor.</param>
    public static double Seconds(SpeedTable table, NetShape net, TargetPropLearningRule rule, double inputNoise = 0, int feedbackInterval = 1, int? gpu = null)
    {
        MLContext mlContext = new(seed: 1) { GpuDeviceId = gpu };
        List<TimeSpan> ends = [];
        mlContext.MulticlassClassification.Trainers.TargetPropClassifier(new TargetPropMulticlassTrainer.Options
        {
            HiddenUnits = net.Hidden,
            BatchSize = net.BatchSize,
            MaxEpochs = 2,
            LearningRule = rule,
            InputNoise = inputNoise,
            Feedback = { Interval = feedbackInterval },

            // Standardization precedes the epochs and is not measured.
            FeatureEncoding = TargetPropFeatureEncoding.None,
            EpochCallback = epoch => ends.Add(epoch.Elapsed),
        }).Fit(table.ToDataView(mlContext));
        return (ends[1] - ends[0]).TotalSeconds;
    }
}
