using System.Collections;
using System.Globalization;

namespace Microsoft.ML.TargetProp.Samples;

/// <summary>
/// Pictures of digits with their labels. Pixels are stored as bytes, which take a quarter of the memory of floats. A row is
/// converted to floats when ML.NET reads it.
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
    /// <param name="pixels">The pictures one after the other, <see cref="PixelCount"/> bytes each, from 0 (paper) to 255 (full ink).</param>
    /// <param name="labels">The digit of each picture, 0 to 9.</param>
    public DigitSet(ReadOnlyMemory<byte> pixels, ReadOnlyMemory<byte> labels)
    {
        if (pixels.Length != (long)labels.Length * PixelCount)
        {
            throw new ArgumentException(
                $"Found {pixels.Length} pixels, expected {(long)labels.Length * PixelCount} for {labels.Length} labels.", nameof(pixels));
        }

        int wrong = labels.Span.IndexOfAnyExceptInRange((byte)0, (byte)(ClassCount - 1));
        if (wrong >= 0)
        {
            throw new ArgumentException($"Found the label {labels.Span[wrong]} at picture {wrong}, expected 0 to 9.", nameof(labels));
        }

        _pixels = pixels;
        _labels = labels;
    }

    /// <summary>Number of pictures.</summary>
    public int Count => _labels.Length;

    /// <summary>The label of each picture.</summary>
    public ReadOnlySpan<byte> Labels => _labels.Span;

    /// <summary>The pixels of a picture.</summary>
    public ReadOnlyMemory<byte> Image(int index) => _pixels.Slice(index * PixelCount, PixelCount);

    /// <summary>The class name of a picture, "0" to "9".</summary>
    public string LabelName(int index) => Names[_labels.Span[index]];

    /// <summary>A part of the set. It shares the bytes of this set.</summary>
    public DigitSet Slice(int start, int count) =>
        new(_pixels.Slice(start * PixelCount, count * PixelCount), _labels.Slice(start, count));

    /// <summary>A picture as an ML.NET row.</summary>
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

    /// <summary>The set as an ML.NET data view with a known number of rows. Rows are created on demand.</summary>
    public IDataView ToDataView(MLContext mlContext)
    {
        ArgumentNullException.ThrowIfNull(mlContext);
        return mlContext.Data.LoadFromEnumerable<DigitRow>(new Rows(this));
    }

    /// <summary>The rows, created on demand. ML.NET reads the number of rows only from an ICollection.</summary>
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

        // Each enumeration creates new rows, so the set contains no given instance.
        public bool Contains(DigitRow item) => false;

        public void Add(DigitRow item) => throw ReadOnly();

        public void Clear() => throw ReadOnly();

        public bool Remove(DigitRow item) => throw ReadOnly();

        private static NotSupportedException ReadOnly() => new("A set of digits is read-only.");
    }
}
