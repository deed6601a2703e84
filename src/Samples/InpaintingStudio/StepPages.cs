using System.Globalization;
using System.Text;

namespace Microsoft.ML.TargetProp.Samples.InpaintingStudio;

/// <summary>The way of an inpainting step by step: as a strip, and as a page of its own that moves.</summary>
internal static class StepPages
{
    private const int Margin = 16;
    private const int Line = 24;
    private const int TextScale = 2;
    private const int StripScale = 2;
    private const int StripPitch = (StripScale * DigitSet.Side) + 8;
    private const int FrameScale = 3;
    private const int FramePitch = (FrameScale * DigitSet.Side) + 8;

    /// <summary>Draws a strip: a line for each digit, from what is left of it over all steps to the digit itself.</summary>
    /// <param name="path">The PNG file.</param>
    /// <param name="completions">What to draw.</param>
    /// <param name="digits">How many of the digits.</param>
    public static void SaveStrip(string path, Completions completions, int digits)
    {
        List<(string Caption, float[][] Inks)> columns = [("left", completions.Given), ("noise", completions.Steps[0])];
        for (int step = 1; step < completions.Steps.Count; step++)
        {
            columns.Add((step.ToString(CultureInfo.InvariantCulture), completions.Steps[step]));
        }

        columns.Add(("truth", completions.Whole));
        int top = Margin + Line + Line;
        using DigitPage page = new((2 * Margin) + (columns.Count * StripPitch) - 8, top + (digits * StripPitch) + Margin - 8);
        page.Write(Margin, Margin, TextScale, "Inpainting from noise, round by round");
        for (int c = 0; c < columns.Count; c++)
        {
            int x = Margin + (c * StripPitch);
            string caption = columns[c].Caption;
            page.Write(x + (((StripScale * DigitSet.Side) - DigitPage.WidthOf(caption, TextScale)) / 2), Margin + Line, TextScale, caption, TextColor.Faint);
            for (int i = 0; i < digits; i++)
            {
                page.Draw(x, top + (i * StripPitch), StripScale, columns[c].Inks[i]);
            }
        }

        page.Save(path);
    }

    /// <summary>Writes an HTML page that shows one step after the other; the pictures are within it, and nothing is loaded from elsewhere.</summary>
    /// <param name="path">The HTML file.</param>
    /// <param name="completions">What to show.</param>
    public static void SaveAnimation(string path, Completions completions)
    {
        StringBuilder frames = new();
        for (int step = 0; step < completions.Steps.Count; step++)
        {
            string caption = step == 0 ? "start: noise" : step < completions.Steps.Count - 1 ? $"after round {step}" : "result: sample";
            frames.AppendLine($"""      ["{caption}", "{Picture(completions.Steps[step])}"],""");
        }

        File.WriteAllText(path, $$"""
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <title>Inpainting, round by round</title>
            <style>
              body { font: 16px sans-serif; margin: 2em; background: #f4f4f2; color: #222; }
              img { display: block; max-width: 100%; image-rendering: pixelated; }
              #caption { display: inline-block; width: 9em; }
            </style>
            </head>
            <body>
            <h1>Inpainting, round by round</h1>
            <p>What is left of the digits; missing pixels are blue:</p>
            <img alt="Digits with gaps" src="{{Picture(completions.Given)}}">
            <p>
              <button id="play" type="button">Pause</button>
              <input id="step" type="range" min="0" max="{{completions.Steps.Count - 1}}" value="0" aria-label="Round">
              <span id="caption"></span>
            </p>
            <img id="frame" alt="The digits at this step" src="">
            <p>The digits themselves:</p>
            <img alt="Whole digits" src="{{Picture(completions.Whole)}}">
            <script>
              const frames = [
            {{frames}}  ];
              const slider = document.getElementById("step"), button = document.getElementById("play");
              let playing = true, rest = 0;
              function show() {
                const [caption, picture] = frames[Number(slider.value)];
                document.getElementById("caption").textContent = caption;
                document.getElementById("frame").src = picture;
              }
              function play(on) {
                playing = on;
                button.textContent = on ? "Pause" : "Play";
              }
              slider.oninput = () => { play(false); show(); };
              button.onclick = () => play(!playing);
              setInterval(() => {
                if (!playing) return;
                // The first and the last step stay a little.
                const at = Number(slider.value);
                if ((at === 0 || at === frames.length - 1) && rest++ < 4) return;
                rest = 0;
                slider.value = (at + 1) % frames.length;
                show();
              }, 300);
              show();
            </script>
            </body>
            </html>

            """);
    }

    /// <summary>A line of digits as the address of a picture that holds the picture itself.</summary>
    private static string Picture(float[][] digits)
    {
        using DigitPage page = new((digits.Length * FramePitch) - 8, FrameScale * DigitSet.Side);
        for (int i = 0; i < digits.Length; i++)
        {
            page.Draw(i * FramePitch, 0, FrameScale, digits[i]);
        }

        return "data:image/png;base64," + Convert.ToBase64String(page.ToPng());
    }
}
