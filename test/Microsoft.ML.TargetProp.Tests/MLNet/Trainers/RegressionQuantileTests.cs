using Microsoft.ML.Data;
using Microsoft.ML.TargetProp.MLNet;
using Microsoft.ML.TargetProp.Tests.Support;

namespace Microsoft.ML.TargetProp.Tests.MLNet;

/// <summary>Predicted quantiles cover as many labels as they say, and never cross.</summary>
public sealed class RegressionQuantileTests
{
    private static readonly float[] Asked = [0.05f, 0.25f, 0.5f, 0.75f, 0.95f];

    private readonly MLContext _ml = new(seed: 1);

    [Fact]
    public void Quantiles_cover_the_part_of_new_labels_that_they_name_and_follow_the_noise()
    {
        WavePoint[] test = Waves.Points(4000, seed: 2);
        WaveQuantiles[] predicted = Predict(Waves.Points(3000), test, Asked);

        for (int k = 0; k < Asked.Length; k++)
        {
            double below = test.Zip(predicted, (p, q) => p.Label <= q.Quantiles[k] ? 1.0 : 0).Average();
            Assert.True(Math.Abs(below - Asked[k]) < 0.04, $"{below:P1} of the labels are below the quantile {Asked[k]}");
        }
        // The true distance between the outer quantiles is 2 · 1.645 deviations. At the upper end of the first feature it is three times that at the lower end.
        double Width(Func<WavePoint, bool> where) => test.Zip(predicted).Where(p => where(p.First)).Average(p => p.Second.Quantiles[^1] - p.Second.Quantiles[0]);
        double Truth(Func<WavePoint, bool> where) => test.Where(where).Average(p => 2 * 1.645 * p.Deviation);
        bool Low(WavePoint p) => p.Features[0] < 85;
        bool High(WavePoint p) => p.Features[0] > 115;
        Assert.InRange(Width(High) / Truth(High), 0.8, 1.2);
        Assert.InRange(Width(Low) / Truth(Low), 0.8, 1.6);
        Assert.True(Width(High) > 1.8 * Width(Low));
    }

    [Fact]
    public void Quantiles_of_few_rows_cover_new_rows_too()
    {
        // Averaged over tables, because the coverage of one interval learned from 200 rows varies by some points.
        double covered = Enumerable.Range(1, 4).Average(seed =>
        {
            WavePoint[] test = Waves.Points(1000, seed: 100 + seed);
            return test.Zip(Predict(Waves.Points(200, seed), test, [0.05f, 0.95f])).Average(p => p.First.Label >= p.Second.Quantiles[0] && p.First.Label <= p.Second.Quantiles[1] ? 1.0 : 0);
        });

        Assert.InRange(covered, 0.86, 0.96);
    }

    [Fact]
    public void The_shift_of_a_quantile_is_that_of_the_misses_and_weighs_them()
    {
        static float Shift(float probability, params (double, double)[] misses) => QuantileCalibration.Shift([.. misses], probability);
        (double, double)[] nine = [.. Enumerable.Range(1, 9).Select(i => ((double)(10 - i), 1.0))];

        Assert.Equal([1, 5, 9, 2.5f], new[] { Shift(0.1f, nine), Shift(0.5f, nine), Shift(0.9f, nine), Shift(0.25f, nine) }, (a, b) => Math.Abs(a - b) < 1e-5);
        // Too few rows for a quantile so far out: the outermost row is the best there is.
        Assert.Equal([1, 9], new[] { Shift(0.01f, nine), Shift(0.99f, nine) });
        Assert.Equal(2, Shift(0.5f, (1, 1), (2, 3), (3, 1)), 1e-6f);
        Assert.True(Shift(0.5f, (1, 1), (2, 1), (3, 5)) > Shift(0.5f, (1, 5), (2, 1), (3, 1)));
    }

    [Fact]
    public void Quantiles_never_cross_not_even_far_from_the_training_rows()
    {
        float[] many = [.. Enumerable.Range(1, 99).Select(i => i / 100f)];
        var random = new Random(3);
        WavePoint[] far = [.. Enumerable.Range(0, 2000).Select(_ => new WavePoint { Features = [(float)(1e4 * Tables.Gaussian(random)), (float)(1e4 * Tables.Gaussian(random))] })];

        WaveQuantiles[] predicted = Predict(Waves.Points(200), far, many, epochs: 5);

        Assert.All(predicted, p => Assert.Equal(p.Quantiles.Order(), p.Quantiles));
        Assert.All(predicted, p => Assert.Equal(99, p.Quantiles.Length));
    }

    [Fact]
    public void The_column_of_quantiles_names_its_slots()
    {
        IDataView rows = Waves.View(_ml);
        DataViewSchema schema = _ml.Regression.Trainers.TargetPropRegression(Waves.Small(1, o => o.Quantiles = Asked)).Fit(rows).Transform(rows).Schema;

        VBuffer<ReadOnlyMemory<char>> names = default;
        schema["Quantiles"].GetSlotNames(ref names);

        Assert.Equal(new VectorDataViewType(NumberDataViewType.Single, 5), schema["Quantiles"].Type);
        Assert.Equal(["Quantile-0.05", "Quantile-0.25", "Quantile-0.5", "Quantile-0.75", "Quantile-0.95"], names.DenseValues().Select(n => n.ToString()));
        Assert.Null(_ml.Regression.Trainers.TargetPropRegression(Waves.Small(1)).Fit(rows).Transform(rows).Schema.GetColumnOrNull("Quantiles"));
    }

    public static TheoryData<float[], string> Wrong { get; } = new()
    {
        { [], "Quantiles is 0 probabilities" },
        { [0, 0.5f], "Quantiles is [0, 0.5]" },
        { [0.5f, 1], "Quantiles is [0.5, 1]" },
        { [-0.1f], "Quantiles is [-0.1]" },
        { [float.NaN], "Quantiles is [NaN]" },
        { [0.9f, 0.1f], "Quantiles is [0.9, 0.1]" },
        { [0.5f, 0.5f], "Quantiles is [0.5, 0.5]" },
        { [.. Enumerable.Range(1, 1000).Select(i => i / 1001f)], "Quantiles is 1000 probabilities" },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void Quantiles_that_are_not_ascending_probabilities_are_refused_when_the_trainer_is_built(float[] quantiles, string message)
    {
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => _ml.Regression.Trainers.TargetPropRegression(Waves.Small(1, o => o.Quantiles = quantiles)));

        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.Contains("1 to 999 probabilities above 0 and below 1, ascending", error.Message, StringComparison.Ordinal);
    }

    private WaveQuantiles[] Predict(WavePoint[] train, WavePoint[] test, float[] quantiles, int? epochs = null)
    {
        var trainer = _ml.Regression.Trainers.TargetPropRegression(new TargetPropRegressionTrainer.Options { Quantiles = quantiles, MaxEpochs = epochs, WeightDecay = 0, Seed = 1 });
        TargetPropRegressionTransformer model = trainer.Fit(_ml.Data.LoadFromEnumerable(train));
        return [.. _ml.Data.CreateEnumerable<WaveQuantiles>(model.Transform(_ml.Data.LoadFromEnumerable(test)), reuseRowObject: false)];
    }
}
