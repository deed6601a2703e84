using Microsoft.ML.Data;
using Microsoft.ML.TargetProp.Tests.Support;

namespace Microsoft.ML.TargetProp.Tests.Gpu;

/// <summary>Tests training, completion and sampling of the generative model on a GPU. Its models give the same results on the processor.</summary>
public sealed class GpuInpaintingTests
{
    private readonly MLContext _gpu = Gpu.Context();
    private readonly MLContext _cpu = new(seed: 1);

    [GpuTheory]
    [InlineData(TargetPropCodePrior.Factorized, TargetPropInpaintingOutput.ExpectedValue, 5)]
    [InlineData(TargetPropCodePrior.FullCovariance, TargetPropInpaintingOutput.ExpectedValue, 0)]
    [InlineData(TargetPropCodePrior.Mixture, TargetPropInpaintingOutput.Sample, 5)]
    [InlineData(TargetPropCodePrior.Laplace, TargetPropInpaintingOutput.Sample, 0)]
    public void Every_prior_and_output_is_the_same_on_both_devices(TargetPropCodePrior prior, TargetPropInpaintingOutput output, int completionEpochs)
    {
        IDataView table = Gaps.View(_gpu);
        TargetPropInpaintingTransformer Fit() => Gaps.Train(_gpu, 20, o =>
        {
            Gaps.AllColumns(o);
            (o.Prior.Kind, o.Output, o.Completion.MaxEpochs, o.ValidationFraction, o.EarlyStoppingPatience) = (prior, output, completionEpochs, 0.2, 50);
        });

        TargetPropInpaintingTransformer model = Fit();

        Filled[] filled = Gaps.Read(_gpu, model.Transform(table));
        Filled[] again = Gaps.Read(_cpu, Models.Load(_cpu, Models.Zip(_gpu, model, table.Schema)).Transform(table));
        foreach ((Filled there, Filled here) in filled.Zip(again))
        {
            Assert.All(there.Completed.Zip(here.Completed), n => Assert.Equal(n.First, n.Second, 1e-3f));
            Assert.All(there.Uncertainty.Zip(here.Uncertainty), n => Assert.Equal(n.First, n.Second, 1e-3f));
            Assert.All(there.Code.Zip(here.Code), n => Assert.Equal(n.First, n.Second, 1e-3f));
            Assert.Equal(there.Objective, here.Objective, 0.05f);
        }
        Assert.Equal(filled.Select(f => f.Completed), Gaps.Read(_gpu, Fit().Transform(table)).Select(f => f.Completed));
    }

    [GpuTheory]
    [InlineData(TargetPropInferenceDirection.Gradient, TargetPropMaximization.FinalValues, 0, 0)]
    [InlineData(TargetPropInferenceDirection.Estimator, TargetPropMaximization.Increments, 0.01, 0)]
    [InlineData(TargetPropInferenceDirection.Estimator, TargetPropMaximization.FinalValues, 0, 0.1)]
    public void Every_inference_and_maximization_imputes_better_than_the_mean(TargetPropInferenceDirection direction, TargetPropMaximization maximization, double weight, double tolerance)
    {
        IDataView table = Gaps.View(_gpu);
        TargetPropInpaintingTransformer model = Gaps.Train(_gpu, 30, o =>
            (o.Inference.Direction, o.Inference.Maximization, o.Inference.Weight, o.Inference.Tolerance) = (direction, maximization, weight, tolerance));

        double error = Gaps.Rows().Zip(Gaps.Read(_gpu, model.Transform(table))).Average(p => Enumerable.Range(0, 4).Sum(i => Math.Pow(p.First.Truth[i] - p.Second.Completed[i], 2)));

        // 15 % of the entries are missing, and the variances of the four columns (1, 1, 2, 2) sum to 6.
        Assert.InRange(error, 0, 0.8 * 0.15 * 6);
    }

    [GpuTheory]
    [InlineData(5)]
    [InlineData(0)]
    public void Training_frees_every_tensor(int completionEpochs)
    {
        Gaps.Train(_gpu, 2, o => o.Completion.MaxEpochs = completionEpochs);

        LiveTensors.AssertGivenBack(() => Gaps.Train(_gpu, 2, o => o.Completion.MaxEpochs = completionEpochs));
    }

    [GpuTheory]
    [InlineData("columns")]
    [InlineData("sample")]
    [InlineData("infer, reconstruct, denoise")]
    [InlineData("objective")]
    [InlineData("complete")]
    [InlineData("steps of a sample")]
    public void Every_method_of_the_model_gives_finite_values_on_the_GPU_and_frees_every_tensor(string what)
    {
        using TargetPropInpaintingTransformer transformer = Gaps.Train(_gpu, change: Gaps.AllColumns);
        float[][] gaps = [.. Gaps.Rows(60).Select(r => r.Measures)];
        TargetPropGenerativeModel model = transformer.Model;
        IEnumerable<double> Use() => what switch
        {
            "columns" => Gaps.Read(_gpu, transformer.Transform(Gaps.View(_gpu))).SelectMany(f => f.Completed.Concat(f.Uncertainty).Concat(f.Code).Append(f.Objective)).Select(v => (double)v),
            "sample" => Numbers(model.Sample(50, seed: 1)),
            "infer, reconstruct, denoise" => Numbers([.. model.Infer(gaps), .. model.Reconstruct(gaps), .. model.Denoise(gaps)]),
            "objective" => [.. model.Objective(gaps).Select(o => o.Total), .. model.ObjectiveByIteration(gaps)],
            "complete" => Numbers(model.Complete(gaps)),
            _ => Numbers([.. model.CompletionSteps(gaps, TargetPropInpaintingOutput.Sample).SelectMany(s => s)]),
        };

        // The first use creates the model on its device, where it stays until its disposal.
        Assert.All(Use().ToArray(), n => Assert.True(double.IsFinite(n)));
        LiveTensors.AssertGivenBack(() => _ = Use().ToArray());
    }

    private static IEnumerable<double> Numbers(IEnumerable<float[]> rows) => rows.SelectMany(r => r).Select(v => (double)v);
}
