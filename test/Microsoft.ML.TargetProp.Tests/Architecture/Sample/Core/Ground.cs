using Microsoft.ML.Data;
using Microsoft.ML.TargetProp.Tests.Architecture.Sample.MLNet;
using Microsoft.ML.TargetProp.Tests.Architecture.Sample.Supervised;
using Microsoft.ML.TargetProp.Tests.Architecture.Sample;

namespace Microsoft.ML.TargetProp.Tests.Architecture.Sample.Core;

// Sample types for FloorsTests. Each type violates the rule in one way.
#pragma warning disable CA1812, CA1822, CA1823, CS0169, CS0649, IDE0044, IDE0051

internal enum GroundKind
{
    One,
}

internal sealed class GroundItself
{
    public GroundKind Kind { get; init; }
}

internal sealed class UsesInField
{
    private Upper[]? _upper;
}

internal interface IUsesInSignature
{
    void Take(List<Dictionary<int, Upper>> uppers);
}

internal sealed class UsesAsBase : Upper
{
}

internal sealed class UsesAsInterface : IUpper
{
}

internal sealed class UsesInBody
{
    public int Length() => new Upper().ToString()!.Length;
}

internal sealed class UsesInLambda
{
    public Func<string> Later() => () => typeof(Upper).Name;
}

internal sealed class UsesInNestedType
{
    public sealed class Nested
    {
        private readonly Upper? _upper;
    }
}

internal sealed class UsesInIterator
{
    public IEnumerable<int> Numbers()
    {
        var upper = new Upper();
        yield return upper.GetHashCode();
    }
}

internal sealed class UsesInCatch
{
    public bool Try(Action action)
    {
        try
        {
            action();
            return true;
        }
        catch (UpperException)
        {
            return false;
        }
    }
}

internal sealed class UsesAsConstraint<T>
    where T : Upper
{
}

internal sealed class UsesInAttribute
{
    [UpperMark]
    public int Marked => 1;
}

internal sealed class UsesInAttributeArgument
{
    [System.ComponentModel.TypeConverter(typeof(Upper))]
    public int Marked => 1;
}

internal sealed class UsesGenericMethod
{
    public object Make() => Activator.CreateInstance<Upper>();
}

internal sealed class UsesStaticField
{
    public object? Get() => Upper.Shared;
}

internal sealed class UsesEnumOfTheRoof
{
    public bool Is(RoofKind kind) => kind == RoofKind.Flat;
}

internal sealed class UsesSupervised
{
    private readonly SupervisedPart? _part;
}

internal sealed class UsesMLNet
{
    private VBuffer<float> _values;
}

internal sealed class UsesMLNetInBody
{
    public object Make() => new TextLoader.Range(0, 1);
}
