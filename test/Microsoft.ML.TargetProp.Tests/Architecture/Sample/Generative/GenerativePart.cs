using Microsoft.ML.TargetProp.Tests.Architecture.Sample.Learning;
using Microsoft.ML.TargetProp.Tests.Architecture.Sample.Networks;

namespace Microsoft.ML.TargetProp.Tests.Architecture.Sample.Generative;

#pragma warning disable CA1812, CA1823, CS0169, CS0649, IDE0051

internal sealed class GenerativePart
{
    private readonly LearningPart? _learning;
    private readonly GroundItself? _ground;
}
