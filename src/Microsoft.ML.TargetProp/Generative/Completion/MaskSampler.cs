using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Generative;

/// <summary>
/// Draws masks: the known entries that a training row loses. Every vector loses single entries at any rate, and runs of neighbouring columns.
/// A picture loses rectangles and strips along an edge instead of runs, sometimes with single pixels left inside them.
/// </summary>
/// <param name="columns">Entries of a row.</param>
/// <param name="imageWidth">Pixels in a line of the picture; 0 when the columns are no picture.</param>
/// <param name="random">Draws the masks.</param>
/// <param name="imageHeight">Lines of the picture; 0 for as many whole lines as the columns make. Columns after the picture are a second modality.</param>
internal sealed class MaskSampler(int columns, int imageWidth, Random random, int imageHeight = 0)
{
    /// <summary>Rows that share a mask where the Gaussian is solved by pattern, so that it is solved once for them.</summary>
    private const int RowsPerMask = 32;

    private readonly int _pixels = Pixels(columns, imageWidth, imageHeight);

    /// <summary>Number of columns that are pixels. They come first.</summary>
    public static int Pixels(int columns, int imageWidth, int imageHeight) =>
        imageWidth == 0 ? 0 : imageHeight > 0 ? imageWidth * imageHeight : columns - columns % imageWidth;

    /// <summary>Masks known entries of every row.</summary>
    /// <param name="missing">True at missing entries, <c>[rows, columns]</c>.</param>
    /// <returns>The entries that are missing or masked, and the known entries that are masked.</returns>
    public (Tensor Gaps, Tensor Masked) Mask(Tensor missing)
    {
        var mask = new bool[missing.shape[0] * columns];
        var rowsPerMask = columns > ConditionalGaussian.MaxColumnsBatched ? RowsPerMask : 1;
        for (var row = 0; row < missing.shape[0]; row++)
        {
            var own = mask.AsSpan(row * columns, columns);
            if (row % rowsPerMask == 0)
                Draw(own);
            else
                mask.AsSpan((row - 1) * columns, columns).CopyTo(own);
        }
        var drawn = tensor(mask, device: missing.device).view(missing.shape);
        return (drawn.logical_or(missing), drawn.logical_and(missing.logical_not()));
    }

    /// <summary>Draws one mask, <c>[columns]</c>, with at least one entry.</summary>
    public void Draw(Span<bool> missing)
    {
        missing.Clear();
        var kind = random.NextDouble();
        if (imageWidth > 0 && kind < 0.8)
            Rectangle(missing, strip: kind < 0.5);
        else if (imageWidth == 0 && kind < 0.2)
            Run(missing);
        else
            Entries(missing, rate: 0.05 + 0.95 * random.NextDouble(), to: true);
        if (imageWidth > 0 && random.NextDouble() < 0.2)
            Entries(missing, random.NextDouble(), to: false);
        if (_pixels > 0 && _pixels < columns)
            SecondModality(missing[.._pixels], missing[_pixels..]);
        missing[random.Next(columns)] = true;
    }

    private void Entries(Span<bool> missing, double rate, bool to)
    {
        foreach (ref var entry in missing)
        {
            if (random.NextDouble() < rate)
                entry = to;
        }
    }

    private void SecondModality(Span<bool> picture, Span<bool> rest)
    {
        var kind = random.NextDouble();
        // In three rows of ten, one modality is missing and the other is whole. Otherwise few pictures would be whole when the rest is missing.
        if (kind < 0.3)
            picture.Fill(kind < 0.1);
        rest.Fill(kind >= 0.1 && (kind < 0.3 || random.Next(2) == 0));
    }

    private void Run(Span<bool> missing)
    {
        var length = random.Next(1, columns + 1);
        missing.Slice(random.Next(columns - length + 1), length).Fill(true);
    }

    /// <summary>Masks a rectangle of 30 to 70 % of each side. A strip has one whole side and touches an edge.</summary>
    private void Rectangle(Span<bool> missing, bool strip)
    {
        var height = _pixels / imageWidth;
        var (wide, high) = (Part(imageWidth), Part(height));
        var (left, top) = (random.Next(imageWidth - wide + 1), random.Next(height - high + 1));
        if (strip)
        {
            var end = random.Next(2);
            if (random.Next(2) == 0)
                (left, wide, top) = (0, imageWidth, end * (height - high));
            else
                (top, high, left) = (0, height, end * (imageWidth - wide));
        }
        for (var line = top; line < top + high; line++)
            missing.Slice(line * imageWidth + left, wide).Fill(true);
    }

    private int Part(int side) => Math.Max(1, (int)Math.Round(side * (0.3 + 0.4 * random.NextDouble())));
}

/// <summary>Validation rows with a quarter of their observed entries masked. The validation error of a generative model is the error of their completion.</summary>
internal sealed class MaskedEntries : IDisposable
{
    private const double MaskedPart = 0.25;
    private const int RowsAtOnce = 1000;

    private static readonly CompletionSettings Settings = new();

    private readonly VisibleScale _scale;
    private readonly InferenceSettings _inference;
    private readonly Tensor _rows;
    private readonly Tensor _masked;
    private readonly Tensor _target;
    private readonly long _count;

    /// <param name="rows"><c>[rows, columns]</c> in the user's units, NaN where missing.</param>
    /// <param name="scale">Converts to the model's units, in which the error is measured.</param>
    /// <param name="inference">The E-step.</param>
    /// <param name="seed">Seed of the choice of masked entries.</param>
    public MaskedEntries(Tensor rows, VisibleScale scale, InferenceSettings inference, int seed)
    {
        (_scale, _inference) = (scale, inference);
        using var scope = NewDisposeScope();
        using var random = new RandomSource(seed, rows.device);
        var missing = rows.isnan();
        _masked = random.BernoulliLike(rows, MaskedPart).to(ScalarType.Bool).logical_and_(missing.logical_not());
        // With very few entries, chance may choose none. Then all are masked.
        if (_masked.sum().ToInt64() == 0)
            _masked = missing.logical_not();
        _masked.DetachFromDisposeScope();
        _count = _masked.sum().ToInt64();
        _target = scale.ToModel(rows, missing).DetachFromDisposeScope();
        _rows = where(_masked, tensor([float.NaN], device: rows.device), rows).DetachFromDisposeScope();
    }

    /// <summary>Mean squared error of the expected values of the masked entries; NaN when the rows have no observed entry.</summary>
    public double Error(GenerativeNetwork network, Action checkAlive)
    {
        var squares = 0.0;
        for (var start = 0L; start < _rows.shape[0]; start += RowsAtOnce)
        {
            checkAlive();
            using var scope = NewDisposeScope();
            var length = Math.Min(RowsAtOnce, _rows.shape[0] - start);
            var filled = IterativeCompletion.Fill(network, _scale, _inference, _rows.narrow(0, start, length), Settings, new long[length]);
            var error = filled.sub(_target.narrow(0, start, length)).ZeroInPlace(_masked.narrow(0, start, length).logical_not());
            squares += error.mul_(error).to(ScalarType.Float64).sum().ToDouble();
        }
        return squares / _count;
    }

    public void Dispose()
    {
        _rows.Dispose();
        _masked.Dispose();
        _target.Dispose();
    }
}
