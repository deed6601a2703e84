using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Tests.Supervised;

/// <summary>Explicit Jacobians of small maps by central differences in double precision, their angles and eigenvalues.</summary>
internal static class SmallJacobians
{
    private const double Step = 1e-6;

    /// <summary>∂f_j/∂x_k at [j][k].</summary>
    public static double[][] Of(Func<double[], double[]> f, double[] x)
    {
        double[][] columns = [.. Enumerable.Range(0, x.Length).Select(k =>
        {
            double[] up = [.. x], down = [.. x];
            up[k] += Step;
            down[k] -= Step;
            return f(up).Zip(f(down), (u, d) => (u - d) / (2 * Step)).ToArray();
        })];
        return Transpose(columns);
    }

    public static double[][] Transpose(double[][] m) => [.. Enumerable.Range(0, m[0].Length).Select(k => m.Select(row => row[k]).ToArray())];

    public static double[][] Product(double[][] a, double[][] b)
    {
        double[][] columns = Transpose(b);
        return [.. a.Select(row => columns.Select(c => Reference.Dot(row, c)).ToArray())];
    }

    /// <summary>The angle in degrees between two matrices as long vectors.</summary>
    public static double Angle(double[][] a, double[][] b) => Angle(a.SelectMany(r => r).ToArray(), b.SelectMany(r => r).ToArray());

    public static double Angle(double[] a, double[] b) =>
        Math.Acos(Math.Clamp(Reference.Dot(a, b) / Math.Sqrt(Reference.Dot(a, a) * Reference.Dot(b, b)), -1, 1)) * 180 / Math.PI;

    /// <summary>The largest eigenvalue of (I − f′g′)ᵀ(I − f′g′), from the whole matrix.</summary>
    public static double LargestEigenvalue(double[][] forward, double[][] feedback)
    {
        using var scope = NewDisposeScope();
        int n = forward.Length;
        Tensor rest = eye(n, dtype: ScalarType.Float64).sub(tensor(Product(forward, feedback).SelectMany(row => row).ToArray()).view(n, n));
        return linalg.eigvalsh(rest.t().mm(rest)).max().ToDouble();
    }
}
