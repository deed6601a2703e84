namespace Microsoft.ML.TargetProp.Benchmarks.Work;

/// <summary>Trains the generative model with the public estimator. Each mini-batch takes an E-step and an M-step.</summary>
internal static class GenerativeEpoch
{
    /// <summary>Trains two epochs and returns the seconds between their ends.</summary>
    /// <param name="table">The training rows.</param>
    /// <param name="net">The layers and the batch size.</param>
    /// <param name="iterations">Iterations of the E-step in training.</param>
    /// <param name="gpu">The number of the GPU; null for the processor.</param>
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

            // Only the epochs of the layers are measured.
            Completion = { MaxEpochs = 0 },
            EpochCallback = epoch => ends.Add(epoch.Elapsed),
        });
        estimator.Fit(table.ToDataView(mlContext));
        return (ends[1] - ends[0]).TotalSeconds;
    }
}
