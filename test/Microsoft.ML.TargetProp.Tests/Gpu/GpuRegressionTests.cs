using Microsoft.ML.Data;
using Microsoft.ML.TargetProp.Tests.Support;

namespace Microsoft.ML.TargetProp.Tests.Gpu;

/// <summary>Tests regressions that train on a GPU. Their models give the same predictions on the processor.</summary>
public sealed class GpuRegressionTests
{
    private readonly MLContext _gpu = Gpu.Context();

    public static TheoryData<TargetPropRegressionLoss> Losses { get; } = [.. Enum.GetValues<TargetPropRegressionLoss>()];

    [GpuTheory]
    [MemberData(nameof(Losses))]
    public void Every_loss_is_learned_on_the_GPU_and_its_model_predicts_the_same_on_the_processor(TargetPropRegressionLoss loss)
    {
        IDataView rows = Waves.View(_gpu);
        TargetPropRegressionTransformer model = _gpu.Regression.Trainers.TargetPropRegression(
            Waves.Small(60, o => (o.Loss, o.Quantiles, o.Members, o.ExampleWeightColumnName) = (loss, [0.1f, 0.9f], 2, "Weight"))).Fit(rows);

        ITransformer loaded = Models.Load(new MLContext(), Models.Zip(_gpu, model, rows.Schema));

        Assert.InRange(_gpu.Regression.Evaluate(model.Transform(rows)).RSquared, 0.8, 1);
        float[][] onGpu = [.. model.Transform(rows).GetColumn<float[]>("Quantiles")], onProcessor = [.. loaded.Transform(rows).GetColumn<float[]>("Quantiles")];
        Assert.All(onGpu.Zip(onProcessor), row => Assert.All(row.First.Zip(row.Second), q => Assert.Equal(q.First, q.Second, 0.1f)));
    }
}
