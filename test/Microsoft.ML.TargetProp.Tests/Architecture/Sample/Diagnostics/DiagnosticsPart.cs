using Microsoft.ML.Data;
using Microsoft.ML.TargetProp.Tests.Architecture.Sample.Learning;

namespace Microsoft.ML.TargetProp.Tests.Architecture.Sample.Diagnostics;

#pragma warning disable CA1812, CA1823, CS0169, CS0649, IDE0051

internal sealed class DiagnosticsPart
{
    private readonly LearningPart? _learning;
}

internal sealed class DiagnosticsUsesMLNet
{
    private readonly VBuffer<float>[]? _values;
}
