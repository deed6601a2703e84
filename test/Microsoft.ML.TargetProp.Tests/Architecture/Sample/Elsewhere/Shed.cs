namespace Microsoft.ML.TargetProp.Tests.Architecture.Sample.Elsewhere;

#pragma warning disable CA1812

internal sealed class Shed
{
}
