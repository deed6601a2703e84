namespace Microsoft.ML.TargetProp.Tests.Supervised;

/// <summary>
/// A reference for fixed-weight difference target propagation, docs/algorithm.md (4.5), in double precision. It computes whole mini-batches,
/// because batch normalisation couples the rows. Values are indexed as value[row][unit].
/// </summary>
internal sealed class ReferenceNormalizedNetwork(IReadOnlyList<ReferenceMap> forward, IReadOnlyList<ReferenceMap> feedback)
{
    private const double Stabilizer = 1e-5;

    private int M => forward.Count;

    /// <summary>BN, docs/algorithm.md (4.8): mean 0 and variance 1 of every unit over the rows.</summary>
    public static double[][] Normalize(double[][] rows)
    {
        double[] mean = [.. Enumerable.Range(0, rows[0].Length).Select(j => rows.Average(row => row[j]))];
        double[] variance = [.. mean.Select((m, j) => rows.Average(row => (row[j] - m) * (row[j] - m)))];
        return [.. rows.Select(row => row.Select((v, j) => (v - mean[j]) / Math.Sqrt(variance[j] + Stabilizer)).ToArray())];
    }

    /// <summary>The activities h_0 … h_M of all rows: h_i = BN(φ(W_i h_{i−1} + b_i)). The output is linear.</summary>
    public double[][][] Activities(double[][] x)
    {
        var h = new double[M + 1][][];
        h[0] = x;
        for (int i = 1; i <= M; i++)
            h[i] = Layer(i, h[i - 1]);
        return h;
    }

    public double[][] Layer(int i, double[][] below)
    {
        double[][] output = [.. below.Select(forward[i - 1].Apply)];
        return i == M ? output : Normalize(output);
    }

    /// <summary>The targets t_1 … t_{M−1}: t_M = a_M − η0 (p − y), t_{i−1} = BN(h_{i−1} − g_i(h_i) + g_i(t_i)), g_i(h) = BN(φ(B_i h)).</summary>
    public double[][][] Targets(double[][][] h, double[][] outputErrors, double step)
    {
        var t = new double[M + 1][][];
        t[M] = [.. h[M].Zip(outputErrors, (a, e) => ReferenceFamily.Add(a, e, -step))];
        for (int i = M; i >= 2; i--)
        {
            double[][] ofTarget = Feedback(i, t[i]), ofActivity = Feedback(i, h[i]);
            t[i - 1] = Normalize([.. h[i - 1].Select((v, r) => ReferenceFamily.Add(v, ReferenceFamily.Add(ofTarget[r], ofActivity[r], -1), 1))]);
        }
        return t;
    }

    private double[][] Feedback(int i, double[][] h) => Normalize([.. h.Select(feedback[i - 2].Apply)]);
}
