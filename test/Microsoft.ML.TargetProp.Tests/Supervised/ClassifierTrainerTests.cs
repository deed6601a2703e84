using Microsoft.ML.TargetProp.Core;
using Microsoft.ML.TargetProp.Supervised;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Tests.Supervised;

/// <summary>Tests whole trainings on small problems: learning, measurements, the end of training, and continuing.</summary>
public sealed class ClassifierTrainerTests
{
    // *** Learning ***

    [Theory]
    [InlineData("8", TargetPropActivation.Tanh, false)]
    [InlineData("8,8", TargetPropActivation.Tanh, true)]
    [InlineData("8,6,8", TargetPropActivation.Tanh, false)]
    public void A_network_learns_exclusive_or_which_no_linear_model_can(string hidden, TargetPropActivation activation, bool logistic)
    {
        ReferenceBatch xor = Problems.Xor(copies: 4);
        using Examples examples = xor.ToExamples(logistic);
        var settings = Settings.Default with { MaxEpochs = 300, BatchSize = 8, LearningRate = 0.02, Schedule = TargetPropSchedule.Cosine };

        ClassifierResult result = New(settings).Run(Shape(hidden, activation, 2, logistic ? 1 : 2), null, examples, null);

        Evaluation measured = Measure(result.Members[0], examples);
        Assert.InRange(measured.Loss, 0, 0.02);
        Assert.Equal(0, measured.Error);
        Assert.Equal(Math.Log(2), Problems.BestLinear(xor, 2).Loss, 1e-3);
    }

    [Theory]
    [InlineData("32,32", TargetPropActivation.Tanh, TargetPropLearningRule.DifferenceTargetPropagation, 0.01, 0.02)]
    [InlineData("24,24,24", TargetPropActivation.Tanh, TargetPropLearningRule.DifferenceTargetPropagation, 0.01, 0.02)]
    [InlineData("32,32", TargetPropActivation.Sigmoid, TargetPropLearningRule.DifferenceTargetPropagation, 0.03, 0.5)]
    [InlineData("32,32", TargetPropActivation.Relu, TargetPropLearningRule.DifferenceTargetPropagation, 0.01, 0.5)]
    [InlineData("32,32", TargetPropActivation.LeakyRelu, TargetPropLearningRule.DifferenceTargetPropagation, 0.01, 0.5)]
    [InlineData("32,32", TargetPropActivation.Elu, TargetPropLearningRule.DifferenceTargetPropagation, 0.01, 0.5)]
    [InlineData("32,32", TargetPropActivation.Tanh, TargetPropLearningRule.Backpropagation, 0.01, 0.02)]
    [InlineData("32,32", TargetPropActivation.Relu, TargetPropLearningRule.Backpropagation, 0.01, 0.02)]
    public void A_network_separates_spirals(string hidden, TargetPropActivation activation, TargetPropLearningRule rule, double rate, double loss)
    {
        ReferenceBatch spirals = Problems.Spirals(arms: 3, rowsPerArm: 100);
        using Examples examples = spirals.ToExamples();
        var settings = Settings.Default with
        {
            Rule = rule,
            MaxEpochs = 150,
            BatchSize = 32,
            LearningRate = rate,
            FeedbackLearningRate = rate,
            Schedule = TargetPropSchedule.Cosine,
        };

        ClassifierResult result = New(settings).Run(Shape(hidden, activation, 2, 3), null, examples, null);

        Assert.InRange(Measure(result.Members[0], examples).Loss, 0, loss);
        Assert.InRange(Problems.BestLinear(spirals, 3).Loss, 0.8, 1.1);
    }

    [Fact]
    public void The_published_optimizer_learns()
    {
        using Examples examples = Problems.Spirals(arms: 3, rowsPerArm: 100).ToExamples();
        var settings = Settings.Default with
        {
            Optimizer = TargetPropOptimizer.RmsProp,
            MaxEpochs = 100,
            BatchSize = 32,
            LearningRate = 0.01489,
            FeedbackLearningRate = 0.00501,
            Schedule = TargetPropSchedule.Linear,
        };

        ClassifierResult result = New(settings).Run(Shape("32,32", TargetPropActivation.Tanh, 2, 3), null, examples, null);

        Assert.InRange(Measure(result.Members[0], examples).Loss, 0, 0.1);
    }

