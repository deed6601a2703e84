using Microsoft.ML.TargetProp.Core;

namespace Microsoft.ML.TargetProp.Tests.Core;

/// <summary>The generator behind prediction passes and samples: stored models depend on its numbers.</summary>
public sealed class SplitMix64Tests
{
    [Fact]
    public void Its_numbers_are_those_of_the_reference_implementation()
    {
        var random = new SplitMix64(1234567);

        ulong[] numbers = [random.Next(), random.Next(), random.Next(), random.Next(), random.Next()];

        Assert.Equal([6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431, 16408922859458223821], numbers);
    }
}
