using Microsoft.ML.Data;
using Microsoft.ML.TargetProp.Tests.Support;

namespace Microsoft.ML.TargetProp.Tests.MLNet;

/// <summary>Tests samples: different values for the same gap, determined by the row and the seed.</summary>
public sealed class InpaintingSampleTests
{
    private readonly MLContext _ml = new(seed: 1);

    [Fact]
    public void A_sample_does_not_depend_on_the_order_of_rows_or_on_other_rows()
    {
        IDataView table = _ml.Data.Cache(Gaps.View(_ml, 300, seed: 3, missing: 0.4));
        TargetPropInpaintingTransformer model = Gaps.Train(_ml, 5, Samples());
        Dictionary<string, float[]> expected = Gaps.Read(_ml, model.Transform(table)).ToDictionary(r => r.Name, r => r.Completed);

        Filled[] shuffled = Gaps.Read(_ml, _ml.Data.Cache(new ShuffledView(model.Transform(table))));

        Assert.NotEqual(expected.Keys, shuffled.Select(r => r.Name));
        Assert.All(shuffled, r => Close(expected[r.Name], r.Completed));
    }

    [Fact]
    public void The_seed_changes_samples_but_not_expected_values()
    {
        IDataView table = Gaps.View(_ml, 50, seed: 3, missing: 0.4);
        List<float[]> Fill(Action<TargetPropInpaintingEstimator.Options> change) => [.. Gaps.Train(_ml, 5, change).Transform(table).GetColumn<float[]>("Completed")];

        Assert.Equal(Fill(Samples(seed: 7)), Fill(Samples(seed: 7)));
        Assert.NotEqual(Fill(Samples(seed: 7)), Fill(Samples(seed: 8)));
        Assert.Equal(Fill(o => o.SampleSeed = 7), Fill(o => o.SampleSeed = 8));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public void Several_samples_follow_each_other_and_the_first_equals_a_single_sample(int count)
    {
        IDataView table = Gaps.View(_ml, 40, seed: 3, missing: 0.4);
        TargetPropInpaintingTransformer one = Gaps.Train(_ml, 5, Samples()), several = Gaps.Train(_ml, 5, Samples(count));

        float[][] alone = [.. one.Transform(table).GetColumn<float[]>("Completed")], all = [.. several.Transform(table).GetColumn<float[]>("Completed")];

        Assert.Equal(count == 1 ? "4" : $"{count} 4", string.Join(' ', ((VectorDataViewType)several.Transform(table).Schema["Completed"].Type).Dimensions));
        Measured[] rows = Gaps.Rows(40, seed: 3, missing: 0.4);
        int different = 0;
        for (int row = 0; row < 40; row++)
        {
            Assert.Equal(4 * count, all[row].Length);
            float[][] samples = [.. all[row].Chunk(4)];
            Assert.Equal(alone[row], samples[0]);
            if (!rows[row].Measures.Any(float.IsNaN))
                Assert.All(samples, sample => Assert.Equal(rows[row].Measures, sample));
            else
                different += samples.Select(s => string.Join(' ', s)).Distinct().Count();
        }
        // Two samples of a gap that the other entries determine may be equal.
        Assert.InRange(different, 0.8 * count * rows.Count(r => r.Measures.Any(float.IsNaN)), double.MaxValue);
    }

    [Fact]
    public void A_prediction_engine_draws_a_new_sample_for_every_call()
    {
        TargetPropInpaintingTransformer model = Gaps.Train(_ml, 5, Samples());
        using var engine = _ml.Model.CreatePredictionEngine<Measured, Filled>(model);
        using var again = _ml.Model.CreatePredictionEngine<Measured, Filled>(model);
        var row = new Measured { Measures = [1, float.NaN, float.NaN, float.NaN] };

        float[][] samples = [.. Enumerable.Range(0, 5).Select(_ => engine.Predict(row).Completed)];

        Assert.Equal(5, samples.Select(s => string.Join(' ', s)).Distinct().Count());
        Assert.Equal(samples, Enumerable.Range(0, 5).Select(_ => again.Predict(row).Completed));
    }

    private static Action<TargetPropInpaintingEstimator.Options> Samples(int count = 1, int seed = 0) => o =>
    {
        o.Output = TargetPropInpaintingOutput.Sample;
        o.SampleCount = count;
        o.SampleSeed = seed;
    };

    private static void Close(float[] expected, float[] actual) => Assert.All(expected.Zip(actual), p => Assert.Equal(p.First, p.Second, 1e-4f));
}
