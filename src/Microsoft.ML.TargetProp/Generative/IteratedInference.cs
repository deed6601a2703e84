using Microsoft.ML.TargetProp.Networks;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Generative;

/// <summary>The E-step: inference by iterated target propagation, without any gradient (algorithms, §5).</summary>
internal static class IteratedInference
{
    /// <summary>A forward pass, then N times from the top layer down h_k ← h_k + δ · estimator + λ · pull from above + α · q terms.</summary>
    /// <param name="network">The maps.</param>
    /// <param name="visible">In the model's units, nothing missing, <c>[batch, columns]</c>.</param>
    /// <param name="settings">N, δ, λ and α.</param>
    /// <returns>h_0 = x to h_M; the caller's dispose scope holds them.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A setting is out of its range.</exception>
    public static Tensor[] Run(GenerativeNetwork network, Tensor visible, InferenceSettings settings)
    {
        settings.Check();
        var top = network.Shape.Top;
        var h = new Tensor[top + 1];
        h[0] = visible;
        for (var k = 1; k <= top; k++)
            h[k] = network.Up(k, h[k - 1]);
        // The input stands still, and so does f_1 of it.
        using var first = h[1].clone();
        for (var n = 0; n < settings.Iterations; n++)
        {
            using var scope = NewDisposeScope();
            for (var k = top; k >= 1; k--)
            {
                var above = k < top ? network.Down(k + 1, h[k + 1]) : null;
                var inferred = k == 1 ? first : network.Up(k, h[k - 1]);
                var move = Estimator(network, k, inferred, h[k]).Scale(settings.Step);
                if (above is not null)
                    move.AddScaled(PullFromAbove(above, h[k]), settings.TopDownStep);
                if (settings.InferenceWeight > 0)
                    move.AddScaled(InferenceTerms(network, k, inferred, h[k], above), settings.InferenceWeight);
                h[k].Add(move);
            }
        }
        return h;
    }

    /// <summary>f_k(h_{k−1}) − f_k(g_k(h_k)), σ² times the estimator of ∂ log p(h_{k−1} | h_k) / ∂h_k (algorithms, §5).</summary>
    /// <param name="network">The maps.</param>
    /// <param name="k">The layer, 1 to M.</param>
    /// <param name="inferred">f_k(h_{k−1}).</param>
    /// <param name="activity">h_k.</param>
    public static Tensor Estimator(GenerativeNetwork network, int k, Tensor inferred, Tensor activity)
    {
        using var generated = network.Down(k, activity);
        using var returned = network.Up(k, generated);
        return inferred.sub(returned);
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
}
