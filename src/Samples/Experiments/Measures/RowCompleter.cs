using Microsoft.ML.TargetProp.Core;
using Microsoft.ML.TargetProp.Generative;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Samples.Experiments.Measures;

/// <summary>
/// The library's completion of rows with gaps, as the inpainting transform trains it. The layers of the generative model have no part in
/// these maps, so that they are only just begun here.
/// </summary>
internal sealed class RowCompleter : IDisposable
{
    private readonly GenerativeSnapshot _model;
    private readonly GenerativeNetwork _network;

    /// <param name="rows">Rows to learn from, NaN where missing.</param>
    /// <param name="kind">The kind of all columns.</param>
    /// <param name="change">From the defaults for this size to what is wanted.</param>
    /// <param name="imageWidth">Pixels in a line; 0 for a table.</param>
    /// <param name="seed">Of everything random.</param>
    /// <param name="report">Told how far training is, in [0, 1].</param>
    /// <param name="cancellationToken">Stops training.</param>
    public RowCompleter(
        float[,] rows, TargetPropVisibleUnits kind, int imageWidth, int seed, Func<CompletionTrainingSettings, CompletionTrainingSettings> change,
        Action<double, string> report, CancellationToken cancellationToken)
    {
        using Tensor visible = tensor(rows);
        GenerativeShape shape = new([.. Enumerable.Repeat(kind, rows.GetLength(1))], [1], TargetPropActivation.Tanh);
        GenerativeSettings begun = new() { MaxEpochs = 1, BatchSize = 10_000, LearningRate = 1e-6, Seed = seed, Inference = new(1) };
        CompletionTrainingSettings settings = change(CompletionDefaults.Of(rows.GetLength(0), rows.GetLength(1), imageWidth, seed));
        GenerativeSnapshot layers = GenerativeTraining.Run(shape, visible, begun, null, cancellationToken.ThrowIfCancellationRequested).Model;
        _model = CompletionTrainer.Run(
            layers, visible, settings,
            e => report((double)e.Epoch / settings.MaxEpochs, string.Create(System.Globalization.CultureInfo.InvariantCulture, $"epoch {e.Epoch}/{settings.MaxEpochs}, squared error {e.Error:0.0000}")),
            cancellationToken.ThrowIfCancellationRequested);
        _network = GenerativeNetwork.FromSnapshot(_model, CPU);
    }

    /// <summary>The rows with their gaps filled.</summary>
    public float[,] Complete(float[,] rows, CompletionSettings settings)
    {
        using DisposeScope scope = NewDisposeScope();
        long[] keys = [.. Enumerable.Range(0, rows.GetLength(0)).Select(r => (long)r)];
        return Values(IterativeCompletion.Run(_network, _model, tensor(rows), settings, keys).Values);
    }

    /// <summary>The standard deviation that is stated of every filled entry.</summary>
    public float[,] Deviations(float[,] rows)
    {
        using DisposeScope scope = NewDisposeScope();
        long[] keys = [.. Enumerable.Range(0, rows.GetLength(0)).Select(r => (long)r)];
        return Values(IterativeCompletion.Run(_network, _model, tensor(rows), new() { WithDeviations = true }, keys).Deviations!);
    }

    /// <summary>Where completion starts: the conditional mean of a Gaussian.</summary>
    public float[,] Start(float[,] rows)
    {
        using IDisposable guard = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Tensor visible = tensor(rows), missing = visible.isnan();
        return Values(_model.Visible.FromModel(_network.Completing!.Expected(_model.Visible.ToModel(visible, missing), missing, rounds: 0)));
    }

    private static float[,] Values(Tensor tensor)
    {
        float[,] values = new float[tensor.shape[0], tensor.shape[1]];
        Buffer.BlockCopy(tensor.contiguous().data<float>().ToArray(), 0, values, 0, sizeof(float) * values.Length);
        return values;
    }

    public void Dispose() => _network.Dispose();
}
