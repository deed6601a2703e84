using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Generative;

/// <summary>
/// The order in which the missing entries of a row are drawn: random, and in a picture from the observed pixels outwards, so that every pixel
/// has known neighbours. Rows with the same gaps have the same order, so that they share the solutions of the Gaussian.
/// </summary>
internal sealed class SamplingOrder(int columns, int imageWidth, int imageHeight, CompletionSettings settings)
{
    /// <summary>Number of pixels. The columns after them are a second modality.</summary>
    private readonly int _pixels = MaskSampler.Pixels(columns, imageWidth, imageHeight);

    private readonly double[] _random = Uniform(columns, new(SeedOf(settings)));

    private static int SeedOf(CompletionSettings settings) => unchecked(settings.Seed * 486187739 + settings.Draw);

    private static double[] Uniform(int columns, Random random) => [.. Enumerable.Range(0, columns).Select(_ => random.NextDouble())];

    /// <summary>The stage in which each entry is drawn, from 0; −1 for observed entries. <c>[rows, columns]</c>, float32.</summary>
    public Tensor Stages(Tensor missing, int stages)
    {
        var flags = missing.cpu().contiguous().data<bool>().ToArray();
        var result = new float[flags.Length];
        for (var start = 0; start < flags.Length; start += columns)
            Stages(flags.AsSpan(start, columns), result.AsSpan(start, columns), stages);
        return tensor(result, device: missing.device).view(missing.shape);
    }

    /// <summary>Two random halves of the pixels, as masks.</summary>
    public IEnumerable<Tensor> Halves(Device device)
    {
        foreach (var first in (bool[])[true, false])
            yield return tensor([.. _random.Select((r, c) => c < _pixels && r * 2 % 1 < 0.5 == first)], device: device);
    }

    private void Stages(ReadOnlySpan<bool> missing, Span<float> stage, int stages)
    {
        var rank = Distances(missing);
        for (var c = 0; c < columns; c++)
            rank[c] += _random[c];
        stage.Fill(-1);
        var gaps = new List<int>();
        for (var c = 0; c < columns; c++)
        {
            if (missing[c])
                gaps.Add(c);
        }
        gaps.Sort((a, b) => rank[a].CompareTo(rank[b]));
        for (var i = 0; i < gaps.Count; i++)
            stage[gaps[i]] = (int)((long)i * stages / gaps.Count);
    }

    /// <summary>
    /// Steps, diagonal ones included, from each pixel to the nearest observed pixel. 0 everywhere when there is no picture or no observed pixel.
    /// </summary>
    private double[] Distances(ReadOnlySpan<bool> missing)
    {
        var distance = new double[columns];
        if (!missing[.._pixels].Contains(false))
            return distance;
        var reached = new Queue<int>();
        for (var c = 0; c < _pixels; c++)
        {
            distance[c] = missing[c] ? -1 : 0;
            if (!missing[c])
                reached.Enqueue(c);
        }
        while (reached.TryDequeue(out var from))
        {
            var (x, y) = (from % imageWidth, from / imageWidth);
            for (var line = Math.Max(0, y - 1); line <= Math.Min(_pixels / imageWidth - 1, y + 1); line++)
            {
                for (var at = Math.Max(0, x - 1); at <= Math.Min(imageWidth - 1, x + 1); at++)
                {
                    var to = line * imageWidth + at;
                    if (distance[to] >= 0)
                        continue;
                    distance[to] = distance[from] + 1;
                    reached.Enqueue(to);
                }
            }
        }
        return distance;
    }
}

/// <summary>Normal noise of a row. It depends on the seed, the draw, the row and the stage, and not on the other rows of the batch.</summary>
internal static class RowNoise
{
    /// <summary>Independent draws from N(0, 1), <c>[rows, columns]</c>.</summary>
    /// <param name="rowKeys">A key of each row.</param>
    /// <param name="columns">Numbers for each row.</param>
    /// <param name="seed">Seed of all draws.</param>
    /// <param name="draw">Number of the draw of a row.</param>
    /// <param name="stage">Number of the stage within a draw.</param>
    public static Tensor Normal(ReadOnlySpan<long> rowKeys, long columns, int seed, int draw, int stage)
    {
        var noise = zeros(rowKeys.Length, columns, dtype: ScalarType.Float32, device: CPU);
        var floats = TensorMemory.Floats(noise);
        for (var r = 0; r < rowKeys.Length; r++)
        {
            var row = floats.Slice(r * (int)columns, (int)columns);
            new GaussianNoise(Hash(seed, draw, stage, rowKeys[r])).Add(row, row, 1);
        }
        return noise;
    }

    /// <summary>A hash of 64 bits. With 32 bits, two of about 80,000 rows would share their noise.</summary>
    private static ulong Hash(int seed, int draw, int stage, long rowKey)
    {
        var state = 0UL;
        foreach (var part in (ReadOnlySpan<long>)[seed, draw, stage, rowKey])
            state = new SplitMix64(state + (ulong)part).Next();
        return state;
    }
}
