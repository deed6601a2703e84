using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using Microsoft.ML.TargetProp.Core;

namespace Microsoft.ML.TargetProp.Tests.Core;

/// <summary>
/// Work with several of libtorch's threads, whatever the environment of the test run says (it says one). OpenMP keeps the number for each
/// thread that asks, so tests beside it see nothing of it.
/// </summary>
internal static unsafe class LibtorchThreads
{
    /// <summary>Does the work on a thread of its own, for which libtorch takes so many threads; on Linux, elsewhere as many as always.</summary>
    public static void Run(int threads, Action work)
    {
        ExceptionDispatchInfo? failure = null;
        Thread thread = new(() =>
        {
            try
            {
                // Loads libtorch first, which takes its number of threads from the environment when it is asked for the first time.
                _ = OpenMpTeam.Threads;
                if (OperatingSystem.IsLinux())
                {
                    nint library = NativeLibrary.Load("LibTorchSharp", typeof(TorchSharp.torch).Assembly, null);
                    ((delegate* unmanaged<int, void>)NativeLibrary.GetExport(library, "omp_set_num_threads"))(threads);
                }

                work();
            }
            catch (Exception e)
            {
                failure = ExceptionDispatchInfo.Capture(e);
            }
        });
        thread.Start();
        thread.Join();
        failure?.Throw();
    }
}
