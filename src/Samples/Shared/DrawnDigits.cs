using System.Numerics;

namespace Microsoft.ML.TargetProp.Samples;

/// <summary>
/// Draws digits that look handwritten, for machines without MNIST and without a network. The strokes of a style are bent, slanted,
/// rotated, scaled and shifted at random, and the width of the pen is random.
/// <para>
/// On one machine, picture i of a seed is always the same, whatever the number of pictures. Different seeds give different pictures.
/// The variation is large enough that a linear model has a much higher error than a deep network.
/// </para>
/// </summary>
public static class DrawnDigits
{
    private const int SamplesPerSpan = 7;

    /// <summary>Draws a training set and a test set that share no picture.</summary>
    /// <param name="trainCount">Training pictures.</param>
    /// <param name="testCount">Test pictures.</param>
    /// <param name="seed">Seed of all random numbers.</param>
    public static DigitData Create(int trainCount = 12_000, int testCount = 2_000, int seed = 1)
    {
        DigitSet all = Draw(trainCount + testCount, seed);
        return new DigitData("digits drawn by code", all.Slice(0, trainCount), all.Slice(trainCount, testCount));
    }

    /// <summary>Draws pictures of the ten digits in turn, so that all classes are equally frequent.</summary>
    public static DigitSet Draw(int count, int seed = 1)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        byte[] pixels = new byte[checked(count * DigitSet.PixelCount)];
        byte[] labels = new byte[count];

