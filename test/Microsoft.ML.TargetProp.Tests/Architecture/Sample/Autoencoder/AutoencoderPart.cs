using Microsoft.ML.Data;
using Microsoft.ML.TargetProp.Tests.Architecture.Sample.Core;
using Microsoft.ML.TargetProp.Tests.Architecture.Sample.Supervised;

namespace Microsoft.ML.TargetProp.Tests.Architecture.Sample.Autoencoder;

#pragma warning disable CA1812, CA1823, CS0169, CS0649, IDE0051

internal sealed class AutoencoderPart
{
    private readonly GroundItself? _ground;
}

internal sealed class AutoencoderUsesSupervised
{
    private readonly SupervisedPart? _part;
}

internal sealed class AutoencoderUsesMLNet
{
    private readonly VBuffer<float>[]? _values;
}
