namespace Microsoft.ML.TargetProp.Supervised;

/// <summary>A change of place that keeps straight lines straight: a picture is scaled and turned about its centre, then shifted.</summary>
/// <param name="Right">Pixels to the right.</param>
/// <param name="Down">Pixels down.</param>
/// <param name="Degrees">Clockwise.</param>
/// <param name="Scale">Above 1, the picture becomes larger.</param>
internal readonly record struct ImageMove(double Right, double Down, double Degrees, double Scale)
{
    /// <summary>Draws a move no stronger than <paramref name="most"/>.</summary>
    public static ImageMove Draw(TargetPropImageAugmentation most, RandomSource random) => new(
        random.Symmetric(most.Shift),
        random.Symmetric(most.Shift),
        random.Symmetric(most.Rotation),
        Math.Pow(1 + most.Scale, random.Symmetric(1)));

    /// <summary>
    /// Writes the map from a place p in the moved picture to the place in the original that is seen there, s = R(−a)(p − d) / scale, as
    /// a matrix of 3 × 2 that (x, y, 1) is multiplied by from the left.
    /// </summary>
    /// <param name="matrix">6 numbers.</param>
    /// <param name="unitX">What a pixel is in the horizontal coordinate that is wanted.</param>
    /// <param name="unitY">The same, vertically.</param>
    public void WriteSource(Span<float> matrix, double unitX, double unitY)
    {
        var (sin, cos) = Math.SinCos(Degrees * Math.PI / 180);
        var (xx, xy) = (cos / Scale, sin / Scale);
        var (yx, yy) = (-sin / Scale, cos / Scale);
        (matrix[0], matrix[1]) = ((float)(xx * unitX), (float)(yx * unitY));
        (matrix[2], matrix[3]) = ((float)(xy * unitX), (float)(yy * unitY));
        (matrix[4], matrix[5]) = ((float)(-(xx * Right + xy * Down) * unitX), (float)(-(yx * Right + yy * Down) * unitY));
    }
}
