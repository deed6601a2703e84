namespace Microsoft.ML.TargetProp.Benchmarks.Work;

/// <summary>One epoch of this library's trainer, the very one that programs call.</summary>
internal static class LibraryEpoch
{
    /// <summary>
    /// Trains two epochs and returns the seconds of the second: everything that happens from one epoch's end to the next one's,
    /// shuffling and the measuring of the loss included. The first also pays for memory that is taken for the first time.
    /// </summary>
    /// <param name="table">The rows.</param>
    /// <param name="net">The network and its batches.</param>
    /// <param name="rule">How layers learn; feedback maps learn at every step.</param>
    /// <param name="inputNoise">Noise on the inputs; 0 for the same work as others do.</param>
    /// <param name="feedbackInterval">Feedback maps learn at every so many steps.</param>
    /// <param name="gpu">The GPU to train on; null for the processor.</param>
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

            // Only the epoch is timed, and standardising comes before it.
            StandardizeFeatures = false,
            EpochCallback = epoch => ends.Add(epoch.Elapsed),
        }).Fit(table.ToDataView(mlContext));
        return (ends[1] - ends[0]).TotalSeconds;
    }
}
