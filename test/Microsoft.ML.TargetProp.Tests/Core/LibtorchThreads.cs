using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using Microsoft.ML.TargetProp.Core;

namespace Microsoft.ML.TargetProp.Tests.Core;

/// <summary>
/// Runs work with several threads of libtorch, although the environment of the test run allows only one. OpenMP keeps this number per
/// calling thread, so other tests are not affected.
/// </summary>
internal static unsafe class LibtorchThreads
{
    /// <summary>Runs the work on a new thread. On Linux, libtorch uses the given number of threads for it; elsewhere, its usual number.</summary>
    public static void Run(int threads, Action work)
    {
        ExceptionDispatchInfo? failure = null;
        Thread thread = new(() =>
        {
            try
            {
                // The first call loads libtorch, which sets its number of threads from the environment. This must happen before the change.
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
