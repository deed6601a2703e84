using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Core;

/// <summary>When a second thread pays.</summary>
internal static class WorkSharing
{
    /// <summary>
    /// With fewer multiplications, synchronising two threads costs more than the product. Measured with networks of 64 to 200 units
    /// and batches of 32 to 128 rows: 20-64×2-3 at batch 32 (131,000 multiplications) trains an eighth faster on one thread.
    /// </summary>
    private const long MinProduct = 200_000;

    /// <summary>
    /// True when several pieces of work are faster side by side, each on one thread, than one after the other, each on all threads. That holds only
    /// when most threads stay busy to the end.
    /// </summary>
    /// <param name="largest">The work of the largest piece, in any unit.</param>
    /// <param name="total">The work of all pieces.</param>
    public static bool IsWorthSharing(long largest, long total)
    {
        var threads = OpenMpTeam.Threads;
        return threads > 1 && 4 * total >= 3 * threads * largest;
    }

    /// <summary>The same for a number of products of equal size.</summary>
    /// <param name="products">The number of products.</param>
    /// <param name="multiplications">Multiplications of one product.</param>
    public static bool IsWorthSharingProducts(int products, long multiplications) => multiplications >= MinProduct && IsWorthSharing(1, products);

    /// <summary>The same for one piece of work for each map.</summary>
    public static bool IsWorthSharing(IReadOnlyList<LayerMap> maps)
    {
        var (largest, total) = (0L, 0L);
        foreach (var map in maps)
        {
            largest = Math.Max(largest, map.Shape.Parameters);
            total += map.Shape.Parameters;
        }
        return IsWorthSharing(largest, total);
    }

    /// <summary>
    /// Holds libtorch's operations on the calling thread to that thread until disposed, if even the largest product is too small to be shared.
    /// Pieces of work are still done side by side.
    /// </summary>
    /// <param name="multiplications">Multiplications of the largest product.</param>
    public static OpenMpTeam.OneThread OneThreadFor(long multiplications) =>
        new(OpenMpTeam.CanSetThreads && multiplications < MinProduct ? get_num_threads() : 0);
}
