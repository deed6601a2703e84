using System.Globalization;
using System.Numerics;

namespace Microsoft.ML.TargetProp.Samples;

/// <summary>
/// Handwriting styles of the ten digits. Each digit has several styles, and each style is a list of pen strokes.
/// <para>
/// A stroke is a list of points "x,y" in hundredths of the digit's box; x grows to the right, y downwards. The pen follows a smooth
/// curve through the points. A point marked "!" is a corner. "/" lifts the pen.
/// </para>
/// </summary>
internal static class DigitStrokes
{
    private static readonly Stroke[][][] Shapes =
    [
        [
            Style("50,2 24,12 10,38 10,64 24,90 50,98 76,88 90,62 90,36 76,12 52,2"),
            Style("60,4 30,10 12,42 14,78 40,98 70,86 88,52 80,16 56,6 42,14"),
            Style("70,8 44,2 18,22 12,60 30,94 60,96 84,70 84,32 66,6"),
        ],
        [
            Style("52,2 50,34 50,66 50,98"),
            Style("28,24 42,14! 56,2! 55,34 54,66 54,98"),
            Style("26,26 56,2! 55,50 54,96! / 26,97 54,96 82,96"),
            Style("46,4 50,36 52,68 50,96"),
        ],
        [
            Style("14,26 28,6 56,2 80,16 78,38 54,64 12,96! 40,95 66,96 90,94"),
            Style("18,20 44,2 74,10 80,34 60,60 32,84 14,92 14,78 32,76 58,94 90,92"),
            Style("12,18 42,4 80,12 76,40 44,70 10,97! 88,97"),
        ],
        [
            Style("14,14 44,2 76,14 72,36 42,46! 74,54 86,76 62,96 32,97 10,84"),
            Style("16,6 50,4 82,6! 62,24 44,42! 74,50 86,72 66,94 34,98 12,86"),
            Style("20,10 56,2 80,20 60,40 40,47 68,52 84,70 70,92 40,99 14,92"),
        ],
        [
            Style("34,4 26,26 14,58! 50,58 90,56 / 72,30 70,62 68,98"),
            Style("64,2! 36,32 8,66! 48,66 92,64 / 64,2 65,48 66,98"),
            Style("22,6 16,30 18,50 44,56 72,48 / 78,4 76,36 72,70 68,98"),
            Style("66,4 40,34 10,62! 46,62 88,61 / 70,40 68,70 66,98"),
        ],
        [
            Style("80,4 50,5 26,5! 22,24 20,44! 50,38 80,52 84,76 62,96 34,97 12,86"),
            Style("28,6 24,26 20,44! 54,42 82,60 76,88 44,98 12,90 / 28,6 56,6 84,3"),
            Style("84,8 58,4 32,14 22,36 44,48 72,58 80,80 54,96 14,92"),
        ],
        [
            Style("70,4 44,20 22,48 14,74 30,96 62,96 82,78 72,58 46,54 20,70"),
            Style("58,2 34,26 18,58 20,86 46,98 76,88 80,66 58,54 32,62 20,80"),
            Style("82,10 54,6 28,30 14,64 26,92 58,98 84,82 78,60 50,54 22,68"),
        ],
        [
            Style("10,8 46,8 86,6! 66,36 50,66 40,98"),
            Style("10,10 48,8 88,4! 64,40 48,70 42,98 / 32,52 54,51 78,49"),
            Style("12,22 14,8! 48,10 86,8! 72,44 64,72 60,98"),
            Style("8,12 30,4 56,10 86,4! 68,32 54,60 46,98"),
        ],
        [
            Style("78,12 54,2 28,10 28,30 54,46 80,66 78,90 50,98 20,88 22,68 48,48 74,30 76,12"),
            Style("52,46 26,34 28,10 54,2 78,12 76,34 50,47! 18,66 20,90 50,98 82,90 80,64 52,47"),
            Style("70,6 40,4 24,20 40,40 66,58 78,80 56,97 28,90 26,70 50,50 76,28 84,10"),
        ],
        [
            Style("80,20 58,4 28,10 16,32 32,52 60,48 78,26! 76,52 70,76 62,98"),
            Style("76,12 46,4 18,20 20,44 46,54 72,42 80,14! 82,50 74,82 46,98 18,90"),
            Style("80,28 70,6 38,4 16,26 26,50 56,50 78,28! 79,62 80,98"),
            Style("74,14 48,4 20,18 22,44 50,50 74,34 76,16! 70,48 58,78 44,98"),
        ],
    ];

    /// <summary>The styles of a digit.</summary>
    public static IReadOnlyList<Stroke[]> StylesOf(int digit) => Shapes[digit];

    private static Stroke[] Style(string text) => [.. text.Split('/').Select(ParseStroke)];

    private static Stroke ParseStroke(string text)
    {
        string[] words = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return new Stroke([.. words.Select(ParsePoint)], [.. words.Select(w => w.EndsWith('!'))]);
    }

    private static Vector2 ParsePoint(string word)
    {
        string[] xy = word.TrimEnd('!').Split(',');
        return new Vector2(int.Parse(xy[0], CultureInfo.InvariantCulture), int.Parse(xy[1], CultureInfo.InvariantCulture)) / 100f;
    }
}

/// <summary>A movement of the pen between touching and leaving the paper.</summary>
/// <param name="Points">The points on its way, in a box from (0, 0) to (1, 1).</param>
/// <param name="Corners">Whether each point is a corner.</param>
internal sealed record Stroke(Vector2[] Points, bool[] Corners);
