using Microsoft.ML.TargetProp.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Generative;

/// <summary>The E-step: inference by iterated target propagation, by default without any gradient (algorithms, §5).</summary>
internal static class IteratedInference
{
    /// <summary>A forward pass, then N times from the top layer down h_k ← h_k + δ · estimator + λ · pull from above + α · q terms.</summary>
    /// <param name="network">The maps.</param>
    /// <param name="visible">In the model's units, <c>[batch, columns]</c>; what is missing is at its start.</param>
    /// <param name="settings">N, δ, λ and α, and when to stop before N.</param>
    /// <param name="missing">
    /// True at the entries that are not observed, or null when all are. They follow g_1(h_1) at every iteration: an entry that nobody has
    /// seen must not hold the code where it started, or J, which counts the observed entries only, falls.
    /// </param>
    /// <param name="onIteration">Told of h_0 to h_M after the forward pass (0) and after every iteration that is run; they change in place.</param>
    /// <returns>h_0 = x to h_M; the caller's dispose scope holds them.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A setting is out of its range.</exception>
    public static Tensor[] Run(
        GenerativeNetwork network, Tensor visible, InferenceSettings settings, Tensor? missing = null, Action<int, Tensor[]>? onIteration = null)
    {
        settings.Check();
        var top = network.Shape.Top;
        var gaps = missing is not null && HasAny(missing) ? missing : null;
        var h = new Tensor[top + 1];
        h[0] = gaps is null ? visible : visible.clone();
        for (var k = 1; k <= top; k++)
            h[k] = network.Up(k, h[k - 1]);
        onIteration?.Invoke(0, h);
        // Without gaps the input stands still, and so does f_1 of it.
        using var first = h[1].clone();
        using var watch = settings.Tolerance > 0 ? new ClimbWatch(settings.Tolerance, h, gaps is null ? 1 : 0) : null;
        for (var n = 1; n <= settings.Iterations; n++)
        {
            for (var k = top; k >= 1; k--)
            {
                using var scope = NewDisposeScope();
                var generated = network.Down(k, h[k]);
                if (k == 1 && gaps is not null)
                    h[0].copy_(where(gaps, generated, h[0]));
                Move(network, k, h, generated, k == 1 && gaps is null ? first : network.Up(k, h[k - 1]), settings);
            }
            var isOver = watch?.IsOver(h) ?? false;
            onIteration?.Invoke(n, h);
            if (isOver)
                break;
        }
        return h;
    }

    private static void Move(GenerativeNetwork network, int k, Tensor[] h, Tensor generated, Tensor inferred, InferenceSettings settings)
    {
        var above = k < network.Shape.Top ? network.Down(k + 1, h[k + 1]) : null;
        var move = settings.Direction == TargetPropInferenceDirection.Gradient
            ? Gradient(network, k, h[k - 1], generated).Scale(settings.Step)
            : Estimator(network, k, inferred, generated).Scale(settings.Step);
        if (above is not null)
            move.AddScaled(PullFromAbove(above, h[k]), settings.TopDownStep);
        if (settings.InferenceWeight > 0)
            move.AddScaled(InferenceTerms(network, k, inferred, h[k], above), settings.InferenceWeight);
        h[k].Add(move);
        if (above is null)
            network.Prior?.Apply(h[k]);
    }

    /// <summary>f_k(h_{k−1}) − f_k(g_k(h_k)), σ² times the estimator of ∂ log p(h_{k−1} | h_k) / ∂h_k (algorithms, §5).</summary>
    /// <param name="network">The maps.</param>
    /// <param name="k">The layer, 1 to M.</param>
    /// <param name="inferred">f_k(h_{k−1}).</param>
    /// <param name="generated">g_k(h_k).</param>
    public static Tensor Estimator(GenerativeNetwork network, int k, Tensor inferred, Tensor generated)
    {
        using var returned = network.Up(k, generated);
        return inferred.sub(returned);
    }

    /// <summary>g_k′(h_k)ᵀ (h_{k−1} − g_k(h_k)): what the estimator stands for, σ² times ∂ log p(h_{k−1} | h_k) / ∂h_k itself, with σ² in every layer the same.</summary>
    /// <param name="network">The maps.</param>
    /// <param name="k">The layer, 1 to M.</param>
    /// <param name="below">h_{k−1}.</param>
    /// <param name="generated">g_k(h_k).</param>
    public static Tensor Gradient(GenerativeNetwork network, int k, Tensor below, Tensor generated)
    {
        var map = network.GenerativeParameters.Maps[k - 1];
        using var error = below.sub(generated);
        map.Activation.MultiplyByDerivative(error, generated);
        return error.mm(map.Weight);
    }

    /// <summary>g_{k+1}(h_{k+1}) − h_k, σ² times ∂ log p(h_k | h_{k+1}) / ∂h_k (algorithms, §5).</summary>
    public static Tensor PullFromAbove(Tensor generatedFromAbove, Tensor activity) => generatedFromAbove.sub(activity);

    /// <summary>
    /// (f_k(h_{k−1}) − h_k) + (g_{k+1}(h_{k+1}) − g_{k+1}(f_{k+1}(h_k))), the q terms; the second is dropped at the top (algorithms, §5).
    /// </summary>
    public static Tensor InferenceTerms(GenerativeNetwork network, int k, Tensor inferred, Tensor activity, Tensor? generatedFromAbove)
    {
        var terms = inferred.sub(activity);
        if (generatedFromAbove is null)
            return terms;
        using var up = network.Up(k + 1, activity);
        using var returned = network.Down(k + 1, up);
        return terms.Add(generatedFromAbove).sub_(returned);
    }

    private static bool HasAny(Tensor mask)
    {
        using var any = mask.any();
        return any.ToBoolean();
    }
}
