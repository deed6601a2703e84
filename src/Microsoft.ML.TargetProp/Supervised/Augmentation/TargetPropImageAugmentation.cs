namespace Microsoft.ML.TargetProp;

/// <summary>
/// How pictures are moved, turned, scaled and bent while a network learns from them: every row of a mini-batch anew, so that no picture
/// is seen twice in the same way. Scoring and validation see pictures as they are.
/// </summary>
/// <remarks>
/// The features of a row are the pixels of one picture: all of the first channel, row after row from the top, then all of the next
/// channel, as ML.NET's <c>ExtractPixels</c> lays them out unless it is told to interleave colours. Pixels are moved as they came, before
/// features are standardised, and read between four neighbours (bilinear). What lies outside the picture is taken from its nearest edge.
/// </remarks>
public sealed record TargetPropImageAugmentation
{
    /// <summary>Pixels in a row of the picture, 1 or more.</summary>
    public required int Width { get; init; }

    /// <summary>Rows of the picture, 1 or more. Null, the default: the features divided by width and channels.</summary>
    public int? Height { get; init; }

    /// <summary>Values of a pixel, 1 or more: 3 for colours; default 1.</summary>
    public int Channels { get; init; } = 1;

    /// <summary>Longest shift, in pixels, along each axis, 0 or more; default 2. Shifts are uniform over all up to it.</summary>
    public double Shift { get; init; } = 2;

    /// <summary>Largest turn about the centre, in degrees to either side, from 0 to 180; default 10. Turns are uniform over all up to it.</summary>
    public double Rotation { get; init; } = 10;

    /// <summary>
    /// How much larger a picture can become, 0 or more; default 0.1: factors from 1/1.1 to 1.1, uniform in their logarithm.
    /// </summary>
    public double Scale { get; init; } = 0.1;

    /// <summary>
    /// Elastic bending (Simard, Steinkraus and Platt 2003): the root mean square of the displacement of a pixel along each axis, in pixels,
    /// 0 or more; default 1. (The published α = 34 with σ = 4 is 1.4 here.)
    /// </summary>
    public double Elastic { get; init; } = 1;

    /// <summary>
    /// σ of the Gaussian that smooths the displacements, in pixels, above 0; default 4. Large values move whole parts of a picture, small
    /// ones blur it.
    /// </summary>
    public double ElasticSmoothness { get; init; } = 4;

    /// <summary>True when nothing would move.</summary>
    internal bool IsIdentity => Shift == 0 && Rotation == 0 && Scale == 0 && Elastic == 0;

    /// <summary>Rows of a picture in so many features; null when they do not fill a picture.</summary>
    internal int? HeightIn(int columns)
    {
        var pixels = (long)Width * Channels;
        var height = Height ?? columns / pixels;
        return height >= 1 && height * pixels == columns ? (int)height : null;
    }
}
