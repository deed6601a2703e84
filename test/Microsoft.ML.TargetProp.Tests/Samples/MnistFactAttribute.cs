using Microsoft.ML.TargetProp.Samples;

namespace Microsoft.ML.TargetProp.Tests.Samples;

/// <summary>
/// A test on the real MNIST files. It is skipped if the environment variable TARGETPROP_DATA is not set. The attribute checks this,
/// because xunit 2 cannot skip a running test.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class MnistFactAttribute : FactAttribute
{
    public MnistFactAttribute()
    {
        if (string.IsNullOrEmpty(Environment.GetEnvironmentVariable(Mnist.DataVariable)))
        {
            Skip = $"To run this test, set {Mnist.DataVariable} to a folder with a subfolder mnist/.";
        }
    }
}
