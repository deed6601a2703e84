using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Core;

/// <summary>
/// Runs independent pieces of work on the threads of libtorch's OpenMP library. For milliseconds after a product those threads spin while they
/// wait for the next product, so threads of .NET would compete with them for the cores. Within a piece, libtorch uses one thread.
/// </summary>
/// <remarks>
/// Only GNU's OpenMP, which libtorch brings on Linux, is supported. Elsewhere the calling thread does all pieces one after the other, and
/// libtorch's operations in them use their usual threads. The result of a piece does not depend on its thread.
/// </remarks>
internal static unsafe class OpenMpTeam
{
    private static readonly delegate* unmanaged<delegate* unmanaged<nint, void>, nint, uint, uint, void> RunOnTeam =
        (delegate* unmanaged<delegate* unmanaged<nint, void>, nint, uint, uint, void>)FindEntry("GOMP_parallel");
    private static readonly delegate* unmanaged<int, void> SetThreads = (delegate* unmanaged<int, void>)FindEntry("omp_set_num_threads");

    [ThreadStatic]
    private static bool _isInPiece;

    /// <summary>The threads of the team while libtorch's own operations are held to one thread; otherwise 0.</summary>
    [ThreadStatic]
    private static int _team;

    /// <summary>True when the number of threads of libtorch's operations can be set for the calling thread alone.</summary>
    internal static bool CanSetThreads => SetThreads != null;

    /// <summary>The number of threads that would take part now; 1 within a piece of work.</summary>
    public static int Threads => RunOnTeam == null || _isInPiece ? 1 : _team > 0 ? _team : get_num_threads();

    /// <summary>Does pieces 0 to <paramref name="pieces"/> − 1, starts them in this order, and returns when all are done.</summary>
    /// <param name="pieces">The number of pieces.</param>
    /// <param name="work">Does one piece. The first exception is thrown to the caller, and pieces that have not started are skipped.</param>
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
        // 0 threads means the default of libtorch's own loops; 0 flags means none.
        RunOnTeam(&TakePart, GCHandle.ToIntPtr(handle), (uint)_team, 0);
        handle.Free();
        job.Failure?.Throw();
    }

    /// <summary>Splits a range evenly among the threads. A short range stays on one thread.</summary>
    /// <param name="count">The range is 0 to <paramref name="count"/> − 1.</param>
    /// <param name="least">The shortest part.</param>
    /// <param name="work">Does the part with the given start and length.</param>
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

    /// <summary>A function of the OpenMP library of libtorch, or null.</summary>
    private static nint FindEntry(string name)
    {
        // The search covers the library and its dependencies, so it finds libtorch's OpenMP library and no other.
        return OperatingSystem.IsLinux() && NativeLibrary.TryLoad("LibTorchSharp", typeof(TorchSharp.torch).Assembly, null, out var library)
            && NativeLibrary.TryGetExport(library, name, out var entry)
            ? entry
            : 0;
    }

    [UnmanagedCallersOnly]
    private static void TakePart(nint job) => ((Job)GCHandle.FromIntPtr(job).Target!).TakePart();

    /// <summary>
    /// Holds libtorch's operations to one thread until disposed. OpenMP keeps the number of threads for each calling thread, so no other
    /// thread's work changes.
    /// </summary>
    public readonly ref struct OneThread
    {
        private readonly int _before;

        /// <param name="before">The number of threads to restore; 0 changes nothing.</param>
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

        /// <summary>Takes the next piece until there is none. Native code calls this method, so no exception may leave it.</summary>
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
