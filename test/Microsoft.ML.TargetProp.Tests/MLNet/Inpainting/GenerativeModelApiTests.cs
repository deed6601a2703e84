using Microsoft.ML.Data;
using Microsoft.ML.TargetProp.Tests.Support;

namespace Microsoft.ML.TargetProp.Tests.MLNet;

/// <summary>The model behind an inpainter, by itself: rows of plain numbers in and out.</summary>
public sealed class GenerativeModelApiTests(GapModel gaps) : IClassFixture<GapModel>
{
    private static readonly float[][] Rows = [.. Gaps.Rows(30, seed: 4).Select(r => r.Measures)];

    private readonly TargetPropGenerativeModel _model = gaps.Transformer.Model;

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    public void Samples_are_as_many_as_asked_for_and_belong_to_their_seed(int count)
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
    public void What_is_inferred_generated_and_measured_has_the_shape_it_should()
    {
        Assert.All(_model.Infer(Rows), c => Assert.Equal(3, c.Length));
        Assert.All(_model.Reconstruct(Rows).Concat(_model.Denoise(Rows)), r => Assert.True(r.Length == 4 && r.All(float.IsFinite)));
        foreach (TargetPropObjective row in _model.Objective(Rows))
        {
            Assert.Equal((2, 2), (row.Generation.Count, row.Inference.Count));
            // α is 0: the terms of q do not count.
            Assert.Equal(row.Prior + row.Generation.Sum(), row.Total, 1e-6);
        }
    }

    [Fact]
    public void Complete_fills_as_the_transformer_does_and_samples_on_request()
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
    // The small inpainter has two rounds of its own maps for completing.
    [InlineData(TargetPropInpaintingOutput.ExpectedValue, 5, 2, 3)]
    [InlineData(TargetPropInpaintingOutput.ExpectedValue, 1, 2, 2)]
    public void The_steps_of_a_completion_lead_from_a_start_to_what_comes_out(TargetPropInpaintingOutput output, int rounds, int completionEpochs, int count)
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
    public void Steps_of_a_sample_belong_to_their_seed_and_rounds_out_of_range_are_refused()
    {
        Assert.Equal(_model.CompletionSteps(Rows, TargetPropInpaintingOutput.Sample, seed: 1)[0], _model.CompletionSteps(Rows, TargetPropInpaintingOutput.Sample, seed: 1)[0]);
        Assert.NotEqual(_model.CompletionSteps(Rows, TargetPropInpaintingOutput.Sample, seed: 1)[0], _model.CompletionSteps(Rows, TargetPropInpaintingOutput.Sample, seed: 2)[0]);
        Assert.Throws<ArgumentOutOfRangeException>(() => _model.CompletionSteps(Rows, rounds: 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => _model.CompletionSteps(Rows, rounds: 101));
    }

    [Fact]
    public void J_climbs_from_the_first_pass_to_what_Objective_tells()
    {
        IReadOnlyList<double> climb = _model.ObjectiveByIteration(Rows);

        // Four iterations, and the first pass.
        Assert.Equal(5, climb.Count);
        Assert.True(climb[^1] > climb[0], $"{climb[0]} {climb[^1]}");
        Assert.Equal(_model.Objective(Rows).Average(o => o.Total), climb[^1], 1e-6);
    }

    [Fact]
    public void The_log_likelihood_tells_rows_of_the_data_from_others()
    {
        float[][] rows = [.. Gaps.Rows(100, seed: 5).Select(r => r.Truth)], validation = [.. Gaps.Rows(100, seed: 6).Select(r => r.Truth)];
        float[][] others = [.. rows.Select(r => new[] { r[0], -r[1], r[2], r[3] })];

        TargetPropLogLikelihood real = _model.LogLikelihoodEstimate(rows, validation, 500), wrong = _model.LogLikelihoodEstimate(others, validation, 500);

        Assert.True(real.Mean > wrong.Mean + 2 * (real.StandardError + wrong.StandardError), $"{real.Mean} {wrong.Mean}");
        Assert.InRange(real.Deviation, 0.05, 1);
        Assert.Equal(real.Mean, _model.LogLikelihoodEstimate(rows, validation, 500).Mean);
        Assert.Contains("missing", Assert.Throws<ArgumentException>(() => _model.LogLikelihoodEstimate(Rows, validation, 10)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Rows_that_do_not_fit_are_refused()
    {
        Assert.Contains("no rows", Assert.Throws<ArgumentException>(() => _model.Infer([])).Message, StringComparison.Ordinal);
        Assert.Contains("Row 1 has 3 entries, the model 4", Assert.Throws<ArgumentException>(() => _model.Denoise([Rows[0], [1, 2, 3]])).Message, StringComparison.Ordinal);
        Assert.Contains("Row 0 holds Infinity in slot 2", Assert.Throws<ArgumentException>(() => _model.Objective([[1, 2, float.PositiveInfinity, 3]])).Message, StringComparison.Ordinal);
        Assert.Contains("Row 0 is null", Assert.Throws<ArgumentException>(() => _model.Reconstruct([null!])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Several_threads_may_use_one_model_at_once()
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
