using Microsoft.ML.TargetProp.Tests.Architecture.Sample.MLNet;
using Microsoft.ML.TargetProp.Tests.Architecture.Sample.Autoencoder;
using Microsoft.ML.TargetProp.Tests.Architecture.Sample.Generative;
using Microsoft.ML.TargetProp.Tests.Architecture.Sample.Core;

namespace Microsoft.ML.TargetProp.Tests.Architecture.Sample.Supervised;

#pragma warning disable CA1812, CA1823, CS0169, CS0649, IDE0051

internal sealed class SupervisedPart
{
    private readonly GroundItself? _ground;
    private readonly GroundKind _kind;
}

internal sealed class SupervisedUsesAutoencoder
{
    private readonly AutoencoderPart? _part;
}

internal sealed class SupervisedUsesGenerative
{
    private readonly GenerativePart? _part;
}

internal sealed class SupervisedUsesMLNetFloor
{
    private readonly Upper? _part;
}

internal sealed class SupervisedUsesMLNet
{
    private readonly MLContext? _context;
}
