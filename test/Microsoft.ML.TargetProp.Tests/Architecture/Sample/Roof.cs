using Microsoft.ML.TargetProp.Tests.Architecture.Sample.MLNet;
using Microsoft.ML.TargetProp.Tests.Architecture.Sample.Core;

namespace Microsoft.ML.TargetProp.Tests.Architecture.Sample;

#pragma warning disable CA1812, CA1823, CS0169, CS0649, IDE0051

internal enum RoofKind
{
    Flat,
}

internal sealed class Roof
{
    private readonly Upper? _data;
    private readonly GroundItself? _ground;
}
