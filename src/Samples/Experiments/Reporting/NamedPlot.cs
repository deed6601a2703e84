using System.Text;
using ScottPlot;

namespace Microsoft.ML.TargetProp.Samples.Experiments.Reporting;

/// <summary>A plot with a file name and a caption.</summary>
/// <param name="Name">File name without extension.</param>
/// <param name="Caption">Caption of the picture.</param>
/// <param name="Plot">The plot.</param>
internal sealed record NamedPlot(string Name, string Caption, Plot Plot)
{
    private const int Width = 800;
    private const int Height = 500;
    private const int PageWidth = 440;
    private const int PageHeight = 330;
    private const string Fonts = "system-ui, 'Segoe UI', 'Liberation Sans', 'DejaVu Sans'";

    /// <summary>Writes NAME.png and NAME.svg into an existing folder.</summary>
    public void Save(string folder)
    {
        Plot.SavePng(Path.Combine(folder, Name + ".png"), Width, Height);
        Plot.SaveSvg(Path.Combine(folder, Name + ".svg"), Width, Height);
    }

    /// <summary>The picture as a data URI, in the size in which a page shows it. The page then needs no other file.</summary>
    public string ToDataUri()
    {
        // The drawing names a font of this machine. Fonts of the reader come first.
        string drawing = Plot.GetSvgXml(PageWidth, PageHeight).Replace("font-family=\"", $"font-family=\"{Fonts}, ", StringComparison.Ordinal);
        return "data:image/svg+xml;base64," + Convert.ToBase64String(Encoding.UTF8.GetBytes(drawing));
    }

    /// <summary>Writes NAME.png.</summary>
    public void SavePng(string folder) => Plot.SavePng(Path.Combine(folder, Name + ".png"), Width, Height);
}
