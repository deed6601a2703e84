using Microsoft.ML.TargetProp.Samples;

namespace Microsoft.ML.TargetProp.Tests.Samples;

/// <summary>
/// A test on the real MNIST files. It runs where the environment variable TARGETPROP_DATA names their folder and is reported as
/// skipped elsewhere: xunit 2 decides about skipping before a test runs, so the attribute looks.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class MnistFactAttribute : FactAttribute
{
    public MnistFactAttribute()
    {
        if (string.IsNullOrEmpty(Environment.GetEnvironmentVariable(Mnist.DataVariable)))
        {
            Skip = $"Set {Mnist.DataVariable} to a folder with mnist/ in it to run this test.";
        }
    }
}
