using System.Text;
using ScottPlot;

namespace Microsoft.ML.TargetProp.Samples.Experiments.Reporting;

/// <summary>A plot with the name of its files.</summary>
/// <param name="Name">File name without extension.</param>
/// <param name="Caption">What is to be seen.</param>
/// <param name="Plot">The plot.</param>
internal sealed record NamedPlot(string Name, string Caption, Plot Plot)
{
    private const int Width = 800;
    private const int Height = 500;
    private const int PageWidth = 440;
    private const int PageHeight = 330;
    private const string Fonts = "system-ui, 'Segoe UI', 'Liberation Sans', 'DejaVu Sans'";

    /// <summary>Writes NAME.png and NAME.svg into a folder that exists.</summary>
    public void Save(string folder)
    {
        Plot.SavePng(Path.Combine(folder, Name + ".png"), Width, Height);
        Plot.SaveSvg(Path.Combine(folder, Name + ".svg"), Width, Height);
    }

    /// <summary>The picture as an address that holds it all, for a page that needs no other files; in the size in which it is shown.</summary>
    public string ToDataUri()
    {
        // The drawing names the font of the machine that made it; who looks at it may have better ones.
        string drawing = Plot.GetSvgXml(PageWidth, PageHeight).Replace("font-family=\"", $"font-family=\"{Fonts}, ", StringComparison.Ordinal);
        return "data:image/svg+xml;base64," + Convert.ToBase64String(Encoding.UTF8.GetBytes(drawing));
    }

    /// <summary>Writes NAME.png alone.</summary>
    public void SavePng(string folder) => Plot.SavePng(Path.Combine(folder, Name + ".png"), Width, Height);
}
