using Microsoft.ML.TargetProp.Networks;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Generative;

/// <summary>The E-step: inference by iterated target propagation, without any gradient (algorithms, §5).</summary>
internal static class IteratedInference
{
    /// <summary>
    /// After a forward pass, N times: h_M ← h_M + δ (f_M(h_{M−1}) − f_M(g_M(h_M))), then downwards for k &lt; M
    /// h_k ← h_k + δ (f_k(h_{k−1}) − f_k(g_k(h_k))) + λ (g_{k+1}(h_{k+1}) − h_k).
    /// </summary>
    /// <param name="network">The maps.</param>
    /// <param name="visible">Standardised, nothing missing, <c>[batch, columns]</c>.</param>
    /// <param name="iterations">N.</param>
    /// <param name="step">δ.</param>
    /// <param name="topDown">λ.</param>
    /// <returns>h_0 = x to h_M; the caller's dispose scope holds them.</returns>
    public static Tensor[] Run(GenerativeNetwork network, Tensor visible, int iterations, double step, double topDown)
    {
        var top = network.Shape.Top;
        var h = new Tensor[top + 1];
        h[0] = visible;
        for (var k = 1; k <= top; k++)
            h[k] = network.Up(k, h[k - 1]);
        // The input stands still, and so does f_1 of it.
        var first = h[1].clone();
        for (var n = 0; n < iterations; n++)
        {
            using var scope = NewDisposeScope();
            for (var k = top; k >= 1; k--)
            {
                var move = (k == 1 ? first.clone() : network.Up(k, h[k - 1])).sub_(network.Up(k, network.Down(k, h[k]))).Scale(step);
                if (k < top)
                    move.AddScaled(network.Down(k + 1, h[k + 1]).sub_(h[k]), topDown);
                h[k].Add(move);
            }
        }
        return h;
    }
}
