using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Generative;

/// <summary>The M-step: every map takes one local step towards what the E-step inferred (algorithms, §5).</summary>
internal sealed class LocalMaximization : IDisposable
{
    private readonly GenerativeNetwork _network;
    private readonly ParameterBuffer _inferenceUpdates;
    private readonly ParameterBuffer _generativeUpdates;
    private readonly Adam _inference;
    private readonly Adam _generation;

    public LocalMaximization(GenerativeNetwork network)
    {
        _network = network;
        _inferenceUpdates = network.InferenceParameters.NewLike();
        _generativeUpdates = network.GenerativeParameters.NewLike();
        _inference = new(network.InferenceParameters, _inferenceUpdates, weightDecay: 0);
        _generation = new(network.GenerativeParameters, _generativeUpdates, weightDecay: 0);
    }

    /// <summary>One step of all maps.</summary>
    /// <param name="h">h_0 to h_M after the E-step.</param>
    /// <param name="missing">True at the visible entries that were inferred; null when none was.</param>
    /// <param name="noise">σ of what is added to all that a map reads.</param>
    /// <param name="random">Where the noise comes from.</param>
    /// <param name="learningRate">Of Adam.</param>
    public void Step(Tensor[] h, Tensor? missing, double noise, RandomSource random, double learningRate)
    {
        using var scope = NewDisposeScope();
        for (var k = 1; k < h.Length; k++)
        {
            Generation(_network, _generativeUpdates.Maps[k - 1], k, random.Disturbed(h[k], noise), h[k - 1], k == 1 ? missing : null);
            Inference(_network, _inferenceUpdates.Maps[k - 1], k, random.Disturbed(h[k - 1], noise), h[k]);
        }
        _inference.Step(learningRate);
        _generation.Step(learningRate);
    }

    /// <summary>
    /// One step of all maps by the increments along the E-step: ΔW ∝ Σ_t (what the map writes to at t + 1, less at t) · (what it reads at t)
    /// (algorithms, §6). The layer that g_k writes to starts at what g_k says of it and goes to the forward pass in equal steps, besides its
    /// moves in the E-step. The slides ask this of the input, which else stands still; without it no other g_k would see its own error either.
    /// </summary>
    /// <param name="path">The E-step.</param>
    /// <param name="missing">True at the visible entries that were inferred; null when none was.</param>
    /// <param name="learningRate">Of Adam.</param>
    public void Step(InferencePath path, Tensor? missing, double learningRate)
    {
        using var scope = NewDisposeScope();
        var h = path.Values;
        var last = h.Count - 1;
        for (var k = 1; k < h[0].Length; k++)
        {
            Increments(_inferenceUpdates.Maps[k - 1], Enumerable.Range(0, last).Select(t => (h[t + 1][k].sub(h[t][k]), h[t][k - 1])));
            var arrival = h[0][k - 1].sub(_network.Down(k, h[0][k])).ScaleInPlace(1.0 / last);
            Increments(_generativeUpdates.Maps[k - 1], Enumerable.Range(0, last).Select(t => (Seen(h[t + 1][k - 1].sub(h[t][k - 1]).AddInPlace(arrival), k), h[t][k])));
        }
        _inference.Step(learningRate);
        _generation.Step(learningRate);

        Tensor Seen(Tensor change, int k) => k == 1 && missing is not null ? change.ZeroInPlace(missing) : change;
    }

    /// <summary>The update, which an optimiser subtracts: minus the mean over rows of Σ_t change · presynaptic activity (algorithms, §6).</summary>
    public static void Increments(LayerMap update, IEnumerable<(Tensor Change, Tensor Below)> path)
    {
        using var scope = NewDisposeScope();
        var steps = path.ToArray();
        // Stacked: one product for the whole path.
        var change = cat([.. steps.Select(s => s.Change)]);
        LocalUpdate.Outer(update, change.ScaleInPlace(-1.0 / steps[0].Change.shape[0]), cat([.. steps.Select(s => s.Below)]));
    }

    /// <summary>g_k: the gradient of the mean over rows of ‖g_k(h_k + noise) − h_{k−1}‖², over the observed entries (algorithms, §5).</summary>
    public static void Generation(GenerativeNetwork network, LayerMap update, int k, Tensor disturbed, Tensor below, Tensor? missing)
    {
        using var scope = NewDisposeScope();
        var output = network.Down(k, disturbed);
        if (missing is null)
            LocalUpdate.Towards(update, output, below, disturbed, weights: null);
        else // What the model filled in itself teaches it nothing.
            LocalUpdate.SquaredError(update, output, output.sub(below).ZeroInPlace(missing), disturbed, weights: null);
    }

    /// <summary>f_k: the gradient of the mean over rows of ‖f_k(h_{k−1} + noise) − h_k‖² (algorithms, §5).</summary>
    public static void Inference(GenerativeNetwork network, LayerMap update, int k, Tensor disturbed, Tensor above)
    {
        using var scope = NewDisposeScope();
        var output = network.Up(k, disturbed);
        LocalUpdate.Towards(update, output, above, disturbed, weights: null);
    }

    public void Dispose()
    {
        _inference.Dispose();
        _generation.Dispose();
        _inferenceUpdates.Dispose();
        _generativeUpdates.Dispose();
    }
}
