using Microsoft.ML.TargetProp.Core;
using Microsoft.ML.TargetProp.Generative;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Samples.Experiments.Measures;

/// <summary>
/// The library's completion of rows with gaps, trained as in the inpainting transform. The completion maps do not use the layers of the
/// generative model, so these layers are trained for one epoch at a tiny rate.
/// </summary>
internal sealed class RowCompleter : IDisposable
{
    private readonly GenerativeSnapshot _model;
    private readonly GenerativeNetwork _network;

    /// <param name="rows">Training rows, NaN where missing.</param>
    /// <param name="kind">The kind of all columns.</param>
    /// <param name="change">Changes the default settings for this size of data.</param>
    /// <param name="imageWidth">Pixels per line of the picture; 0 for a table.</param>
    /// <param name="seed">Seed of everything random.</param>
    /// <param name="report">Receives the progress of training, in [0, 1].</param>
    /// <param name="cancellationToken">Stops training.</param>
    public RowCompleter(
        float[,] rows, TargetPropVisibleUnits kind, int imageWidth, int seed, Func<CompletionTrainingSettings, CompletionTrainingSettings> change,
        Action<double, string> report, CancellationToken cancellationToken)
    {
        using Tensor visible = tensor(rows);
        GenerativeShape shape = new([.. Enumerable.Repeat(kind, rows.GetLength(1))], [1], TargetPropActivation.Tanh);
        GenerativeSettings begun = new() { MaxEpochs = 1, BatchSize = 10_000, LearningRate = 1e-6, Seed = seed, Inference = new(1) };
        CompletionTrainingSettings settings = change(CompletionDefaults.Of(rows.GetLength(0), rows.GetLength(1), imageWidth, seed));
        GenerativeSnapshot layers = GenerativeTrainer.Run(shape, visible, begun, null, cancellationToken.ThrowIfCancellationRequested).Model;
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

    /// <summary>The stated standard deviation of every filled entry.</summary>
    public float[,] Deviations(float[,] rows)
    {
        using DisposeScope scope = NewDisposeScope();
        long[] keys = [.. Enumerable.Range(0, rows.GetLength(0)).Select(r => (long)r)];
        return Values(IterativeCompletion.Run(_network, _model, tensor(rows), new() { WithDeviations = true }, keys).Deviations!);
    }

    /// <summary>The rows with their gaps filled by the Gaussian start, docs/algorithm.md (10.2).</summary>
    public float[,] Start(float[,] rows)
    {
        using IDisposable guard = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Tensor visible = tensor(rows), missing = visible.isnan();
        return Values(_model.Visible.FromModel(_network.Completion!.Expected(_model.Visible.ToModel(visible, missing), missing, rounds: 0)));
    }

    private static float[,] Values(Tensor tensor)
    {
        float[,] values = new float[tensor.shape[0], tensor.shape[1]];
        Buffer.BlockCopy(tensor.contiguous().data<float>().ToArray(), 0, values, 0, sizeof(float) * values.Length);
        return values;
    }

    public void Dispose() => _network.Dispose();
}
