using System.Globalization;
using System.Text;

namespace Microsoft.ML.TargetProp.Samples.InpaintingStudio;

/// <summary>Shows a sampled inpainting round by round: as a strip and as an animated page.</summary>
internal static class StepPages
{
    private const int Margin = 16;
    private const int Line = 24;
    private const int TextScale = 2;
    private const int StripScale = 2;
    private const int StripPitch = (StripScale * DigitSet.Side) + 8;
    private const int FrameScale = 3;
    private const int FramePitch = (FrameScale * DigitSet.Side) + 8;

    /// <summary>Draws a strip with a line per digit: the observed pixels, all steps, and the original.</summary>
    /// <param name="path">The PNG file.</param>
    /// <param name="source">The training data of the model.</param>
    /// <param name="completions">The digits.</param>
    /// <param name="digits">The number of digits to draw.</param>
    public static void SaveStrip(string path, string source, Completions completions, int digits)
    {
        List<(string Caption, float[][] Inks)> columns = [("gap", completions.Given)];
        for (int step = 0; step < completions.Steps.Count; step++)
        {
            columns.Add((step.ToString(CultureInfo.InvariantCulture), completions.Steps[step]));
        }

        columns.Add(("truth", completions.Whole));
        int top = Margin + (7 * Line / 2);
        using DigitPage page = new((2 * Margin) + (columns.Count * StripPitch) - 8, top + (digits * StripPitch) + Margin - 8);
        page.Write(Margin, Margin, TextScale, "Sampled inpainting: start from noise (0) and rounds 1 to " + Completions.Rounds);
        page.Write(Margin, Margin + Line, TextScale, source + "; Gaussian conditional mean, maps trained on masked digits", TextColor.Faint);
        for (int c = 0; c < columns.Count; c++)
        {
            int x = Margin + (c * StripPitch);
            string caption = columns[c].Caption;
            page.Write(x + (((StripScale * DigitSet.Side) - DigitPage.WidthOf(caption, TextScale)) / 2), top - Line, TextScale, caption, TextColor.Faint);
            for (int i = 0; i < digits; i++)
            {
                page.Draw(x, top + (i * StripPitch), StripScale, columns[c].Inks[i]);
            }
        }

        page.Save(path);
    }

    /// <summary>Writes an HTML page that shows the steps one after the other. The page contains its pictures and loads nothing.</summary>
    /// <param name="path">The HTML file.</param>
    /// <param name="source">The training data of the model.</param>
    /// <param name="completions">The digits.</param>
    public static void SaveAnimation(string path, string source, Completions completions)
    {
        StringBuilder frames = new();
        for (int step = 0; step < completions.Steps.Count; step++)
        {
            string caption = step == 0 ? "start: noise" : step < completions.Steps.Count - 1 ? $"after round {step}" : "result";
            frames.AppendLine($"""      ["{caption}", "{Picture(completions.Steps[step])}"],""");
        }

        File.WriteAllText(path, $$"""
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <title>Sampled inpainting, round by round</title>
            <style>
              body { font: 16px sans-serif; margin: 2em; background: #f4f4f2; color: #222; }
              img { display: block; max-width: 100%; image-rendering: pixelated; }
              #caption { display: inline-block; width: 9em; }
            </style>
            </head>
            <body>
            <h1>Sampled inpainting, round by round</h1>
            <p>
              Model: {{source}}. Each round draws the missing pixels around the conditional mean of a Gaussian, corrected by maps trained
              on masked digits. It keeps some of the drawn pixels; the next round draws the others again.
            </p>
            <p>Observed pixels (missing pixels are blue):</p>
            <img alt="Digits with gaps" src="{{Picture(completions.Given)}}">
            <p>
              <button id="play" type="button">Pause</button>
              <input id="step" type="range" min="0" max="{{completions.Steps.Count - 1}}" value="0" aria-label="Round">
              <span id="caption"></span>
            </p>
            <img id="frame" alt="The digits at this step" src="">
            <p>Original digits:</p>
            <img alt="Original digits" src="{{Picture(completions.Whole)}}">
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
                // The first and the last step are shown longer.
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

    /// <summary>A line of digits as a data URI.</summary>
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
