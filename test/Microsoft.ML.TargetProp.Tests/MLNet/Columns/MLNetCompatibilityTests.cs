using Microsoft.ML.TargetProp.Core;
using Microsoft.ML.TargetProp.MLNet;
using Microsoft.ML.TargetProp.Tests.Supervised;

namespace Microsoft.ML.TargetProp.Tests.MLNet;

/// <summary>Tests the check of the ML.NET version, which the library needs because it uses ML.NET's internals.</summary>
public sealed class MLNetCompatibilityTests
{
    [Theory]
    [InlineData("5.0.1")]
    [InlineData("5.0.1.7")]
    [InlineData("5.0.1+0123456789")]
    [InlineData("5.0.1-servicing.3")]
    public void A_version_in_the_range_is_accepted(string loaded) => Assert.Null(MLNetCompatibility.Problem(loaded, "5.0.1", "5.0.2"));

    [Theory]
    [InlineData("5.0.0")]
    [InlineData("5.0.2")]
    [InlineData("4.9.9")]
    [InlineData("6.0.0-preview.1")]
    [InlineData("")]
    [InlineData("unknown")]
    public void The_message_for_another_version_has_the_range_and_what_to_do(string loaded)
    {
        string problem = Assert.IsType<string>(MLNetCompatibility.Problem(loaded, "5.0.1", "5.0.2"));

        Assert.Contains($"Microsoft.ML {loaded} is loaded", problem, StringComparison.Ordinal);
        Assert.Contains("5.0.1 and later, below 5.0.2", problem, StringComparison.Ordinal);
        Assert.Contains("Reference a version of Microsoft.ML in that range", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Models_store_the_versions_of_the_loaded_assemblies()
    {
        Assert.Equal(Packaging.Repository.Version, MLNetCompatibility.LibraryVersion);
        Assert.Equal(Packaging.Repository.MLNetVersion, MLNetCompatibility.LoadedVersion);
        Assert.Equal(Packaging.Repository.TorchSharpVersion, MLNetCompatibility.TorchSharpVersion);
    }
}
