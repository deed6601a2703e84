using Microsoft.ML.Data;
using Microsoft.ML.TargetProp.Tests.Architecture.Sample.Core;
using Microsoft.ML.TargetProp.Tests.Architecture.Sample;

namespace Microsoft.ML.TargetProp.Tests.Architecture.Sample.MLNet;

#pragma warning disable CA1812, CA1823, CA1018, CA1032, CA1064, CS0169, CS0649, IDE0051

internal class Upper
{
    public static readonly object? Shared = new();

    private readonly GroundItself? _ground;
    private readonly VBuffer<float> _values;
}

internal interface IUpper
{
}

internal sealed class UpperException : Exception
{
}

[AttributeUsage(AttributeTargets.All)]
internal sealed class UpperMarkAttribute : Attribute
{
}

internal sealed class MLNetUsesRoof
{
    private readonly RoofKind _kind;
}
