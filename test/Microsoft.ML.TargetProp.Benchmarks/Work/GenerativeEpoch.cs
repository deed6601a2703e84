namespace Microsoft.ML.TargetProp.Benchmarks.Work;

/// <summary>One epoch of this library's generative model, by the very estimator that programs call: an E-step and an M-step on every mini-batch.</summary>
internal static class GenerativeEpoch
{
    /// <summary>Trains two epochs and returns the seconds of the second: everything that happens from one epoch's end to the next one's.</summary>
    /// <param name="table">The rows.</param>
    /// <param name="net">The layers and the mini-batches.</param>
    /// <param name="iterations">Iterations of the E-step in training.</param>
    /// <param name="gpu">The GPU to train on; null for the processor.</param>
    public static double Seconds(SpeedTable table, GenerativeNet net, int iterations, int? gpu = null)
    {
        MLContext mlContext = new(seed: 1) { GpuDeviceId = gpu };
        List<TimeSpan> ends = [];
        TargetPropInpaintingEstimator estimator = mlContext.Transforms.TargetPropInpainting(new TargetPropInpaintingEstimator.Options
        {
            OutputColumnName = "Features",
            HiddenUnits = net.Hidden,
            BatchSize = net.BatchSize,
            MaxEpochs = 2,
            Inference = { TrainingIterations = iterations },

            // Maps of another kind, and another measurement.
            Completion = { MaxEpochs = 0 },
            EpochCallback = epoch => ends.Add(epoch.Elapsed),
        });
        estimator.Fit(table.ToDataView(mlContext));
        return (ends[1] - ends[0]).TotalSeconds;
    }
}
