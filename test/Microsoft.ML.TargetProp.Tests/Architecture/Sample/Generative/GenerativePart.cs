using Microsoft.ML.TargetProp.Tests.Architecture.Sample.Autoencoder;
using Microsoft.ML.TargetProp.Tests.Architecture.Sample.Core;
using Microsoft.ML.TargetProp.Tests.Architecture.Sample.Supervised;

namespace Microsoft.ML.TargetProp.Tests.Architecture.Sample.Generative;

#pragma warning disable CA1812, CA1823, CS0169, CS0649, IDE0051

internal sealed class GenerativePart
{
    private readonly GroundItself? _ground;
}

internal sealed class GenerativeUsesSupervised
{
    private readonly SupervisedPart? _part;
}

internal sealed class GenerativeUsesAutoencoder
{
    private readonly AutoencoderPart? _part;
}
