using Microsoft.ML.TargetProp.Samples.Experiments.Data;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Samples.Experiments.Studies;

/// <summary>Digits for a generative model: training rows, held-out rows for choices, and test rows.</summary>
internal sealed record GenerativeDigits(StudyDigits Learned, DigitSet Validation, DigitSet Test)
{
    public static GenerativeDigits Load(Host.StudyRequest request, int rows)
    {
        StudyDigits held = StudyDigits.Load(request.Data, validate: true, request.Quick);
        StudyDigits whole = StudyDigits.Load(request.Data, validate: false, request.Quick);
        return new(held with { Train = First(held.Train, rows) }, held.Test, request.Validate ? held.Test : whole.Test);
    }

    public static DigitSet First(DigitSet digits, int rows) => digits.Slice(0, Math.Min(rows, digits.Count));

    /// <summary>Ink in [0, 1], <c>[rows, pixels]</c>.</summary>
    public static Tensor Pixels(DigitSet digits)
    {
        float[] pixels = new float[digits.Count * DigitSet.PixelCount];
        for (int i = 0; i < digits.Count; i++)
        {
            ReadOnlySpan<byte> image = digits.Image(i).Span;
            for (int j = 0; j < image.Length; j++)
            {
                pixels[(i * DigitSet.PixelCount) + j] = image[j] / 255f;
            }
        }

        return tensor(pixels).reshape(digits.Count, DigitSet.PixelCount);
    }

    /// <summary>Rows of pixels as pictures without labels.</summary>
    public static DigitSet Pictures(Tensor pixels)
    {
        using Tensor bytes = (pixels * 255).clamp(0, 255).round().to(ScalarType.Byte).contiguous();
        return new(bytes.data<byte>().ToArray(), new byte[pixels.shape[0]]);
    }

    /// <summary>Writes a sheet of pictures.</summary>
    public static void SaveSheet(string path, DigitSet digits, int columns) =>
        DigitSheet.Save(path, [.. Enumerable.Range(0, digits.Count).Select(i => new CaptionedDigit(digits.Image(i), "", false))], columns);
}
