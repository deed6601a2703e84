using Microsoft.ML.Data;
using Microsoft.ML.TargetProp.Tests.Support;

namespace Microsoft.ML.TargetProp.Tests.MLNet;

/// <summary>Tests the methods of an inpainter's model, which take and return rows of numbers.</summary>
public sealed class GenerativeModelApiTests(GapModel gaps) : IClassFixture<GapModel>
{
    private static readonly float[][] Rows = [.. Gaps.Rows(30, seed: 4).Select(r => r.Measures)];

    private readonly TargetPropGenerativeModel _model = gaps.Transformer.Model;

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    public void Sample_returns_the_requested_number_of_rows_and_depends_on_the_seed(int count)
    {
        float[][] samples = _model.Sample(count, seed: 3);

        Assert.Equal(count, samples.Length);
        Assert.All(samples, s => Assert.Equal(4, s.Length));
        Assert.Equal(samples, _model.Sample(count, seed: 3));
        Assert.NotEqual(samples, _model.Sample(count, seed: 4));
        Assert.Throws<ArgumentOutOfRangeException>(() => _model.Sample(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => _model.Sample(1, refinements: -1));
    }

    [Fact]
    public void Samples_have_the_means_of_the_data()
    {
        float[][] samples = _model.Sample(1000);

        Assert.Equal(0, samples.Average(s => s[0]), 0.3);
        Assert.Equal(10, samples.Average(s => s[3]), 0.4);
    }

    [Fact]
    public void Infer_Reconstruct_Denoise_and_Objective_return_the_expected_shapes()
    {
        Assert.All(_model.Infer(Rows), c => Assert.Equal(3, c.Length));
        Assert.All(_model.Reconstruct(Rows).Concat(_model.Denoise(Rows)), r => Assert.True(r.Length == 4 && r.All(float.IsFinite)));
        foreach (TargetPropObjective row in _model.Objective(Rows))
        {
            Assert.Equal((2, 2), (row.Generation.Count, row.Inference.Count));
            // α is 0, so the objective does not include the terms of q.
            Assert.Equal(row.Prior + row.Generation.Sum(), row.Total, 1e-6);
        }
    }

    [Fact]
    public void Complete_equals_the_transformer_and_can_sample()
    {
        float[][] expected = _model.Complete(Rows);

        Assert.Equal(gaps.Transformer.Transform(Gaps.View(gaps.Context, 30, seed: 4)).GetColumn<float[]>("Completed"), expected);
        Assert.NotEqual(
            _model.Complete(Rows, TargetPropInpaintingOutput.Sample, seed: 1),
            _model.Complete(Rows, TargetPropInpaintingOutput.Sample, seed: 2));
        Assert.Throws<ArgumentOutOfRangeException>(() => _model.Complete(Rows, rounds: 0));
    }

    [Theory]
    [InlineData(TargetPropInpaintingOutput.Sample, 5, 0, 6)]
    [InlineData(TargetPropInpaintingOutput.Sample, 5, 2, 6)]
    [InlineData(TargetPropInpaintingOutput.ExpectedValue, 5, 0, 6)]
    // The small inpainter has completion maps for two rounds.
    [InlineData(TargetPropInpaintingOutput.ExpectedValue, 5, 2, 3)]
    [InlineData(TargetPropInpaintingOutput.ExpectedValue, 1, 2, 2)]
    public void CompletionSteps_lead_from_the_start_to_the_result_of_Complete(TargetPropInpaintingOutput output, int rounds, int completionEpochs, int count)
    {
        TargetPropInpaintingTransformer transformer = Gaps.Train(gaps.Context, epochs: 2, o =>
            (o.Output, o.Completion.Rounds, o.Completion.MaxEpochs, o.SampleSeed) = (output, rounds, completionEpochs, 8));

        IReadOnlyList<float[][]> steps = transformer.Model.CompletionSteps(Rows, output, seed: 8, rounds);

        Assert.Equal(count, steps.Count);
        foreach (float[][] step in steps)
        {
            Assert.Equal(Rows.Length, step.Length);
            Assert.All(Rows.Zip(step), pair => Assert.All(pair.First.Zip(pair.Second), entry => Assert.True(
                float.IsNaN(entry.First) ? float.IsFinite(entry.Second) : BitConverter.SingleToInt32Bits(entry.First) == BitConverter.SingleToInt32Bits(entry.Second))));
        }
        Assert.NotEqual(steps[0], steps[1]);
        Assert.Equal(transformer.Model.Complete(Rows, output, seed: 8, rounds), steps[^1]);
        Assert.Equal(transformer.Transform(Gaps.View(gaps.Context, 30, seed: 4)).GetColumn<float[]>("Completed"), steps[^1]);
    }

    [Fact]
    public void Steps_of_a_sample_depend_on_the_seed_and_rounds_out_of_range_are_rejected()
    {
        Assert.Equal(_model.CompletionSteps(Rows, TargetPropInpaintingOutput.Sample, seed: 1)[0], _model.CompletionSteps(Rows, TargetPropInpaintingOutput.Sample, seed: 1)[0]);
        Assert.NotEqual(_model.CompletionSteps(Rows, TargetPropInpaintingOutput.Sample, seed: 1)[0], _model.CompletionSteps(Rows, TargetPropInpaintingOutput.Sample, seed: 2)[0]);
        Assert.Throws<ArgumentOutOfRangeException>(() => _model.CompletionSteps(Rows, rounds: 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => _model.CompletionSteps(Rows, rounds: 101));
    }

    [Fact]
    public void Inference_raises_the_objective_from_the_first_pass_to_the_value_of_Objective()
    {
        IReadOnlyList<double> climb = _model.ObjectiveByIteration(Rows);

        // The first pass and four iterations.
        Assert.Equal(5, climb.Count);
        Assert.True(climb[^1] > climb[0], $"{climb[0]} {climb[^1]}");
        Assert.Equal(_model.Objective(Rows).Average(o => o.Total), climb[^1], 1e-6);
    }

    [Fact]
    public void Rows_of_wrong_length_or_with_infinite_entries_are_rejected()
    {
        Assert.Contains("no rows", Assert.Throws<ArgumentException>(() => _model.Infer([])).Message, StringComparison.Ordinal);
        Assert.Contains("Row 1 has 3 entries, the model 4", Assert.Throws<ArgumentException>(() => _model.Denoise([Rows[0], [1, 2, 3]])).Message, StringComparison.Ordinal);
        Assert.Contains("Row 0 holds Infinity in slot 2", Assert.Throws<ArgumentException>(() => _model.Objective([[1, 2, float.PositiveInfinity, 3]])).Message, StringComparison.Ordinal);
        Assert.Contains("Row 0 is null", Assert.Throws<ArgumentException>(() => _model.Reconstruct([null!])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Several_threads_can_use_one_model()
    {
        float[][] expected = _model.Reconstruct(Rows), samples = _model.Sample(9, seed: 1);

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
        {
            for (int i = 0; i < 5; i++)
            {
                Assert.Equal(expected, _model.Reconstruct(Rows));
                Assert.Equal(samples, _model.Sample(9, seed: 1));
            }
        })));
    }
}
