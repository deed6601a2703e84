using System.Collections;
using System.Globalization;

namespace Microsoft.ML.TargetProp.Samples;

/// <summary>
/// Pictures of digits with their labels. The pixels stay bytes, a quarter of the memory that floats take; a row becomes floats
/// when ML.NET asks for it.
/// </summary>
public sealed class DigitSet
{
    /// <summary>Width and height of a picture.</summary>
    public const int Side = 28;

    /// <summary>Pixels in a picture.</summary>
    public const int PixelCount = Side * Side;

    /// <summary>Number of classes.</summary>
    public const int ClassCount = 10;

    private static readonly string[] Names = [.. Enumerable.Range(0, ClassCount).Select(d => d.ToString(CultureInfo.InvariantCulture))];

    private readonly ReadOnlyMemory<byte> _pixels;
    private readonly ReadOnlyMemory<byte> _labels;

    /// <summary>Wraps pixels and labels without copying them.</summary>
    /// <param name="pixels">One picture after the other, <see cref="PixelCount"/> bytes each: 0 paper, 255 full ink.</param>
    /// <param name="labels">One digit, 0 to 9, for each picture.</param>
    public DigitSet(ReadOnlyMemory<byte> pixels, ReadOnlyMemory<byte> labels)
    {
        if (pixels.Length != (long)labels.Length * PixelCount)
        {
            throw new ArgumentException(
                $"{labels.Length} labels need {(long)labels.Length * PixelCount} pixels; there are {pixels.Length}.", nameof(pixels));
        }

        int wrong = labels.Span.IndexOfAnyExceptInRange((byte)0, (byte)(ClassCount - 1));
        if (wrong >= 0)
        {
            throw new ArgumentException($"Label {labels.Span[wrong]} of picture {wrong} is no digit.", nameof(labels));
        }

        _pixels = pixels;
        _labels = labels;
    }

    /// <summary>Number of pictures.</summary>
    public int Count => _labels.Length;

    /// <summary>The labels, one for each picture.</summary>
    public ReadOnlySpan<byte> Labels => _labels.Span;

    /// <summary>The pixels of one picture.</summary>
    public ReadOnlyMemory<byte> Image(int index) => _pixels.Slice(index * PixelCount, PixelCount);

    /// <summary>The name of one picture's class, "0" to "9".</summary>
    public string LabelName(int index) => Names[_labels.Span[index]];

    /// <summary>A part of the set, over the same bytes.</summary>
    public DigitSet Slice(int start, int count) =>
        new(_pixels.Slice(start * PixelCount, count * PixelCount), _labels.Slice(start, count));

    /// <summary>One picture as an ML.NET row.</summary>
    public DigitRow Row(int index)
    {
        float[] features = new float[PixelCount];
        ReadOnlySpan<byte> image = Image(index).Span;
        for (int i = 0; i < features.Length; i++)
        {
            features[i] = image[i] / 255f;
        }

        return new DigitRow { Features = features, Label = LabelName(index) };
    }

    /// <summary>The set as an ML.NET data view with a known number of rows. Its rows are made on demand.</summary>
    public IDataView ToDataView(MLContext mlContext)
    {
        ArgumentNullException.ThrowIfNull(mlContext);
        return mlContext.Data.LoadFromEnumerable<DigitRow>(new Rows(this));
    }

    /// <summary>The rows, made on demand. ML.NET asks a collection, and nothing less, for the number of its rows.</summary>
    private sealed class Rows(DigitSet set) : ICollection<DigitRow>
    {
        public int Count => set.Count;

        public bool IsReadOnly => true;

        public IEnumerator<DigitRow> GetEnumerator()
        {
            for (int i = 0; i < set.Count; i++)
            {
                yield return set.Row(i);
            }
        }

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

        public void CopyTo(DigitRow[] array, int arrayIndex)
        {
            foreach (DigitRow row in this)
            {
                array[arrayIndex++] = row;
            }
        }

        // Rows are made anew each time, so none of them is ever found again.
        public bool Contains(DigitRow item) => false;

        public void Add(DigitRow item) => throw ReadOnly();

        public void Clear() => throw ReadOnly();

        public bool Remove(DigitRow item) => throw ReadOnly();

        private static NotSupportedException ReadOnly() => new("A set of digits is read-only.");
    }
}
