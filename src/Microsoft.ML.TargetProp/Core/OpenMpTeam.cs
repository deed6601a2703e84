using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Core;

/// <summary>
/// Independent pieces of work on the threads that libtorch computes with. For milliseconds after a product these wait for the next one
/// without giving up their cores, so a thread of .NET would have to compete with them. They belong to the OpenMP library that libtorch
/// has loaded, and that can be asked to run something else on them. Within a piece libtorch takes no further threads.
/// </summary>
/// <remarks>
/// Only GNU's OpenMP, which libtorch brings on Linux, is asked; elsewhere the calling thread does all pieces, one after the other, and
/// libtorch's operations in them take as many threads as always. Which thread does a piece changes nothing of what it computes.
/// </remarks>
internal static unsafe class OpenMpTeam
{
    /// <summary>
    /// Multiplications that one thread has done before two have met over them, measured with networks of 64 to 200 units and batches of
    /// 32 to 128 rows: 20-64×2-3 at batch 32 learns an eighth faster when its products (131,000) stay on one thread.
    /// </summary>
    private const long LeastProduct = 200_000;

    private static readonly delegate* unmanaged<delegate* unmanaged<nint, void>, nint, uint, uint, void> RunOnTeam =
        (delegate* unmanaged<delegate* unmanaged<nint, void>, nint, uint, uint, void>)FindEntry("GOMP_parallel");
    private static readonly delegate* unmanaged<int, void> SetThreads = (delegate* unmanaged<int, void>)FindEntry("omp_set_num_threads");

    [ThreadStatic]
    private static bool _isInPiece;

    /// <summary>The threads of the team while libtorch's own operations are held to one; 0 when they are not.</summary>
    [ThreadStatic]
    private static int _team;

    /// <summary>Threads that would take part now; 1 when the calling thread has to do everything, as within a piece of work.</summary>
    public static int Threads => RunOnTeam == null || _isInPiece ? 1 : _team > 0 ? _team : get_num_threads();

    /// <summary>
    /// Whether pieces are better done side by side, each by one thread, than one after the other, each by all: only when they keep most
    /// of the threads busy to the end.
    /// </summary>
    /// <param name="largest">The work of the largest piece, in any unit.</param>
    /// <param name="total">The work of all pieces.</param>
    public static bool IsWorthSharing(long largest, long total)
    {
        var threads = Threads;
        return threads > 1 && 4 * total >= 3 * threads * largest;
    }

    /// <summary>The same for pieces that are one product each, all of the same size.</summary>
    /// <param name="products">How many.</param>
    /// <param name="multiplications">Those of one product.</param>
    public static bool IsWorthSharingProducts(int products, long multiplications) => multiplications >= LeastProduct && IsWorthSharing(1, products);

    /// <summary>The same for pieces of which each does the work of one of the maps.</summary>
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

    /// <summary>Does pieces 0 to <paramref name="pieces"/> − 1, begun in this order, and returns when all are done.</summary>
    /// <param name="pieces">How many there are.</param>
    /// <param name="work">Does one of them; what it throws arrives here, and pieces not yet begun are left out then.</param>
    public static void Run(int pieces, Action<int> work)
    {
        if (pieces < 2 || Threads == 1)
        {
            for (var piece = 0; piece < pieces; piece++)
                work(piece);
            return;
        }
        var job = new Job(pieces, work);
        var handle = GCHandle.Alloc(job);
        // 0 threads: as many as libtorch's own loops take. 0 flags: none.
        RunOnTeam(&TakePart, GCHandle.ToIntPtr(handle), (uint)_team, 0);
        handle.Free();
        job.Failure?.Throw();
    }

    /// <summary>Splits a range evenly among the threads; on one thread if it is short.</summary>
    /// <param name="count">The range is 0 to <paramref name="count"/> − 1.</param>
    /// <param name="least">A part is no shorter than this.</param>
    /// <param name="work">Does the part that starts at the first number and has the length of the second.</param>
    public static void RunRanges(int count, int least, Action<int, int> work)
    {
        var parts = count / Math.Max(1, least);
        if (parts < 2 || (parts = Math.Min(parts, Threads)) < 2)
        {
            work(0, count);
            return;
        }
        Run(parts, part =>
        {
            var start = (int)((long)count * part / parts);
            work(start, (int)((long)count * (part + 1) / parts) - start);
        });
    }

    /// <summary>
    /// Until disposed of, libtorch's operations on the calling thread take no other thread, if even the largest product is too small to
    /// be shared. Pieces of work are still done side by side.
    /// </summary>
    /// <param name="multiplications">Those of the largest product.</param>
    public static OneThread OneThreadFor(long multiplications) => new(SetThreads != null && multiplications < LeastProduct ? get_num_threads() : 0);

    /// <summary>A function of the OpenMP library of libtorch, or null.</summary>
    private static nint FindEntry(string name)
    {
        // An export is looked for in the library and in what that depends on: so this finds the OpenMP library of libtorch, and no other.
        return OperatingSystem.IsLinux() && NativeLibrary.TryLoad("LibTorchSharp", typeof(TorchSharp.torch).Assembly, null, out var library)
            && NativeLibrary.TryGetExport(library, name, out var entry)
            ? entry
            : 0;
    }

    [UnmanagedCallersOnly]
    private static void TakePart(nint job) => ((Job)GCHandle.FromIntPtr(job).Target!).TakePart();

    /// <summary>One thread where there were several. OpenMP keeps this number for each thread that asks, so no other thread's work changes.</summary>
    public readonly ref struct OneThread
    {
        private readonly int _before;

        /// <param name="before">Threads to go back to; 0 to change nothing.</param>
        internal OneThread(int before)
        {
            _before = before;
            if (before > 1)
            {
                SetThreads(1);
                _team = before;
            }
        }

        public void Dispose()
        {
            if (_before > 1)
            {
                SetThreads(_before);
                _team = 0;
            }
        }
    }

    private sealed class Job(int pieces, Action<int> work)
    {
        private int _begun;
        private ExceptionDispatchInfo? _failure;

        /// <summary>The first exception of all threads.</summary>
        public ExceptionDispatchInfo? Failure => _failure;

        /// <summary>Every thread of the team takes the next piece until there is none. No exception may leave it: native code called.</summary>
        public void TakePart()
        {
            _isInPiece = true;
            try
            {
                for (var piece = Interlocked.Increment(ref _begun) - 1; piece < pieces; piece = Interlocked.Increment(ref _begun) - 1)
                    work(piece);
            }
            catch (Exception e)
            {
                Interlocked.CompareExchange(ref _failure, ExceptionDispatchInfo.Capture(e), null);
                Interlocked.Exchange(ref _begun, pieces);
            }
            _isInPiece = false;
        }
    }
}
