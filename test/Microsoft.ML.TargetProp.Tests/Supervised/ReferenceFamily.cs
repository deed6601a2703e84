namespace Microsoft.ML.TargetProp.Tests.Supervised;

/// <summary>
/// The other rules of docs/algorithm.md (4.2), (4.3), (4.4), (4.6) and (4.7), row by row and unit by unit in double precision, without any code of
/// the library.
/// </summary>
/// <param name="network">Forward pass and output error.</param>
/// <param name="forward">f_1 … f_M.</param>
/// <param name="feedback">The rule's feedback maps.</param>
internal sealed class ReferenceFamily(ReferenceNetwork network, IReadOnlyList<ReferenceMap> forward, IReadOnlyList<ReferenceMap> feedback)
{
    private int M => forward.Count;

    /// <summary>g_i from layer i to layer i−1.</summary>
    private ReferenceMap G(int i) => feedback[i - 2];

    /// <summary>t_1 … t_{M−1} by t_{i−1} = g_i(t_i).</summary>
    public double[][] VanillaTargets(double[] x, int label, double step)
    {
        double[][] t = network.Targets(x, label, step);
        for (int i = M - 1; i >= 2; i--)
            t[i - 1] = G(i).Apply(t[i]);
        return t;
    }

    /// <summary>t_1 … t_{M−1} by t_M = a_M − η0 (p − y) and t_{i−1} = h_{i−1} − g_i(h_i) + g_i(t_i).</summary>
    public double[][] TargetsFromLogits(double[] x, int label, double step)
    {
        double[][] h = network.Activities(x), t = new double[M + 1][];
        t[M] = TargetOfOutput(h, label, step);
        for (int i = M; i >= 2; i--)
            t[i - 1] = Add(h[i - 1], Add(G(i).Apply(t[i]), G(i).Apply(h[i]), -1), 1);
        return t[..M];
    }

    /// <summary>t_1 … t_{M−1} by t_i = h_i − g_i(h_M) + g_i(t_M).</summary>
    public double[][] DirectTargets(double[] x, int label, double step)
    {
        double[][] h = network.Activities(x), t = new double[M][];
        for (int i = 1; i < M; i++)
            t[i] = Add(h[i], Add(feedback[i - 1].Apply(TargetOfOutput(h, label, step)), feedback[i - 1].Apply(h[M]), -1), 1);
        return t;
    }

    /// <summary>δ_1 … δ_M by δ_M = p − y, e_{i−1} = B_i δ_i, δ_i = φ′(a_i) ⊙ e_i.</summary>
    public double[][] AlignedErrors(double[] x, int label)
    {
        double[][] h = network.Activities(x), delta = new double[M + 1][];
        delta[M] = network.OutputError(h[M], label);
        for (int i = M; i >= 2; i--)
            delta[i - 1] = TimesSlope(i - 1, h, G(i).PreActivation(delta[i]));
        return delta;
    }

    /// <summary>δ_1 … δ_M by δ_M = p − y, δ_i = φ′(a_i) ⊙ B_i (p − y).</summary>
    public double[][] DirectErrors(double[] x, int label)
    {
        double[][] h = network.Activities(x), delta = new double[M + 1][];
        delta[M] = network.OutputError(h[M], label);
        for (int i = 1; i < M; i++)
            delta[i] = TimesSlope(i, h, feedback[i - 1].PreActivation(delta[M]));
        return delta;
    }

    /// <summary>One step of every hidden layer on ‖h_i − t_i‖², and of the output on L.</summary>
    public ReferenceUpdate[] UpdatesTowards(ReferenceBatch batch, Func<double[], int, double[][]> targets)
    {
        double[][][] h = [.. batch.Features.Select(network.Activities)], t = [.. batch.Features.Select((x, r) => targets(x, batch.Labels[r]))];
        IEnumerable<ReferenceUpdate> hidden = Enumerable.Range(1, M - 1).Select(i => ReferenceNetwork.SquaredErrorUpdate(
            forward[i - 1], [.. h.Select(row => row[i - 1])], [.. t.Select(row => row[i])], batch));
        return [.. hidden, network.BackpropagationUpdates(batch)[M - 1]];
    }

    /// <summary>∂/∂W_i = δ_i h_{i−1}ᵀ and ∂/∂b_i = δ_i, as weighted means over the rows.</summary>
    public ReferenceUpdate[] UpdatesAlong(ReferenceBatch batch, Func<double[], int, double[][]> errors) =>
        [.. forward.Select((map, k) => new ReferenceUpdate(
            [.. map.Weight.Select((row, j) => row.Select((_, c) => Mean(batch, errors, (delta, h) => delta[k + 1][j] * h[k][c])).ToArray())],
            [.. map.Bias.Select((_, j) => Mean(batch, errors, (delta, _) => delta[k + 1][j]))]))];

    private double Mean(ReferenceBatch batch, Func<double[], int, double[][]> errors, Func<double[][], double[][], double> value) =>
        batch.Features.Select((x, r) => batch.Weight(r) * value(errors(x, batch.Labels[r]), network.Activities(x))).Average();

    private double[] TargetOfOutput(double[][] h, int label, double step) => Add(h[M], network.OutputError(h[M], label), -step);

    /// <summary>φ′(a_i) ⊙ e. B has no bias.</summary>
    private double[] TimesSlope(int i, double[][] h, double[] e) =>
        [.. forward[i - 1].PreActivation(h[i - 1]).Select((a, j) => e[j] * forward[i - 1].Unit.Slope(a))];

    public static double[] Add(double[] a, double[] b, double factor) => [.. a.Zip(b, (x, y) => x + factor * y)];
}