    [Fact]
    public void A_network_learns_with_noise_dropout_decay_and_example_weights_together()
    {
        ReferenceBatch spirals = Problems.Spirals(arms: 3, rowsPerArm: 100);
        using Examples examples = (spirals with { Weights = [.. spirals.Labels.Select(l => l == 0 ? 1.5 : 0.75)] }).ToExamples();
        var settings = Settings.Default with
        {
            MaxEpochs = 100,
            BatchSize = 32,
            Schedule = TargetPropSchedule.Cosine,
            InputNoise = 0.02,
            InputDropout = 0.01,
            Dropout = 0.05,
            WeightDecay = 0.001,
            FeedbackInterval = 2,
        };

        ClassifierResult result = New(settings).Run(Shape("48,48", TargetPropActivation.Tanh, 2, 3), null, examples, null);

        Assert.InRange(Measure(result.Members[0], examples).Error, 0, 0.1);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(50)]
    public void Training_works_with_1_and_with_50_hidden_layers(int layers)
    {
        using Examples examples = Problems.Spirals(arms: 3, rowsPerArm: 20).ToExamples();
        NetworkShape shape = Shape(string.Join(',', Enumerable.Range(0, layers).Select(i => 5 + i % 4)), TargetPropActivation.Tanh, 2, 3);
        NetworkSnapshot start = New(Settings.Default with { MaxEpochs = 1, LearningRate = 0, FeedbackLearningRate = 0 }).Run(shape, null, examples, null).Members[0];

        NetworkSnapshot trained = New(Settings.Default).Run(shape, null, examples, null).Members[0];

        Assert.Equal(layers + 1, trained.Forward.Count);
        Assert.Equal(layers - 1, trained.Feedback.Count);
        foreach ((MapSnapshot before, MapSnapshot after) in start.Forward.Concat(start.Feedback).Zip(trained.Forward.Concat(trained.Feedback)))
        {
            Assert.All(after.Weight.Concat(after.Bias), v => Assert.True(float.IsFinite(v)));
            Assert.NotEqual(before.Weight, after.Weight);
        }
    }

    [Fact]
    public void Training_works_with_a_batch_larger_than_the_table_and_with_a_last_batch_of_one_row()
    {
        using Examples examples = Problems.Spirals(arms: 3, rowsPerArm: 7).ToExamples();
        foreach (int batchSize in new[] { 1, 4, 20, 21, 1000 })
        {
            ClassifierResult result = New(Settings.Default with { BatchSize = batchSize, MaxEpochs = 2 }).Run(Shape("4,5", TargetPropActivation.Tanh, 2, 3), null, examples, null);
            Assert.All(result.Epochs, e => Assert.True(double.IsFinite(e.TrainingLoss)));
        }
    }

    // *** Measurements ***

