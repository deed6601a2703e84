namespace Microsoft.ML.TargetProp.Benchmarks.Work;

/// <summary>
/// The matrix products of a mini-batch of the generative model: those of the E-step, docs/algorithm.md (8.2), and those of the M-step,
/// (8.8) and (8.9). A product is not repeated while its operands stay the same. W and V are [outputs, inputs], activities [batch, units].
/// </summary>
internal sealed class InferenceProducts
{
    private readonly GenerativeNet _net;
    private readonly List<Product> _products = [];

    private InferenceProducts(GenerativeNet net)
    {
        _net = net;
    }

    /// <summary>The products of a mini-batch without gaps.</summary>
    /// <param name="net">The model.</param>
    /// <param name="iterations">Iterations of the E-step.</param>
    public static IReadOnlyList<Product> Of(GenerativeNet net, int iterations)
    {
        InferenceProducts step = new(net);
        for (int k = 1; k <= net.Top; k++)
        {
            step.AddUp(k, "h", "h");
        }

        // g_k(h_k), which also attracts layer k − 1. That of layer 1 is computed in each iteration.
        for (int k = net.Top; k > 1; k--)
        {
            step.AddDown(k);
        }

        for (int n = 1; n <= iterations; n++)
        {
            for (int k = net.Top; k >= 1; k--)
            {
                // f_k(h_{k−1}). The first iteration has it from the first pass, and x does not change.
                if (n > 1 && k > 1)
                {
                    step.AddUp(k, "h", "i");
                }

                if (k == 1)
                {
                    step.AddDown(k);
                }

                step.AddUp(k, "g", "r");
                if (k > 1)
                {
                    step.AddDown(k);
                }
            }
        }

        for (int k = 1; k <= net.Top; k++)
        {
            step.AddDown(k);
            step.AddUpdate("dV", k, "g", k - 1, "h", k);
            step.AddUp(k, "h", "i");
            step.AddUpdate("dW", k, "i", k, "h", k - 1);
        }

        return step._products;
    }

    /// <summary>f_k of the activities called <paramref name="from"/> of layer k − 1.</summary>
    private void AddUp(int k, string from, string to) =>
        _products.Add(new Product(Activities(to, k), Activities(from, k - 1), false, new Matrix($"W{k}", _net.Units(k), _net.Units(k - 1)), true));

    /// <summary>g_k(h_k).</summary>
    private void AddDown(int k) =>
        _products.Add(new Product(Activities("g", k - 1), Activities("h", k), false, new Matrix($"V{k}", _net.Units(k - 1), _net.Units(k)), true));

    /// <summary>The outer products of a map's errors and inputs, summed over the batch.</summary>
    private void AddUpdate(string name, int k, string error, int outputs, string read, int inputs) =>
        _products.Add(new Product(
            new Matrix($"{name}{k}", _net.Units(outputs), _net.Units(inputs)), Activities(error, outputs), true, Activities(read, inputs), false));

    private Matrix Activities(string name, int layer) => new($"{name}{layer}", _net.BatchSize, _net.Units(layer));
}
