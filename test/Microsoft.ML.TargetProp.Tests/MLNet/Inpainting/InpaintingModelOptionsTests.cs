using Microsoft.ML.TargetProp.Generative;
using Microsoft.ML.TargetProp.MLNet;
using Microsoft.ML.TargetProp.Tests.Support;
using Microsoft.ML.TargetProp.Tests.Supervised;

namespace Microsoft.ML.TargetProp.Tests.MLNet;

using Options = TargetPropInpaintingEstimator.Options;

/// <summary>Tests the options for the kind of generative model. Each option has its effect on the model, and a .zip file stores it.</summary>
public sealed class InpaintingModelOptionsTests
{
    private readonly MLContext _ml = new(seed: 1);

    [Fact]
    public void The_defaults_of_the_options_are_those_of_the_generative_model()
    {
        Options options = new();
        GenerativeSettings core = new() { MaxEpochs = 1, BatchSize = 1, LearningRate = 1, Seed = 1 };

        Assert.Equal(core.Inference, InpaintingOptions.Inference(options));
        Assert.Equal((core.Prior, core.PriorWidening, core.PriorScale, core.PriorComponents, core.Maximization), (options.Prior.Kind, options.Prior.Widening, options.Prior.Scale, options.Prior.Components, options.Inference.Maximization));
        Assert.Equal(core.Noise, options.Noise);
    }

    [Fact]
    public void The_options_for_direction_prior_step_and_tolerance_reach_the_model()
    {
        InferenceSettings gradient = Kept(o => o.Inference.Direction = TargetPropInferenceDirection.Gradient).Settings;
        InferenceSettings free = Kept(o => o.Prior.Step = 0).Settings;
        InferenceSettings shorter = Kept(o => o.Inference.Tolerance = 0.5).Settings;

        Assert.Equal(0.5, shorter.Tolerance);
        Assert.Equal((TargetPropInferenceDirection.Gradient, 0.004), (gradient.Direction, gradient.PriorStep));
        Assert.Equal((TargetPropInferenceDirection.Estimator, 0), (free.Direction, free.PriorStep));
    }

    [Fact]
    public void TrainingIterations_does_not_change_the_iterations_of_the_trained_model()
    {
        GenerativeSnapshot all = Kept(_ => { }), asMany = Kept(o => o.Inference.TrainingIterations = 4), fewer = Kept(o => o.Inference.TrainingIterations = 2);

        Assert.Equal(all.Generation[0].Weight, asMany.Generation[0].Weight);
        Assert.NotEqual(all.Generation[0].Weight, fewer.Generation[0].Weight);
        Assert.Equal(all.Settings, fewer.Settings);
        Assert.Equal(all.GenerationVariances[1], fewer.GenerationVariances[1]);
    }

    [Fact]
    public void Fewer_iterations_have_larger_steps_and_cover_the_same_distance()
    {
        InferenceSettings settings = new(15, 0.1, 0.001, 0.02);

        InferenceSettings fewer = settings.In(5);

        Assert.Equal(5, fewer.Iterations);
        Assert.Equal((0.3, 0.003, 0.06, 0.012), (Math.Round(fewer.Step, 12), Math.Round(fewer.TopDownStep, 12), Math.Round(fewer.InferenceWeight, 12), Math.Round(fewer.PriorStep, 12)));
        Assert.Equal(2, settings.MinIterations);
        Assert.Equal(settings, settings.In(15));
    }

    [Fact]
    public void A_wide_factorised_prior_has_the_diagonal_of_the_codes_covariance_times_the_factor()
    {
        PriorComponent full = Assert.Single(Kept(_ => { }).Prior.Components);
        PriorComponent wide = Assert.Single(Kept(o => (o.Prior.Kind, o.Prior.Widening) = (TargetPropCodePrior.Factorized, 4)).Prior.Components);

        Assert.Equal(full.Mean, wide.Mean);
        for (int i = 0; i < 3; i++)
        {
            double variance = Enumerable.Range(0, 3).Sum(j => Math.Pow(full.Factor[3 * i + j], 2));
            for (int j = 0; j < 3; j++)
                Assert.Equal(i == j ? 2 * Math.Sqrt(variance) : 0, wide.Factor[3 * i + j], 1e-5);
        }
        Assert.Contains(Enumerable.Range(0, 9).Where(i => i / 3 > i % 3), i => full.Factor[i] != 0);
    }

    [Fact]
    public void A_mixture_prior_has_the_requested_number_of_Gaussians()
    {
        GenerativeSnapshot model = Kept(o => (o.Prior.Kind, o.Prior.Components) = (TargetPropCodePrior.Mixture, 3));

        Assert.Equal(3, model.Prior.Components.Count);
    }

    [Fact]
    public void A_Laplace_prior_has_the_stated_scale_and_makes_codes_sparse()
    {
        GenerativeSnapshot model = Kept(o => (o.Prior.Kind, o.Prior.Scale, o.Prior.Step) = (TargetPropCodePrior.Laplace, 0.25, 0.02));

        Assert.True(model.Prior.IsLaplace);
        Assert.Equal([0.25f, 0, 0, 0, 0.25f, 0, 0, 0, 0.25f], Assert.Single(model.Prior.Components).Factor);
        Assert.True(Zeros(TargetPropCodePrior.Laplace) > 20);
        Assert.Equal(0, Zeros(TargetPropCodePrior.FullCovariance));

        int Zeros(TargetPropCodePrior prior)
        {
            TargetPropInpaintingTransformer trained = Gaps.Train(_ml, 2, o => (o.Prior.Kind, o.Prior.Step, o.Completion.MaxEpochs) = (prior, 0.02, 0));
            return trained.Model.Infer([.. Gaps.Rows().Select(r => r.Measures)]).Sum(code => code.Count(v => v == 0));
        }
    }

    [Fact]
    public void Learning_from_increments_gives_other_maps_than_learning_from_final_values()
    {
        GenerativeSnapshot final = Kept(_ => { }), increments = Kept(o => o.Inference.Maximization = TargetPropMaximization.Increments);

        Assert.NotEqual(final.Generation[0].Weight, increments.Generation[0].Weight);
        Assert.NotEqual(final.Inference[1].Weight, increments.Inference[1].Weight);
    }

    /// <summary>Trains a model with an option and asserts that it is the same after saving and loading.</summary>
    private GenerativeSnapshot Kept(Action<Options> change)
    {
        IDataView table = Gaps.View(_ml);
        TargetPropInpaintingTransformer model = Gaps.Train(_ml, 2, o =>
        {
            Gaps.AllColumns(o);
            o.Completion.MaxEpochs = 0;
            change(o);
        });

        var loaded = (TargetPropInpaintingTransformer)Models.Load(new MLContext(), Models.Zip(_ml, model, table.Schema));

        Assert.Equal(ViewText.Rows(model.Transform(table)), ViewText.Rows(loaded.Transform(table)));
        Assert.Equal(model.Model.Sample(5, seed: 3), loaded.Model.Sample(5, seed: 3));
        return loaded.Model.Snapshot;
    }
}