    [Fact]
    public void Every_epoch_reports_its_measurements()
    {
        ReferenceBatch spirals = Problems.Spirals(arms: 3, rowsPerArm: 50);
        using Examples training = spirals.ToExamples(), validation = Problems.Spirals(3, 20, seed: 2).ToExamples();
        var heard = new List<TargetPropEpochMetrics>();
        NetworkShape shape = Shape("8,7,6", TargetPropActivation.Tanh, 2, 3);

        ClassifierResult result = new ClassifierTrainer(Settings.Default with { MaxEpochs = 30 }, heard.Add, () => { }).Run(shape, null, training, validation);

        Assert.Equal(heard, result.Epochs);
        Assert.Equal(Enumerable.Range(1, 30), heard.Select(e => e.Epoch));
        Assert.All(heard, e => Assert.Equal(30, e.MaxEpochs));
        Assert.All(heard, e => Assert.Equal((3, 2), (e.LayerLosses.Count, e.ReconstructionLosses.Count)));
        Assert.Equal(30, result.BestEpoch);
        Assert.True(heard[^1].TrainingLoss < 0.9 * heard[0].TrainingLoss);
        Assert.True(heard[^1].ReconstructionLosses.Sum() < 0.5 * heard[0].ReconstructionLosses.Sum());
        Assert.All(heard.Zip(heard.Skip(1)), pair => Assert.True(pair.First.Elapsed <= pair.Second.Elapsed));
        Evaluation last = Measure(result.Members[0], validation);
        Assert.Equal(last.Loss, heard[^1].ValidationLoss!.Value, 1e-6);
        Assert.Equal(last.Error, heard[^1].ValidationError!.Value, 1e-12);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_training_loss_at_a_rate_of_0_is_the_loss_of_the_network(bool weighted)
    {
        ReferenceBatch rows = Problems.Noise(50, 2, 3, seed: 4);
        var random = new Random(3);
        using Examples examples = (weighted ? rows with { Weights = [.. rows.Labels.Select(_ => 0.1 + random.NextDouble())] } : rows).ToExamples();

        ClassifierResult result = New(Settings.Default with { LearningRate = 0, FeedbackLearningRate = 0 }).Run(Shape("5", TargetPropActivation.Tanh, 2, 3), null, examples, null);

        Evaluation measured = Measure(result.Members[0], examples);
        Assert.All(result.Epochs, e =>
        {
            Assert.Equal(measured.Loss, e.TrainingLoss, 1e-5);
            Assert.Equal(measured.Error, e.TrainingError, 1e-5);
            Assert.Null(e.ValidationLoss);
            Assert.Null(e.ValidationError);
        });
    }

    [Fact]
    public void Back_propagation_reports_no_layer_losses_and_has_no_feedback()
    {
        using Examples examples = Problems.Xor().ToExamples();

        ClassifierResult result = New(Settings.Default with { Rule = TargetPropLearningRule.Backpropagation }).Run(Shape("5,5", TargetPropActivation.Relu, 2, 2), null, examples, null);

        Assert.Empty(result.Members[0].Feedback);
        Assert.All(result.Epochs, e => Assert.Empty(e.LayerLosses.Concat(e.ReconstructionLosses)));
    }

    // *** The end of training ***

    [Fact]
    public void Early_stopping_keeps_the_network_of_the_best_epoch()
    {
        // The labels are random, so learning the training rows raises the loss on other rows.
        using Examples training = Problems.Noise(60, 4, 3, seed: 1).ToExamples(), validation = Problems.Noise(200, 4, 3, seed: 2).ToExamples();
        var settings = Settings.Default with { MaxEpochs = 200, LearningRate = 0.005, EarlyStoppingPatience = 6 };

        ClassifierResult result = New(settings).Run(Shape("16,16", TargetPropActivation.Tanh, 4, 3), null, training, validation);

        int best = result.Epochs.MinBy(e => e.ValidationLoss)!.Epoch;
        Assert.Equal(best, result.BestEpoch);
        Assert.Equal(best + 6, result.Epochs.Count);
        Assert.InRange(result.Epochs.Count, 7, 199);
        Assert.Equal(result.Epochs[best - 1].ValidationLoss!.Value, Measure(result.Members[0], validation).Loss, 1e-6);
        Assert.True(result.Epochs[^1].ValidationLoss > result.Epochs[best - 1].ValidationLoss);
    }

    [Fact]
    public void A_training_that_reaches_its_last_epoch_keeps_the_best_epoch()
    {
        using Examples training = Problems.Noise(60, 4, 3, seed: 1).ToExamples(), validation = Problems.Noise(200, 4, 3, seed: 2).ToExamples();

        ClassifierResult result = New(Settings.Default with { MaxEpochs = 30, EarlyStoppingPatience = 1000 }).Run(Shape("16,16", TargetPropActivation.Tanh, 4, 3), null, training, validation);

        Assert.Equal(30, result.Epochs.Count);
        Assert.Equal(result.Epochs.MinBy(e => e.ValidationLoss)!.Epoch, result.BestEpoch);
        Assert.Equal(result.Epochs.Min(e => e.ValidationLoss)!.Value, Measure(result.Members[0], validation).Loss, 1e-6);
    }

    [Fact]
    public void Without_patience_or_validation_rows_the_last_epoch_is_kept()
    {
        using Examples training = Problems.Noise(60, 4, 3, seed: 1).ToExamples(), validation = Problems.Noise(200, 4, 3, seed: 2).ToExamples();
        NetworkShape shape = Shape("16,16", TargetPropActivation.Tanh, 4, 3);

        ClassifierResult validated = New(Settings.Default with { MaxEpochs = 20 }).Run(shape, null, training, validation);
        ClassifierResult patient = New(Settings.Default with { MaxEpochs = 20, EarlyStoppingPatience = 1 }).Run(shape, null, training, null);

        Assert.Equal((20, 20), (validated.BestEpoch, validated.Epochs.Count));
        Assert.Equal((20, 20), (patient.BestEpoch, patient.Epochs.Count));
        // Neither validation rows nor patience change the trained network.
        Assert.Equal(Bits(validated.Members[0]), Bits(patient.Members[0]));
    }

    [Theory]
    [InlineData(TargetPropOptimizer.Adam, TargetPropActivation.Tanh, 100)]
    [InlineData(TargetPropOptimizer.RmsProp, TargetPropActivation.Elu, 100)]
    [InlineData(TargetPropOptimizer.Adam, TargetPropActivation.LeakyRelu, 1e30)]
    [InlineData(TargetPropOptimizer.Adam, TargetPropActivation.Tanh, double.NaN)]
    public void A_far_too_high_forward_rate_stops_training_with_a_message_that_names_it(TargetPropOptimizer optimizer, TargetPropActivation activation, double rate)
    {
        using Examples examples = Problems.Spirals(3, 100).ToExamples();
        var settings = Settings.Default with { Optimizer = optimizer, LearningRate = rate, BatchSize = 30 };
        int epochs = 0;

        var error = Assert.Throws<TrainingDivergedException>(
            () => new ClassifierTrainer(settings, _ => epochs++, () => { }).Run(Shape("16,16", activation, 2, 3), null, examples, null));

        Assert.Contains("Lower LearningRate (now ", error.Message, StringComparison.Ordinal);
        Assert.Contains("epoch 1", error.Message, StringComparison.Ordinal);
        Assert.Equal(0, epochs);
    }

    [Fact]
    public void Training_can_be_cancelled_before_every_step()
    {
        using Examples examples = Problems.Spirals(3, 100).ToExamples();
        int checks = 0;
        var loop = new ClassifierTrainer(Settings.Default with { BatchSize = 30 }, null, () =>
        {
            if (++checks == 7)
                throw new OperationCanceledException();
        });

        Assert.Throws<OperationCanceledException>(() => loop.Run(Shape("4", TargetPropActivation.Tanh, 2, 3), null, examples, null));
        Assert.Equal(7, checks);
    }

    [Fact]
    public void An_exception_of_the_epoch_callback_ends_training()
    {
        using Examples examples = Problems.Xor().ToExamples();
        var loop = new ClassifierTrainer(Settings.Default, e => throw new InvalidOperationException($"epoch {e.Epoch}"), () => { });

        var error = Assert.Throws<InvalidOperationException>(() => loop.Run(Shape("4", TargetPropActivation.Tanh, 2, 2), null, examples, null));
        Assert.Equal("epoch 1", error.Message);
    }

    // *** Continuing ***

    [Fact]
    public void Continuing_starts_from_the_forward_and_feedback_weights_of_the_model()
    {
        using Examples examples = Problems.Spirals(3, 50).ToExamples();
        NetworkSnapshot first = New(Settings.Default with { MaxEpochs = 20 }).Run(Shape("12,10,8", TargetPropActivation.Tanh, 2, 3), null, examples, null).Members[0];

        NetworkSnapshot still = New(Settings.Default with { LearningRate = 0, FeedbackLearningRate = 0 }).Run([first], examples, null).Members[0];
        ClassifierResult further = New(Settings.Default with { MaxEpochs = 20 }).Run([first], examples, null);

        Assert.Equal(Bits(first), Bits(still));
        Assert.NotEqual(Bits(first), Bits(further.Members[0]));
        Assert.True(further.Epochs[^1].TrainingLoss < Measure(first, examples).Loss);
    }

    private static ClassifierTrainer New(ClassifierSettings settings) => new(settings, null, () => { });

    private static NetworkShape Shape(string hidden, TargetPropActivation activation, int inputs, int outputs)
        => new(inputs, [.. hidden.Split(',').Select(int.Parse)], outputs, activation, outputs == 1 ? OutputKind.Logistic : OutputKind.Softmax);

    private static Evaluation Measure(NetworkSnapshot snapshot, Examples examples)
    {
        using TargetPropNetwork network = TargetPropNetwork.FromSnapshot(snapshot, CPU);
        return Evaluation.Of(new Committee([network]), examples);
    }

    internal static float[] Bits(NetworkSnapshot network)
        => [.. network.Forward.Concat(network.Feedback).SelectMany(m => m.Weight.Concat(m.Bias))];
}
