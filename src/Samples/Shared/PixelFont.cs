namespace Microsoft.ML.TargetProp.Samples;

/// <summary>Letters of 5 by 7 dots for captions: a machine without any font installed draws them the same.</summary>
internal static class PixelFont
{
    /// <summary>Dots from the top of a letter to its bottom.</summary>
    public const int Height = 7;

    private const int Width = 5;
    private const int Advance = Width + 1;

    private static readonly Dictionary<char, string[]> Letters = new()
    {
        ['0'] = [" ### ", "#   #", "#  ##", "# # #", "##  #", "#   #", " ### "],
        ['1'] = ["  #  ", " ##  ", "  #  ", "  #  ", "  #  ", "  #  ", " ### "],
        ['2'] = [" ### ", "#   #", "    #", "   # ", "  #  ", " #   ", "#####"],
        ['3'] = [" ### ", "#   #", "    #", "  ## ", "    #", "#   #", " ### "],
        ['4'] = ["   # ", "  ## ", " # # ", "#  # ", "#####", "   # ", "   # "],
        ['5'] = ["#####", "#    ", "#### ", "    #", "    #", "#   #", " ### "],
        ['6'] = ["  ## ", " #   ", "#    ", "#### ", "#   #", "#   #", " ### "],
        ['7'] = ["#####", "    #", "   # ", "  #  ", " #   ", " #   ", " #   "],
        ['8'] = [" ### ", "#   #", "#   #", " ### ", "#   #", "#   #", " ### "],
        ['9'] = [" ### ", "#   #", "#   #", " ####", "    #", "   # ", " ##  "],
        ['%'] = ["##   ", "##  #", "   # ", "  #  ", " #   ", "#  ##", "   ##"],
        ['('] = ["   # ", "  #  ", " #   ", " #   ", " #   ", "  #  ", "   # "],
        [')'] = [" #   ", "  #  ", "   # ", "   # ", "   # ", "  #  ", " #   "],
        ['.'] = ["     ", "     ", "     ", "     ", "     ", " ##  ", " ##  "],
        ['-'] = ["     ", "     ", "     ", "#####", "     ", "     ", "     "],
        ['?'] = [" ### ", "#   #", "    #", "   # ", "  #  ", "     ", "  #  "],
        [' '] = ["     ", "     ", "     ", "     ", "     ", "     ", "     "],
    };

    /// <summary>Dots from the left of a text to its right.</summary>
    public static int WidthOf(string text) => Math.Max(0, (text.Length * Advance) - 1);

    /// <summary>The dots of a text, as columns and rows; a character that the font lacks appears as a question mark.</summary>
    public static IEnumerable<(int Column, int Row)> Dots(string text)
    {
        for (int i = 0; i < text.Length; i++)
        {
            string[] letter = Letters.GetValueOrDefault(text[i], Letters['?']);
            for (int dot = 0; dot < Width * Height; dot++)
            {
                if (letter[dot / Width][dot % Width] == '#')
                {
                    yield return ((i * Advance) + (dot % Width), dot / Width);
                }
            }
        }
    }
}
