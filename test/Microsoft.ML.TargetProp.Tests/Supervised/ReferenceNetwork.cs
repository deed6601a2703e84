namespace Microsoft.ML.TargetProp.Tests.Supervised;

/// <summary>A map h ↦ φ(W h + b) between two layers, for one row in double precision.</summary>
internal sealed class ReferenceMap(double[][] weight, double[] bias, ReferenceUnit unit)
{
    public double[][] Weight { get; } = weight;

    public double[] Bias { get; } = bias;

    public ReferenceUnit Unit { get; } = unit;

    public double[] PreActivation(double[] h) => [.. Weight.Select((row, j) => Bias[j] + Reference.Dot(row, h))];

    public double[] Apply(double[] h) => [.. PreActivation(h).Select(Unit.Value)];

    /// <summary>Wᵀ v.</summary>
    public double[] Transposed(double[] v) => [.. Enumerable.Range(0, Weight[0].Length).Select(k => Weight.Select((row, j) => row[k] * v[j]).Sum())];
}

/// <summary>A derivative with respect to the weights and biases of one map.</summary>
internal sealed record ReferenceUpdate(double[][] Weight, double[] Bias)
{
    /// <summary>W row by row, then b.</summary>
    public double[] Flat => [.. Weight.SelectMany(row => row), .. Bias];
}

/// <summary>Rows of a mini-batch: features, classes (0 or 1 for a logistic output), and weights or null.</summary>
internal sealed record ReferenceBatch(double[][] Features, int[] Labels, double[]? Weights)
{
    public int Rows => Features.Length;

    public double Weight(int row) => Weights?[row] ?? 1;
}

/// <summary>
/// A reference for difference target propagation, docs/algorithm.md (2.1) to (2.4) and (3.1): row by row and unit by unit in double precision,
/// without tensors and without any code of the library. The other tests compare the library with it.
/// </summary>
internal sealed class ReferenceNetwork(IReadOnlyList<ReferenceMap> forward, IReadOnlyList<ReferenceMap> feedback, bool logistic)
{
    /// <summary>M, the output layer.</summary>
    private int M => forward.Count;

    /// <summary>f_i from layer i−1 to layer i.</summary>
    public ReferenceMap F(int i) => forward[i - 1];

    /// <summary>g_i from layer i to layer i−1, for i = 2 … M−1.</summary>
    public ReferenceMap G(int i) => feedback[i - 2];

    /// <summary>The activities h_0 … h_M, where h_M are the pre-activations of the output.</summary>
    public double[][] Activities(double[] x)
    {
        var h = new double[M + 1][];
        h[0] = x;
        for (int i = 1; i <= M; i++)
            h[i] = F(i).Apply(h[i - 1]);
        return h;
    }

    /// <summary>L(p, y) = −log p_y.</summary>
    public double Loss(double[] output, int label) => -Math.Log(Probabilities(output)[label]);

    /// <summary>∂L/∂a_M = p − y.</summary>
    public double[] OutputError(double[] output, int label)
        => logistic
            ? [Probabilities(output)[1] - label]
            : [.. Probabilities(output).Select((p, k) => p - (k == label ? 1 : 0))];

    private double[] Probabilities(double[] output)
    {
        if (logistic)
            return [1 / (1 + Math.Exp(output[0])), 1 / (1 + Math.Exp(-output[0]))];
        double[] powers = [.. output.Select(a => Math.Exp(a - output.Max()))];
        return [.. powers.Select(e => e / powers.Sum())];
    }

    /// <summary>The targets t_1 … t_{M−1} of a row, at these indices: docs/algorithm.md (2.1) and (2.2).</summary>
    public double[][] Targets(double[] x, int label, double targetStep)
    {
        double[][] h = Activities(x);
        var t = new double[M][];
        double[] gradient = F(M).Transposed(OutputError(h[M], label));
        t[M - 1] = [.. h[M - 1].Select((v, j) => v - targetStep * gradient[j])];
        for (int i = M - 1; i >= 2; i--)
        {
            double[] ofActivity = G(i).Apply(h[i]), ofTarget = G(i).Apply(t[i]);
            t[i - 1] = [.. h[i - 1].Select((v, j) => v - ofActivity[j] + ofTarget[j])];
        }
        return t;
    }

    /// <summary>Mean over rows of ‖h_i − t_i‖², for i = 1 … M−1.</summary>
    public double[] LayerLosses(ReferenceBatch batch, double targetStep)
        => [.. Enumerable.Range(1, M - 1).Select(i => Enumerable.Range(0, batch.Rows).Average(r =>
            Reference.SquaredDistance(Activities(batch.Features[r])[i], Targets(batch.Features[r], batch.Labels[r], targetStep)[i])))];

