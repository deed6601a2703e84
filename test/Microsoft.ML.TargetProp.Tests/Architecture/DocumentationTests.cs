using System.Xml.Linq;

namespace Microsoft.ML.TargetProp.Tests.Architecture;

/// <summary>Checks the XML documentation of the package.</summary>
public sealed class DocumentationTests
{
    [Fact]
    public void No_member_has_two_summaries()
    {
        XDocument documentation = XDocument.Load(Path.ChangeExtension(typeof(TargetPropCatalog).Assembly.Location, ".xml"));

        XElement[] members = [.. documentation.Descendants("member")];

        Assert.Contains(members, m => m.Attribute("name")!.Value.StartsWith("M:Microsoft.ML.TargetPropCatalog.TargetPropFeaturizer", StringComparison.Ordinal));
        Assert.Equal("", string.Join('\n', members.Where(m => m.Elements("summary").Count() > 1).Select(m => m.Attribute("name")!.Value)));
    }
}
