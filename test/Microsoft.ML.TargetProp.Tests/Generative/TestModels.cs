using Microsoft.ML.TargetProp.Core;
using Microsoft.ML.TargetProp.Generative;
using Microsoft.ML.TargetProp.Supervised;

namespace Microsoft.ML.TargetProp.Tests.Generative;

/// <summary>Models with random weights.</summary>
internal static class TestModels
{
    /// <summary>Columns of both kinds, a hidden layer of 4, a top code of 3, a prior of two components.</summary>
    public static GenerativeSnapshot Mixed() =>
        Random(3, new([TargetPropVisibleUnits.Logistic, TargetPropVisibleUnits.Gaussian, TargetPropVisibleUnits.Gaussian], [4, 3], TargetPropActivation.Tanh));

    public static GenerativeSnapshot Random(int seed, GenerativeShape shape, int components = 2)
    {
        var random = new Random(seed);
        float[] Values(int count, double low, double high) => [.. Enumerable.Range(0, count).Select(_ => (float)(low + (high - low) * random.NextDouble()))];
        MapSnapshot Map(LayerMapShape s) => new(s, Values(s.Inputs * s.Outputs, -1, 1), Values(s.Outputs, -0.3, 0.3));
        int columns = shape.VisibleUnits, top = shape.Units(shape.Top);
        bool Logistic(int c) => shape.Visible[c] == TargetPropVisibleUnits.Logistic;
        float[] Factor() => [.. Enumerable.Range(0, top * top).Select(i => i % top > i / top ? 0f : i % top == i / top ? 0.5f + random.NextSingle() : random.NextSingle() - 0.5f)];
        return new(
            shape,
            new(new([.. Enumerable.Range(0, columns).Select(c => Logistic(c) ? 0f : 10f * c)], [.. Enumerable.Range(0, columns).Select(c => Logistic(c) ? 1f : 0.5f / Math.Max(c, 1))]), Values(columns, 0, 0.4)),
            new(3, 0.2, 0.01, 0.05),
            [.. shape.InferenceMaps().Select(Map)], [.. shape.GenerativeMaps().Select(Map)],
            [.. Enumerable.Range(1, shape.Top).Select(k => Values(shape.Units(k), 0.1, 2))], [.. Enumerable.Range(1, shape.Top).Select(k => Values(shape.Units(k - 1), 0.1, 2))],
            new([.. Enumerable.Range(0, components).Select(_ => new PriorComponent(1f / components, Values(top, -1, 1), Factor()))]));
    }
}