    /// <summary>The updates of f_1 … f_M by difference target propagation: docs/algorithm.md (2.3) and (2.4).</summary>
    public ReferenceUpdate[] TargetPropUpdates(ReferenceBatch batch, double targetStep)
    {
        double[][][] h = [.. batch.Features.Select(Activities)];
        double[][][] t = [.. batch.Features.Select((x, r) => Targets(x, batch.Labels[r], targetStep))];
        ReferenceUpdate[] hidden = [.. Enumerable.Range(1, M - 1).Select(i =>
            SquaredErrorUpdate(F(i), [.. h.Select(row => row[i - 1])], [.. t.Select(row => row[i])], batch))];
        return [.. hidden, OutputUpdate(h, batch)];
    }

    /// <summary>The updates of f_1 … f_M by back-propagation: docs/algorithm.md (4.1).</summary>
    public ReferenceUpdate[] BackpropagationUpdates(ReferenceBatch batch)
    {
        var updates = Enumerable.Range(1, M).Select(i => Zero(F(i))).ToArray();
        for (int r = 0; r < batch.Rows; r++)
        {
            double[][] h = Activities(batch.Features[r]);
            double[] delta = OutputError(h[M], batch.Labels[r]);
            for (int i = M; i >= 1; i--)
            {
                AddOuter(updates[i - 1], delta, h[i - 1], batch.Weight(r) / batch.Rows);
                if (i == 1)
                    break;
                double[] slope = [.. F(i - 1).PreActivation(h[i - 2]).Select(F(i - 1).Unit.Slope)];
                delta = [.. F(i).Transposed(delta).Select((v, j) => v * slope[j])];
            }
        }
        return updates;
    }

    /// <summary>The updates of g_2 … g_{M−1}: docs/algorithm.md (3.1).</summary>
    /// <param name="batch">The rows.</param>
    /// <param name="noise">ε for every feedback map, row and unit of layer i−1.</param>
    public ReferenceUpdate[] FeedbackUpdates(ReferenceBatch batch, double[][][] noise)
        => [.. Enumerable.Range(2, M - 2).Select(i =>
        {
            (double[][] encoded, double[][] disturbed) = Encoded(batch, noise, i);
            return SquaredErrorUpdate(G(i), encoded, disturbed, batch);
        })];

    /// <summary>Mean over rows of ‖g_i(f_i(h_{i−1} + ε)) − (h_{i−1} + ε)‖², for i = 2 … M−1.</summary>
    public double[] ReconstructionLosses(ReferenceBatch batch, double[][][] noise)
        => [.. Enumerable.Range(2, M - 2).Select(i =>
        {
            (double[][] encoded, double[][] disturbed) = Encoded(batch, noise, i);
            return encoded.Select((e, r) => Reference.SquaredDistance(G(i).Apply(e), disturbed[r])).Average();
        })];

    private (double[][] Encoded, double[][] WithNoise) Encoded(ReferenceBatch batch, double[][][] noise, int i)
    {
        double[][] disturbed = [.. batch.Features.Select((x, r) => Activities(x)[i - 1].Select((v, j) => v + noise[i - 2][r][j]).ToArray())];
        return ([.. disturbed.Select(F(i).Apply)], disturbed);
    }

    private ReferenceUpdate OutputUpdate(double[][][] h, ReferenceBatch batch)
    {
        ReferenceUpdate update = Zero(F(M));
        for (int r = 0; r < batch.Rows; r++)
            AddOuter(update, OutputError(h[r][M], batch.Labels[r]), h[r][M - 1], batch.Weight(r) / batch.Rows);
        return update;
    }

    /// <summary>The derivative of the mean over rows of w ‖φ(W below + b) − target‖², with constant input and target.</summary>
    public static ReferenceUpdate SquaredErrorUpdate(ReferenceMap map, double[][] below, double[][] target, ReferenceBatch batch)
    {
        ReferenceUpdate update = Zero(map);
        for (int r = 0; r < batch.Rows; r++)
        {
            double[] delta = [.. map.PreActivation(below[r]).Select((a, j) => 2 * (map.Unit.Value(a) - target[r][j]) * map.Unit.Slope(a))];
            AddOuter(update, delta, below[r], batch.Weight(r) / batch.Rows);
        }
        return update;
    }

    private static ReferenceUpdate Zero(ReferenceMap map) => new([.. map.Weight.Select(row => new double[row.Length])], new double[map.Bias.Length]);

    private static void AddOuter(ReferenceUpdate update, double[] delta, double[] below, double factor)
    {
        for (int j = 0; j < delta.Length; j++)
        {
            update.Bias[j] += factor * delta[j];
            for (int k = 0; k < below.Length; k++)
                update.Weight[j][k] += factor * delta[j] * below[k];
        }
    }
}

/// <summary>The linear algebra of the reference.</summary>
internal static class Reference
{
    public static double Dot(double[] a, double[] b) => a.Zip(b, (x, y) => x * y).Sum();

    public static double SquaredDistance(double[] a, double[] b) => a.Zip(b, (x, y) => (x - y) * (x - y)).Sum();
}
