namespace Microsoft.ML.TargetProp;

/// <summary>
/// How far pictures are shifted, turned, scaled and bent while a network learns from them. Every row of a mini-batch is moved anew, so the
/// network never sees the same picture twice. Scoring and validation use the pictures as they are.
/// </summary>
/// <remarks>
/// The features of a row are the pixels of one picture: the first channel, line by line from the top, then the next channel, as ML.NET's
/// <c>ExtractPixels</c> orders them unless it is told to interleave colours. Pixels are moved before features are standardised. The value of a
/// moved pixel is interpolated between four neighbours (bilinear), and the nearest edge continues outside the picture.
/// </remarks>
public sealed class TargetPropImageAugmentation
{
    /// <summary>Pixels in a line of the picture, 1 or more; it must be set.</summary>
    public int Width;

    /// <summary>Lines of the picture, 1 or more. Null, the default: the features divided by width and channels.</summary>
    public int? Height;

    /// <summary>Values of a pixel, 1 or more: 3 for colours; default 1.</summary>
    public int Channels = 1;

    /// <summary>The longest shift along each axis, in pixels, 0 or more; default 2. Shifts are uniform up to it.</summary>
    public double Shift = 2;

    /// <summary>The largest turn about the centre, in degrees to either side, 0 to 180; default 10. Turns are uniform up to it.</summary>
    public double Rotation = 10;

    /// <summary>How much larger a picture can become, 0 or more; default 0.1: factors from 1/1.1 to 1.1, uniform in their logarithm.</summary>
    public double Scale = 0.1;

    /// <summary>
    /// Elastic bending (Simard, Steinkraus and Platt 2003): the root mean square of the displacement of a pixel along each axis, in pixels, 0 or
    /// more; default 1. The published α = 34 with σ = 4 is 1.4 here.
    /// </summary>
    public double Elastic = 1;

    /// <summary>
    /// σ of the Gaussian that smooths the displacements, in pixels, above 0; default 4. Large values move whole parts of a picture, small ones
    /// blur it.
    /// </summary>
    public double ElasticSmoothness = 4;

    /// <summary>True when nothing would move.</summary>
    internal bool IsIdentity => Shift == 0 && Rotation == 0 && Scale == 0 && Elastic == 0;

    internal TargetPropImageAugmentation Copy() => (TargetPropImageAugmentation)MemberwiseClone();

    /// <summary>Lines of a picture in so many features; null when they do not fill a picture.</summary>
    internal int? HeightIn(int columns)
    {
        var pixels = (long)Width * Channels;
        var height = Height ?? columns / pixels;
        return height >= 1 && height * pixels == columns ? (int)height : null;
    }
}
