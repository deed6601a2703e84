using Microsoft.ML.TargetProp.Core;
using Microsoft.ML.TargetProp.Supervised;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Tests.Supervised;

/// <summary>Checks that a single row scored in C# and a batch scored with tensors have the same scores.</summary>
public sealed class ScorerTests
{
    public static TheoryData<string, TargetPropActivation, int, bool> Networks
    {
        get
        {
            var cases = new TheoryData<string, TargetPropActivation, int, bool>();
            foreach (TargetPropActivation activation in Enum.GetValues<TargetPropActivation>())
            {
                cases.Add("1", activation, 2, false);
                cases.Add("17,40,9", activation, 10, true);
                cases.Add("64,3,65,33,8", activation, 1, true);
            }
            cases.Add("240,240,240,240,240,240,240", TargetPropActivation.Tanh, 10, true);
            cases.Add(string.Join(',', Enumerable.Repeat(6, 50)), TargetPropActivation.Elu, 3, false);
            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Networks))]
    public void Scores_of_a_row_alone_and_in_a_batch_agree_within_1e_minus_5(string hidden, TargetPropActivation activation, int outputs, bool standardized)
    {
        const int Inputs = 37, Rows = 25;
        NetworkSnapshot snapshot = TestNetworks.Random(Inputs, [.. hidden.Split(',').Select(int.Parse)], outputs, activation, standardized);
        float[] features = TestNetworks.Values(new Random(2), Rows * Inputs, 3);
        using TargetPropNetwork network = TargetPropNetwork.FromSnapshot(snapshot, CPU);
        using var batch = new BatchScorer(new Committee([network]), [network.ToSnapshot()], Rows);
        var single = new RowScorer([snapshot]);
        for (int r = 0; r < Rows; r++)
            features.AsSpan(r * Inputs, Inputs).CopyTo(batch.Features(r));

        batch.Score(Rows);

        var scores = new float[outputs];
        for (int r = 0; r < Rows; r++)
        {
            features.AsSpan(r * Inputs, Inputs).CopyTo(single.Features);
            if (outputs == 1)
                single.Logits().CopyTo(scores);
            else
                single.Probabilities(scores);
            Assert.All(scores.Zip(batch.Scores(r).ToArray()), pair => Assert.Equal(pair.First, pair.Second, 1e-5 * Math.Max(1, Math.Abs(pair.First))));
            if (outputs > 1)
                Assert.Equal(1, scores.Sum(), 1e-5);
        }
        Assert.True(Enumerable.Range(0, Rows).Select(r => batch.Scores(r)[0]).Distinct().Count() > 1);
    }

    [Fact]
    public void Scores_follow_the_equations()
    {
        NetworkSnapshot snapshot = TestNetworks.Random(4, [3, 5], 3, TargetPropActivation.Sigmoid, standardized: true);
        float[] x = [0.3f, -2, 50, 1];
        var standardization = (Standardization)snapshot.Encoding!;
        double[] h = [.. x.Select((v, i) => Math.Clamp((v - (double)standardization.Offset[i]) * standardization.Scale[i], -5, 5))];
        foreach (MapSnapshot map in snapshot.Forward)
        {
            double[] below = h;
            double[] a = [.. map.Bias.Select((b, j) => b + below.Select((v, k) => v * map.Weight[j * below.Length + k]).Sum())];
            h = map == snapshot.Forward[^1] ? a : [.. a.Select(v => 1 / (1 + Math.Exp(-v)))];
        }
        double[] expected = [.. h.Select(v => Math.Exp(v) / h.Sum(Math.Exp))];

        var scorer = new RowScorer([snapshot]);
        var scores = new float[3];
        x.CopyTo(scorer.Features);
        scorer.Probabilities(scores);

        Assert.All(expected.Zip(scores), pair => Assert.Equal(pair.First, pair.Second, 1e-6));
    }

    [Theory]
    [InlineData(TargetPropActivation.Tanh, 3)]
    [InlineData(TargetPropActivation.Sigmoid, 1)]
    [InlineData(TargetPropActivation.Relu, 3)]
    [InlineData(TargetPropActivation.LeakyRelu, 1)]
    [InlineData(TargetPropActivation.Elu, 3)]
    public void A_row_with_NaN_has_NaN_scores_and_other_rows_do_not_change(TargetPropActivation activation, int outputs)
    {
        NetworkSnapshot snapshot = TestNetworks.Random(6, [5, 4], outputs, activation, standardized: true);
        using TargetPropNetwork network = TargetPropNetwork.FromSnapshot(snapshot, CPU);
        using var batch = new BatchScorer(new Committee([network]), [network.ToSnapshot()], 3);
        var single = new RowScorer([snapshot]);
        for (int r = 0; r < 3; r++)
            batch.Features(r).Fill(0.4f);
        // Column 4 was constant in training and has no influence, but NaN in it must give NaN, too.
        foreach (int column in new[] { 0, 4 })
        {
            for (int r = 0; r < 3; r++)
                batch.Features(r).Fill(0.4f);
            batch.Features(1)[column] = float.NaN;
            batch.Score(3);
            single.Features.Fill(0.4f);
            single.Features[column] = float.NaN;
            var scores = new float[outputs];
            if (outputs == 1)
                single.Logits().CopyTo(scores);
            else
                single.Probabilities(scores);

            Assert.All(scores.Concat(batch.Scores(1).ToArray()), s => Assert.Equal(float.NaN, s));
            Assert.All(batch.Scores(0).ToArray().Concat(batch.Scores(2).ToArray()), s => Assert.True(float.IsFinite(s)));
        }
    }

    [Fact]
    public void A_scorer_accepts_batches_of_any_size_up_to_its_capacity()
    {
        NetworkSnapshot snapshot = TestNetworks.Random(6, [5, 4], 3, TargetPropActivation.Tanh, standardized: true);
        using TargetPropNetwork network = TargetPropNetwork.FromSnapshot(snapshot, CPU);
        using var batch = new BatchScorer(new Committee([network]), [network.ToSnapshot()], 10);
        float[] first = [];
        foreach (int rows in new[] { 1, 10, 3, 10, 1 })
        {
            for (int r = 0; r < rows; r++)
                batch.Features(r).Fill(r);
            batch.Score(rows);
            float[] scores = batch.Scores(0).ToArray();
            first = first.Length == 0 ? scores : first;
            Assert.All(first.Zip(scores), pair => Assert.Equal(pair.First, pair.Second, 1e-6));
        }
    }

    [Fact]
    public void Several_threads_can_score_with_one_network()
    {
        NetworkSnapshot snapshot = TestNetworks.Random(6, [25, 24], 3, TargetPropActivation.Tanh, standardized: true);
        using TargetPropNetwork network = TargetPropNetwork.FromSnapshot(snapshot, CPU);
        float[][] expected = Score(), results = new float[4][];

        Thread[] threads = [.. Enumerable.Range(0, 4).Select(i => new Thread(() =>
        {
            for (int repeat = 0; repeat < 50; repeat++)
                results[i] = [.. Score().SelectMany(s => s)];
        }))];
        Array.ForEach(threads, t => t.Start());
        Array.ForEach(threads, t => t.Join());

        Assert.All(results, r => Assert.Equal(expected.SelectMany(s => s), r));

        float[][] Score()
        {
            using var batch = new BatchScorer(new Committee([network]), [network.ToSnapshot()], 8);
            var single = new RowScorer([snapshot]);
            for (int r = 0; r < 8; r++)
                batch.Features(r).Fill(r / 4f);
            batch.Score(8);
            single.Features.Fill(0.25f);
            var alone = new float[3];
            single.Probabilities(alone);
            return [.. Enumerable.Range(0, 8).Select(r => batch.Scores(r).ToArray()), alone];
        }
    }

    [Fact]
    public void Scoring_single_rows_allocates_no_managed_memory()
    {
        NetworkSnapshot snapshot = TestNetworks.Random(30, [20, 10], 3, TargetPropActivation.Tanh, standardized: true);
        var scorer = new RowScorer([snapshot]);
        Span<float> scores = stackalloc float[3];
        Score(scores);

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1000; i++)
            Score(scores);
        long made = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Equal(0, made);

        void Score(Span<float> into)
        {
            scorer.Features.Fill(0.5f);
            scorer.Probabilities(into);
        }
    }

    [Theory]
    [InlineData(new float[] { 0, 0 }, new float[] { 0.5f, 0.5f })]
    [InlineData(new float[] { 1e38f, 0, -1e38f }, new float[] { 1, 0, 0 })]
    [InlineData(new float[] { -1e30f, -1e30f }, new float[] { 0.5f, 0.5f })]
    [InlineData(new float[] { 1, float.NaN }, new float[] { float.NaN, float.NaN })]
    public void Softmax_neither_overflows_nor_hides_NaN(float[] logits, float[] expected)
    {
        var probabilities = new float[logits.Length];
        RowScorer.Softmax(logits, probabilities);
        Assert.Equal(expected, probabilities);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(100)]
    public void Standardization_is_the_same_on_tensors_and_on_spans(int columns)
    {
        var random = new Random(3);
        float[] offset = TestNetworks.Values(random, columns, 100), scale = [.. TestNetworks.Values(random, columns, 2).Select(MathF.Abs)];
        (offset[0], scale[0]) = (1.6e9f, 1e-6f);
        scale[columns / 2] = columns > 1 ? 0 : scale[0];
        float[] rows = TestNetworks.Values(random, 6 * columns, 200);
        rows[0] = 1.6e9f + 640_000;
        (rows[1], rows[2], rows[3]) = (float.NaN, 1e38f, -1e38f);
        var standardization = new Standardization(offset, scale);
        using Tensor onTensors = tensor((float[])rows.Clone()).view(6, columns);

        standardization.Apply(onTensors);
        for (int r = 0; r < 6; r++)
            standardization.Apply(rows.AsSpan(r * columns, columns));

        Assert.Equal(onTensors.data<float>().ToArray(), rows);
        Assert.Equal(0.64f, rows[0], 1e-6f);
        Assert.All(rows.Where(v => !float.IsNaN(v)), v => Assert.InRange(v, -Standardization.Limit, Standardization.Limit));
        Assert.Single(rows, float.IsNaN);
    }

    [Fact]
    public void Features_of_a_batch_row_are_a_view_of_its_memory()
    {
        NetworkSnapshot snapshot = TestNetworks.Small();
        using TargetPropNetwork network = TargetPropNetwork.FromSnapshot(snapshot, CPU);
        using var batch = new BatchScorer(new Committee([network]), [network.ToSnapshot()], 3);

        for (int r = 0; r < 3; r++)
            batch.Features(r).Fill(r);

        Assert.Equal(2, batch.Features(1).Length);
        Assert.All(Enumerable.Range(0, 3), r => Assert.Equal([r, r], batch.Features(r).ToArray()));
    }
}