        // Each picture has its own random generator, so the result does not depend on the order of drawing.
        Parallel.For(0, count, i =>
        {
            labels[i] = (byte)(i % DigitSet.ClassCount);
            DrawOne(labels[i], new PictureRandom(seed, i), pixels.AsSpan(i * DigitSet.PixelCount, DigitSet.PixelCount));
        });
        return new DigitSet(pixels, labels);
    }

    private static void DrawOne(int digit, PictureRandom random, Span<byte> pixels)
    {
        IReadOnlyList<Stroke[]> styles = DigitStrokes.StylesOf(digit);
        Hand hand = new(random);
        float softness = random.Uniform(0.8f, 1.5f);
        float darkness = random.Uniform(0.8f, 1.15f);
        Span<float> ink = stackalloc float[DigitSet.PixelCount];
        ink.Clear();
        foreach (Stroke stroke in styles[random.Next(styles.Count)])
        {
            DrawStroke(hand.Move(stroke), hand, softness, ink);
        }

        for (int i = 0; i < pixels.Length; i++)
        {
            pixels[i] = (byte)MathF.Round(255f * Math.Clamp(ink[i] * darkness, 0f, 1f));
        }
    }

    private static void DrawStroke(Stroke stroke, Hand hand, float softness, Span<float> ink)
    {
        Vector2 from = hand.ToPaper(stroke.Points[0]);
        for (int span = 0; span + 1 < stroke.Points.Length; span++)
        {
            (Vector2 startSlope, Vector2 endSlope) = Slopes(stroke, span);
            for (int k = 1; k <= SamplesPerSpan; k++)
            {
                float t = k / (float)SamplesPerSpan;
                Vector2 to = hand.ToPaper(Hermite(stroke.Points[span], startSlope, stroke.Points[span + 1], endSlope, t));
                DrawLine(from, to, hand.PenRadius((span + t) / (stroke.Points.Length - 1)), softness, ink);
                from = to;
            }
        }
    }

    /// <summary>The slopes of a Catmull-Rom curve at both ends of a span. At a corner or an end of the stroke, the slope is that of the chord.</summary>
    private static (Vector2 Start, Vector2 End) Slopes(Stroke stroke, int span)
    {
        Vector2[] points = stroke.Points;
        Vector2 straight = points[span + 1] - points[span];
        bool smoothStart = span > 0 && !stroke.Corners[span];
        bool smoothEnd = span + 2 < points.Length && !stroke.Corners[span + 1];
        return (smoothStart ? (points[span + 1] - points[span - 1]) / 2 : straight,
            smoothEnd ? (points[span + 2] - points[span]) / 2 : straight);
    }

    private static Vector2 Hermite(Vector2 p0, Vector2 m0, Vector2 p1, Vector2 m1, float t)
    {
        float t2 = t * t;
        float t3 = t2 * t;
        return ((2 * t3 - 3 * t2 + 1) * p0) + ((t3 - 2 * t2 + t) * m0) + ((3 * t2 - 2 * t3) * p1) + ((t3 - t2) * m1);
    }

    /// <summary>Adds a line to the ink. The ink fades out over <paramref name="softness"/> pixels at the pen's radius.</summary>
    private static void DrawLine(Vector2 from, Vector2 to, float radius, float softness, Span<float> ink)
    {
        float reach = radius + softness;
        int left = Math.Max(0, (int)MathF.Floor(MathF.Min(from.X, to.X) - reach));
        int right = Math.Min(DigitSet.Side - 1, (int)MathF.Ceiling(MathF.Max(from.X, to.X) + reach));
        int top = Math.Max(0, (int)MathF.Floor(MathF.Min(from.Y, to.Y) - reach));
        int bottom = Math.Min(DigitSet.Side - 1, (int)MathF.Ceiling(MathF.Max(from.Y, to.Y) + reach));
        Vector2 line = to - from;
        float lengthSquared = MathF.Max(line.LengthSquared(), 1e-12f);
        for (int y = top; y <= bottom; y++)
        {
            for (int x = left; x <= right; x++)
            {
                Vector2 pixel = new(x, y);
                float along = Math.Clamp(Vector2.Dot(pixel - from, line) / lengthSquared, 0f, 1f);
                float distance = Vector2.Distance(pixel, from + along * line);
                float value = Math.Clamp((radius - distance) / softness + 0.5f, 0f, 1f);
                ref float cell = ref ink[y * DigitSet.Side + x];
                cell = MathF.Max(cell, value);
            }
        }
    }

    /// <summary>The random distortion, placement and pen width of one picture.</summary>
    private sealed class Hand
    {
        private readonly PictureRandom _random;
        private readonly float _tremor;
        private readonly Matrix3x2 _toPaper;
        private readonly Vector2 _waveX;
        private readonly Vector2 _waveY;
        private readonly Vector2 _wavePhase;
        private readonly float _radius;
        private readonly float _pressure;
        private readonly float _pressurePhase;

        public Hand(PictureRandom random)
        {
            _random = random;
            _tremor = random.Uniform(0.01f, 0.04f);

            float height = random.Uniform(17.5f, 21.5f);
            float width = height * random.Uniform(0.5f, 0.85f);
            float slant = Math.Clamp(random.Gaussian(0.15f, 0.17f), -0.3f, 0.6f);
            float turn = Math.Clamp(random.Gaussian(0f, 0.08f), -0.2f, 0.2f);
            Vector2 middle = new((DigitSet.Side - 1) / 2f);
            Vector2 shift = new(Math.Clamp(random.Gaussian(0f, 1.2f), -3f, 3f), Math.Clamp(random.Gaussian(0f, 1.1f), -2.5f, 2.5f));
            _toPaper = Matrix3x2.CreateTranslation(-0.5f, -0.5f)
                * Matrix3x2.CreateScale(width, height)
                * new Matrix3x2(1, 0, -slant, 1, 0, 0)
                * Matrix3x2.CreateRotation(turn)
                * Matrix3x2.CreateTranslation(middle + shift);

            // A wave of low frequency moves neighbouring points together, so that the strokes stay smooth.
            _waveX = new Vector2(random.Uniform(-3.5f, 3.5f), random.Uniform(-3.5f, 3.5f));
            _waveY = new Vector2(random.Uniform(-3.5f, 3.5f), random.Uniform(-3.5f, 3.5f));
            _wavePhase = new Vector2(random.Uniform(0f, MathF.Tau), random.Uniform(0f, MathF.Tau));

            _radius = random.Uniform(0.65f, 1.7f);
            _pressure = random.Uniform(0f, 0.3f);
            _pressurePhase = random.Uniform(0f, MathF.Tau);
        }

        /// <summary>Moves each point of a stroke a little.</summary>
        public Stroke Move(Stroke stroke)
        {
            Vector2[] points = new Vector2[stroke.Points.Length];
            for (int i = 0; i < points.Length; i++)
            {
                // The ends of a stroke vary most in handwriting: loops stay open and tails grow long.
                float amount = i == 0 || i == points.Length - 1 ? 1.6f * _tremor : _tremor;
                Vector2 p = stroke.Points[i] + new Vector2(_random.Gaussian(0f, amount), _random.Gaussian(0f, amount));
                points[i] = p + 0.045f * new Vector2(
                    MathF.Sin(Vector2.Dot(_waveX, p) + _wavePhase.X),
                    MathF.Sin(Vector2.Dot(_waveY, p) + _wavePhase.Y));
            }

            return stroke with { Points = points };
        }

        /// <summary>Maps a point of the digit's box to pixels of the picture.</summary>
        public Vector2 ToPaper(Vector2 point) => Vector2.Transform(point, _toPaper);

        /// <summary>Half the width of the line in pixels, at a position of the stroke from 0 to 1.</summary>
        public float PenRadius(float part) => _radius * (1 + _pressure * MathF.Sin(4f * part + _pressurePhase));
    }

    /// <summary>
    /// SplitMix64 (Steele, Lea, Flood 2014). .NET's generator may change between versions; this one stays the same. Creating one per
    /// picture is cheap.
    /// </summary>
    private sealed class PictureRandom
    {
        private ulong _state;

        public PictureRandom(int seed, int picture)
        {
            _state = ((ulong)(uint)seed << 32) | (uint)picture;

            // The states of neighbouring pictures differ by 1. Hashing them once makes their streams unrelated.
            _state = NextBits();
        }

        public float Uniform(float low, float high) => low + (high - low) * (float)((NextBits() >> 11) * (1.0 / (1UL << 53)));

        public int Next(int below) => (int)(((NextBits() >> 32) * (ulong)below) >> 32);

        public float Gaussian(float mean, float deviation)
        {
            // Box-Muller transform; 1 - u keeps the argument of the logarithm above 0.
            float radius = MathF.Sqrt(-2f * MathF.Log(1f - Uniform(0f, 0.9999999f)));
            return mean + deviation * radius * MathF.Cos(Uniform(0f, MathF.Tau));
        }

        private ulong NextBits()
        {
            _state += 0x9E3779B97F4A7C15;
            ulong z = _state;
            z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
            return z ^ (z >> 31);
        }
    }
}
