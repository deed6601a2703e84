using Microsoft.ML.TargetProp.Core;
using Microsoft.ML.TargetProp.Supervised;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Tests.Supervised;

/// <summary>Tests the reports of a training, and its independence of process settings.</summary>
public sealed class TrainingReportTests
{
    [Theory]
    [InlineData(TargetPropOptimizer.Adam, TargetPropActivation.Elu, 1e20)]
    [InlineData(TargetPropOptimizer.RmsProp, TargetPropActivation.Elu, 1e20)]
    [InlineData(TargetPropOptimizer.Adam, TargetPropActivation.LeakyRelu, 1e20)]
    public void A_far_too_high_feedback_rate_stops_training_with_a_message_that_names_it(TargetPropOptimizer optimizer, TargetPropActivation activation, double rate)
    {
        using Examples examples = Problems.Spirals(3, 100).ToExamples();
        var settings = Settings.Default with { Optimizer = optimizer, FeedbackLearningRate = rate, BatchSize = 30 };

        var error = Assert.Throws<TrainingDivergedException>(
            () => new ClassifierTrainer(settings, null, () => { }).Run(new NetworkShape(2, [16, 16], 3, activation, OutputKind.Softmax), null, examples, null));

        Assert.Contains("Lower Feedback.LearningRate (now ", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2, 20)]
    [InlineData(3, 30)]
    [InlineData(10, 20)]
    public void Every_epoch_reports_reconstruction_losses_for_any_feedback_interval(int interval, int batchSize)
    {
        using Examples examples = Problems.Spirals(3, 100).ToExamples();
        var settings = Settings.Default with { FeedbackInterval = interval, BatchSize = batchSize };

        ClassifierResult result = new ClassifierTrainer(settings, null, () => { }).Run(new NetworkShape(2, [8, 8, 8], 3, TargetPropActivation.Tanh, OutputKind.Softmax), null, examples, null);

        Assert.All(result.Epochs, e => Assert.Equal(2, e.ReconstructionLosses.Count));
    }

    [Fact]
    public void The_default_type_of_TorchSharp_has_no_influence()
    {
        float[] expected = Train();
        set_default_dtype(ScalarType.Float64);
        try
        {
            Assert.Equal(expected, Train());
        }
        finally
        {
            set_default_dtype(ScalarType.Float32);
        }

        static float[] Train()
        {
            using Examples examples = Problems.Spirals(3, 30).ToExamples();
            var loop = new ClassifierTrainer(Settings.Default with { Dropout = 0.1, InputNoise = 0.1 }, null, () => { });
            NetworkShape shape = new(2, [8, 8], 3, TargetPropActivation.Elu, OutputKind.Softmax);
            NetworkSnapshot trained = loop.Run(shape, Standardization.Learn(examples.Features), examples, null).Members[0];
            using TargetPropNetwork network = TargetPropNetwork.FromSnapshot(trained, CPU);
            using var scorer = new BatchScorer(new Committee([network]), [network.ToSnapshot()], 2);
            scorer.Features(0).Fill(0.3f);
            scorer.Features(1).Fill(-0.3f);
            scorer.Score(2);
            return [.. ClassifierTrainerTests.Bits(trained), .. scorer.Scores(0), .. scorer.Scores(1)];
        }
    }
}
