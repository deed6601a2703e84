using Microsoft.ML.TargetProp.Tests.Architecture.Sample.Data;
using Microsoft.ML.TargetProp.Tests.Architecture.Sample.Diagnostics;
using Microsoft.ML.TargetProp.Tests.Architecture.Sample.Generative;
using Microsoft.ML.TargetProp.Tests.Architecture.Sample.Networks;

namespace Microsoft.ML.TargetProp.Tests.Architecture.Sample.Learning;

#pragma warning disable CA1812, CA1823, CS0169, CS0649, IDE0051

internal sealed class LearningPart
{
    private readonly GroundItself? _ground;
    private readonly GroundKind _kind;
}

internal sealed class LearningUsesDiagnostics
{
    private readonly DiagnosticsPart? _part;
}

internal sealed class LearningUsesGenerative
{
    private readonly GenerativePart? _part;
}

internal sealed class LearningUsesData
{
    private readonly Upper? _part;
}

internal sealed class LearningUsesMLNet
{
    private readonly MLContext? _context;
}
