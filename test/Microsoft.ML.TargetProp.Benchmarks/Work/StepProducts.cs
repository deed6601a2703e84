namespace Microsoft.ML.TargetProp.Benchmarks.Work;

/// <summary>
/// The matrix products of a training step, docs/algorithm.md (2.5), in the memory layout of a step: W and V are [outputs, inputs],
/// activities [batch, units].
/// </summary>
internal sealed class StepProducts
{
    private readonly NetShape _net;
    private readonly List<Product> _products = [];

    private StepProducts(NetShape net)
    {
        _net = net;
    }

    /// <summary>h_i = f_i(h_{i−1}) for every layer.</summary>
    public static IReadOnlyList<Product> Forward(NetShape net)
    {
        StepProducts step = new(net);
        step.AddForward();
        return step._products;
    }

    /// <summary>A step of back-propagation.</summary>
    public static IReadOnlyList<Product> Backpropagation(NetShape net)
    {
        StepProducts step = new(net);
        step.AddForward();
        for (int i = net.Maps; i >= 1; i--)
        {
            step.AddUpdate("dW", i, step.Activities("d", i), step.Activities("h", i - 1));
            if (i > 1)
            {
                step.Add(step.Activities("d", i - 1), step.Activities("d", i), false, step.Weights(i), false);
            }
        }

        return step._products;
    }

    /// <summary>A step of difference target propagation.</summary>
    /// <param name="net">The network.</param>
    /// <param name="feedbackLearns">Whether the feedback maps learn in this step.</param>
    public static IReadOnlyList<Product> TargetPropagation(NetShape net, bool feedbackLearns)
    {
        StepProducts step = new(net);
        step.AddForward();
        for (int i = 2; feedbackLearns && i < net.Maps; i++)
        {
            // Reconstruction, docs/algorithm.md (3.1): e_i = f_i(h_{i−1} + ε), r = g_i(e_i), and the update of g_i.
            step.Add(step.Activities("e", i), step.Activities("h", i - 1), false, step.Weights(i), true);
            step.AddFeedback(i, "e", "r");
            step.AddUpdate("dV", i, step.Activities("r", i - 1), step.Activities("e", i), feedback: true);
        }

        int last = net.Maps;
        step.AddUpdate("dW", last, step.Activities("d", last), step.Activities("h", last - 1));
        step.Add(step.Activities("t", last - 1), step.Activities("d", last), false, step.Weights(last), false);
        for (int i = last - 1; i >= 1; i--)
        {
            if (i > 1)
            {
                // docs/algorithm.md (2.2): t_{i−1} = h_{i−1} − g_i(h_i) + g_i(t_i)
                step.AddFeedback(i, "h", "r");
                step.AddFeedback(i, "t", "t");
            }

            step.AddUpdate("dW", i, step.Activities("t", i), step.Activities("h", i - 1));
        }

        return step._products;
    }

    private void AddForward()
    {
        for (int i = 1; i <= _net.Maps; i++)
        {
            Add(Activities("h", i), Activities("h", i - 1), false, Weights(i), true);
        }
    }

    /// <summary>g_i of the activities called <paramref name="from"/> of layer i.</summary>
    private void AddFeedback(int i, string from, string to) =>
        Add(Activities(to, i - 1), Activities(from, i), false, new Matrix($"V{i}", _net.Units(i - 1), _net.Units(i)), true);

    /// <summary>The outer products of a map's errors and inputs, summed over the batch.</summary>
    private void AddUpdate(string name, int i, Matrix error, Matrix below, bool feedback = false)
    {
        (int outputs, int inputs) = feedback ? (_net.Units(i - 1), _net.Units(i)) : (_net.Units(i), _net.Units(i - 1));
        Add(new Matrix($"{name}{i}", outputs, inputs), error, true, below, false);
    }

    private void Add(Matrix to, Matrix left, bool leftTransposed, Matrix right, bool rightTransposed) =>
        _products.Add(new Product(to, left, leftTransposed, right, rightTransposed));

    private Matrix Activities(string name, int layer) => new($"{name}{layer}", _net.BatchSize, _net.Units(layer));

    private Matrix Weights(int i) => new($"W{i}", _net.Units(i), _net.Units(i - 1));
}
