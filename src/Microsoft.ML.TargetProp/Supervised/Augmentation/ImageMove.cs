namespace Microsoft.ML.TargetProp.Supervised;

/// <summary>An affine move of a picture: scaled and rotated about its centre, then shifted.</summary>
/// <param name="Right">Shift to the right, in pixels.</param>
/// <param name="Down">Shift down, in pixels.</param>
/// <param name="Degrees">Rotation clockwise, in degrees.</param>
/// <param name="Scale">Factor on the size of the picture.</param>
internal readonly record struct ImageMove(double Right, double Down, double Degrees, double Scale)
{
    /// <summary>Draws a move no stronger than <paramref name="most"/>.</summary>
    public static ImageMove Draw(TargetPropImageAugmentation most, RandomSource random) => new(
        random.Symmetric(most.Shift),
        random.Symmetric(most.Shift),
        random.Symmetric(most.Rotation),
        Math.Pow(1 + most.Scale, random.Symmetric(1)));

    /// <summary>
    /// Writes the map from a place p in the moved picture to its place in the original, s = R(−a)(p − d) / scale, as a 3 × 2 matrix that is multiplied
    /// by (x, y, 1) from the left.
    /// </summary>
    /// <param name="matrix">6 numbers.</param>
    /// <param name="unitX">The length of a pixel in the horizontal coordinate of the result.</param>
    /// <param name="unitY">The same for the vertical coordinate.</param>
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
