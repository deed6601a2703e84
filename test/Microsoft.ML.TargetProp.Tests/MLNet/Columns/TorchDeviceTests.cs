using Microsoft.ML.Runtime;
using Microsoft.ML.TargetProp.Core;
using Microsoft.ML.TargetProp.MLNet;
using Microsoft.ML.TargetProp.Tests.Support;
using TorchSharp;

namespace Microsoft.ML.TargetProp.Tests.MLNet;

/// <summary>Checks that MLContext.GpuDeviceId and FallbackToCpu choose the device.</summary>
public sealed class TorchDeviceTests
{
    /// <summary>A number that is above the number of GPUs of any machine.</summary>
    private const int NoSuchGpu = 9999;

    [Theory]
    [InlineData(null, 0, true, DeviceType.CPU, -1)]
    [InlineData(null, 2, false, DeviceType.CPU, -1)]
    [InlineData(0, 1, false, DeviceType.CUDA, 0)]
    [InlineData(1, 2, false, DeviceType.CUDA, 1)]
    [InlineData(0, 0, true, DeviceType.CPU, -1)]
    [InlineData(2, 2, true, DeviceType.CPU, -1)]
    [InlineData(-1, 2, true, DeviceType.CPU, -1)]
    public void GpuDeviceId_and_FallbackToCpu_choose_the_device(int? gpu, int count, bool fallback, DeviceType type, int index)
    {
        torch.Device device = TorchDevice.Choose(Host(new()), gpu, fallback, () => count);

        Assert.Equal(type, device.type);
        if (type == DeviceType.CUDA)
            Assert.Equal(index, device.index);
    }

    [Fact]
    public void Without_GpuDeviceId_GPUs_are_not_counted()
    {
        TorchDevice.Choose(Host(new()), null, false, () => throw new InvalidOperationException("looked"));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(2, 2)]
    [InlineData(-1, 2)]
    public void A_missing_GPU_is_an_error_without_FallbackToCpu(int gpu, int count)
    {
        var error = Assert.Throws<InvalidOperationException>(() => TorchDevice.Choose(Host(new()), gpu, false, () => count));

        Assert.Contains($"GpuDeviceId is {gpu}", error.Message, StringComparison.Ordinal);
        Assert.Contains($"sees {count} CUDA device(s)", error.Message, StringComparison.Ordinal);
        Assert.Contains("FallbackToCpu", error.Message, StringComparison.Ordinal);
        Assert.Contains("TorchSharp-cuda", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_trainer_does_not_train_without_the_requested_GPU()
    {
        var ml = new MLContext(seed: 1) { GpuDeviceId = NoSuchGpu, FallbackToCpu = false };

        Assert.Throws<InvalidOperationException>(() => ml.MulticlassClassification.Trainers.TargetPropClassifier(Models.Small()).Fit(Models.FlowersWithKeys(ml)));
        Assert.Throws<InvalidOperationException>(() => ml.BinaryClassification.Trainers.TargetPropClassifier(Models.SmallBinary()).Fit(Models.Moons(ml)));
    }

    [Fact]
    public void A_model_does_not_score_batches_without_the_requested_GPU()
    {
        var cpu = new MLContext(seed: 1);
        IDataView table = Models.FlowersWithKeys(cpu);
        byte[] zip = Models.Zip(cpu, cpu.MulticlassClassification.Trainers.TargetPropClassifier(Models.Small(epochs: 1)).Fit(table), table.Schema);
        var gpu = new MLContext { GpuDeviceId = NoSuchGpu, FallbackToCpu = false };

        ITransformer model = Models.Load(gpu, zip);

        Exception? error = Record.Exception(() => ViewText.Rows(model.Transform(table), "Score"));
        while (error?.InnerException is { } inner)
            error = inner;
        Assert.IsType<InvalidOperationException>(error);
        // Single rows are always scored on the processor.
        using var engine = gpu.Model.CreatePredictionEngine<Flower, FlowerKeyPrediction>(model);
        Assert.Equal(3, engine.Predict(Tables.Flowers()[0]).Score.Length);
    }

    [Fact]
    public void FallbackToCpu_gives_the_model_of_the_processor_and_a_warning()
    {
        var messages = new List<string>();
        var ml = new MLContext(seed: 1) { GpuDeviceId = NoSuchGpu, FallbackToCpu = true };
        ml.Log += (_, e) => messages.Add(e.Message);
        var cpu = new MLContext(seed: 1);

        byte[] model = ml.MulticlassClassification.Trainers.TargetPropClassifier(Models.Small(epochs: 2)).Fit(Models.FlowersWithKeys(ml)).Bytes();

        Assert.Equal(cpu.MulticlassClassification.Trainers.TargetPropClassifier(Models.Small(epochs: 2)).Fit(Models.FlowersWithKeys(cpu)).Bytes(), model);
        Assert.Contains(messages, m => m.Contains($"GpuDeviceId is {NoSuchGpu}", StringComparison.Ordinal) && m.Contains("Falling back", StringComparison.Ordinal));
    }

    private static IHost Host(MLContext ml) => ((IHostEnvironment)ml).Register("test");
}
