using Microsoft.ML.TargetProp.Core;
using Microsoft.ML.TargetProp.MLNet;
using Microsoft.ML.TargetProp.Tests.Supervised;


namespace Microsoft.ML.TargetProp.Tests.MLNet;

/// <summary>The library uses ML.NET's inner parts, and says so when another version is loaded than it was made for.</summary>
public sealed class MLNetCompatibilityTests
{
    [Theory]
    [InlineData("5.0.1")]
    [InlineData("5.0.1.7")]
    [InlineData("5.0.1+0123456789")]
    [InlineData("5.0.1-servicing.3")]
    public void A_version_in_the_range_is_no_problem(string loaded) => Assert.Null(MLNetCompatibility.Problem(loaded, "5.0.1", "5.0.2"));

    [Theory]
    [InlineData("5.0.0")]
    [InlineData("5.0.2")]
    [InlineData("4.9.9")]
    [InlineData("6.0.0-preview.1")]
    [InlineData("")]
    [InlineData("unknown")]
    public void Another_version_is_named_with_the_range_and_the_way_out(string loaded)
    {
        string problem = Assert.IsType<string>(MLNetCompatibility.Problem(loaded, "5.0.1", "5.0.2"));

        Assert.Contains($"Microsoft.ML {loaded} is loaded", problem, StringComparison.Ordinal);
        Assert.Contains("5.0.1 and later, below 5.0.2", problem, StringComparison.Ordinal);
        Assert.Contains("Reference a version of Microsoft.ML in that range", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void The_versions_that_are_stored_in_models_are_those_that_are_loaded()
    {
        Assert.Equal(Packaging.Repository.Version, MLNetCompatibility.LibraryVersion);
        Assert.Equal(Packaging.Repository.MLNetVersion, MLNetCompatibility.LoadedVersion);
        Assert.Equal(Packaging.Repository.TorchSharpVersion, MLNetCompatibility.TorchSharpVersion);
    }
}
