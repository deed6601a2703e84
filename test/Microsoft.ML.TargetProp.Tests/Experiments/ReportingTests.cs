using System.Globalization;
using Microsoft.ML.TargetProp.Samples;
using Microsoft.ML.TargetProp.Samples.Experiments.Reporting;

namespace Microsoft.ML.TargetProp.Tests.Experiments;

/// <summary>Figure lines, tables, spreads, sections of documents, and pages.</summary>
public class ReportingTests
{
    [Theory]
    [InlineData("error", 0.0140, "figure error 0.014")]
    [InlineData("training-of-products", 0.75, "figure training-of-products 0.75")]
    [InlineData("seconds", 145.0, "figure seconds 145")]
    [InlineData("log-loss", double.PositiveInfinity, "figure log-loss Infinity")]
    public void A_figure_is_a_line_of_its_own(string name, double value, string line) =>
        Assert.Equal(line, new Figure(name, value).ToString());

    [Fact]
    public void A_figure_has_a_point_before_the_decimals_in_every_culture()
    {
        CultureInfo before = CultureInfo.CurrentCulture;
        try
        {
            CultureInfo.CurrentCulture = CultureInfo.GetCultureInfo("de-DE");
            Assert.Equal("figure ece 0.0125", new Figure("ece", 0.0125).ToString());
            Assert.Equal("1.50 ± 0.71 %", Spread.Of([0.01, 0.02]).AsPercent());
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Theory]
    [InlineData("Error")]
    [InlineData("log loss")]
    [InlineData("-x")]
    [InlineData("")]
    public void A_figure_has_a_plain_name(string name) => Assert.Throws<ArgumentException>(() => new Figure(name, 1));

    [Fact]
    public void A_spread_is_mean_and_sample_deviation()
    {
        Spread spread = Spread.Of([1, 2, 3, 6]);

        Assert.Equal(3, spread.Mean, 12);
        Assert.Equal(Math.Sqrt(14.0 / 3), spread.Deviation, 12);
        Assert.Equal("3.0 ± 2.2", spread.AsNumber("0.0"));
        Assert.Equal("7.0", Spread.Of([7]).AsNumber("0.0"));
    }

    [Fact]
    public void A_table_is_aligned_and_escapes_bars()
    {
        string[] lines = new MarkdownTable("rule", "error").Add("a|b", "1.40 %").Add("long name", "9 %").ToString().ReplaceLineEndings("\n").Split('\n');

        Assert.Equal("| rule      |  error |", lines[0]);
        Assert.Equal("| --------- | -----: |", lines[1]);
        Assert.Equal("| a\\|b      | 1.40 % |", lines[2]);
        Assert.Equal("| long name |    9 % |", lines[3]);
        Assert.Throws<ArgumentException>(() => new MarkdownTable("one").Add("1", "2"));
    }

    [Fact]
    public void A_section_is_replaced_and_the_rest_of_the_document_stays()
    {
        const string Document = "# Title\n\nBy hand.\n\n<!-- begin x -->\nold\n<!-- end x -->\n\nMore.\n";

        Assert.Equal(Document.Replace("old", "new\nlines", StringComparison.Ordinal), MarkedSection.Replace(Document, "x", "\nnew\r\nlines\n"));
        Assert.Equal("# T\n\n<!-- begin x -->\nnew\n<!-- end x -->\n", MarkedSection.Replace("# T\n", "x", "new"));
        Assert.Equal("<!-- begin x -->\nnew\n<!-- end x -->\n", MarkedSection.Replace("", "x", "new"));
    }

    [Theory]
    [InlineData("<!-- begin x -->\n")]
    [InlineData("<!-- end x -->\n<!-- begin x -->\n")]
    public void A_section_with_half_its_marks_is_an_error(string document) =>
        Assert.Contains("<!-- end x -->", Assert.Throws<SampleException>(() => MarkedSection.Replace(document, "x", "new")).Message);

    [Fact]
    public void A_page_holds_its_pictures_and_needs_no_other_file()
    {
        ScottPlot.Plot plot = new();
        plot.Add.Scatter(new[] { 0.0, 1.0 }, new[] { 0.0, 1.0 });
        Findings findings = new()
        {
            Title = "Coins & <dice>",
            Text = "Two throws.",
            Tables = [new MarkdownTable("coin", "heads").Add("first", "50 %")],
            Pictures = [new PictureRow("Which way up?", "Heads above the line, tails below.", [new NamedPlot("a", "first coin", plot), new NamedPlot("b", "second coin", plot)])],
        };

        string page = HtmlPage.Of(findings);

        Assert.Contains("<h1>Coins &amp; &lt;dice&gt;</h1>", page);
        Assert.Contains("<td class=\"words\">first</td><td>50 %</td>", page);
        Assert.Contains("<h2>Which way up?</h2>", page);
        Assert.Contains("<p>Heads above the line, tails below.</p>", page);
        string[] sources = [.. page.Split("src=\"").Skip(1).Select(rest => rest.Split('"')[0])];
        Assert.Equal(2, sources.Length);
        Assert.All(sources, s => Assert.StartsWith("data:image/svg+xml;base64,", s));
        Assert.Contains("<svg", System.Text.Encoding.UTF8.GetString(Convert.FromBase64String(sources[0].Split(',')[1])));
        Assert.DoesNotContain("href", page);
        // The Markdown report shows the same pictures as files.
        Assert.Contains("Heads above the line, tails below.\n\n![first coin](a.png)\n![second coin](b.png)", findings.ToMarkdown(p => p.Name + ".png"));
    }
}
