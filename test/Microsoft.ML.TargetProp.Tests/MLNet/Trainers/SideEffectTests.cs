using System.Globalization;
using Microsoft.ML.TargetProp.Tests.Support;
using TorchSharp;

namespace Microsoft.ML.TargetProp.Tests.MLNet;

/// <summary>Checks that training and scoring do not change the process and do not depend on its settings.</summary>
public sealed class SideEffectTests
{
    [Fact]
    public void Training_and_scoring_change_nothing_in_the_process()
    {
        string before = State();

        TrainAndScore();

        Assert.Equal(before, State());
    }

    [Fact]
    public void A_failed_training_changes_nothing_in_the_process()
    {
        var ml = new MLContext(seed: 1);
        IDataView table = Models.FlowersWithKeys(ml);
        var interrupted = ml.MulticlassClassification.Trainers.TargetPropClassifier(Models.Small().With(o => (o.EpochCallback, o.ValidationFraction) = (_ => throw new TimeoutException(), 0.2)));
        var contradicted = ml.MulticlassClassification.Trainers.TargetPropClassifier(Models.Small().With(o => o.ValidationFraction = 0.2));
        var diverging = ml.MulticlassClassification.Trainers.TargetPropClassifier(Models.Small().With(o => o.LearningRate = 500));
        TrainAndScore();
        Collect();
        (string state, long tensors) = (State(), torch.Tensor.TotalCount);

        Assert.Throws<TimeoutException>(() => interrupted.Fit(table));
        Assert.Throws<ArgumentOutOfRangeException>(() => contradicted.Fit(table, table));
        Assert.Throws<InvalidOperationException>(() => diverging.Fit(table));

        Assert.Equal(tensors, torch.Tensor.TotalCount);
        Assert.Equal(state, State());
    }

    [Theory]
    [InlineData("de-DE")]
    [InlineData("tr-TR")]
    [InlineData("ar-SA")]
    public void Results_and_messages_do_not_depend_on_the_culture(string name)
    {
        string invariant = Under(CultureInfo.InvariantCulture, TrainAndScore), message = Under(CultureInfo.InvariantCulture, Refused);
        var culture = CultureInfo.GetCultureInfo(name);

        Assert.Equal(invariant, Under(culture, TrainAndScore));
        Assert.Equal(message, Under(culture, Refused));
    }

    [Fact]
    public void The_default_type_of_TorchSharp_has_no_influence()
    {
        string expected = TrainAndScore();
        torch.ScalarType type = torch.get_default_dtype();
        torch.set_default_dtype(torch.ScalarType.Float64);
        try
        {
            Assert.Equal(expected, TrainAndScore());
        }
        finally
        {
            torch.set_default_dtype(type);
        }
    }

    [Fact]
    public void A_dispose_scope_of_the_caller_does_not_dispose_the_model()
    {
        var ml = new MLContext(seed: 1);
        IDataView table = Models.FlowersWithKeys(ml);
        TargetPropMulticlassTransformer model;
        List<string> inside;
        using (torch.NewDisposeScope())
        {
            model = ml.MulticlassClassification.Trainers.TargetPropClassifier(Models.Small(epochs: 2)).Fit(table);
            inside = ViewText.Rows(model.Transform(table), "Score");
        }

        Assert.Equal(inside, ViewText.Rows(model.Transform(table), "Score"));
    }

    [Fact]
    public void Training_and_scoring_free_every_tensor()
    {
        TrainAndScore();
        Collect();
        long before = torch.Tensor.TotalCount;

        for (int i = 0; i < 3; i++)
            TrainAndScore();

        // All tensors are freed without a garbage collection.
        Assert.Equal(before, torch.Tensor.TotalCount);
    }

    /// <summary>Trains, saves, loads and scores, and returns the bits of the scores.</summary>
    private static string TrainAndScore()
    {
        var ml = new MLContext(seed: 1);
        IDataView table = Models.FlowersWithKeys(ml);
        var trainer = ml.MulticlassClassification.Trainers.TargetPropClassifier(Models.Small(epochs: 3).With(o =>
        {
            o.ValidationFraction = 0.2;
            o.EarlyStoppingPatience = 2;
            o.Dropout = 0.1;
        }));
        using TargetPropMulticlassTransformer model = trainer.Fit(table);
        var loaded = Models.Load(ml, Models.Zip(ml, model, table.Schema));
        string scores = string.Join('\n', ViewText.Rows(loaded.Transform(table)));
        ((IDisposable)loaded).Dispose();
        IDataView moons = Models.Moons(ml);
        using var binary = ml.BinaryClassification.Trainers.TargetPropClassifier(Models.SmallBinary(epochs: 3)).Fit(moons);
        return scores + string.Join('\n', ViewText.Rows(binary.Transform(moons)));
    }

    /// <summary>Some error messages with numbers.</summary>
    private static string Refused()
    {
        var ml = new MLContext(seed: 1);
        IDataView table = Models.FlowersWithKeys(ml);
        Flower[] broken = Tables.Flowers();
        broken[3].Features[1] = float.NegativeInfinity;
        broken[7].Weight = -1.5f;
        IDataView brokenTable = Models.WithKeys(ml, ml.Data.LoadFromEnumerable(broken));
        Exception[] errors =
        [
            Assert.Throws<ArgumentOutOfRangeException>(() => ml.MulticlassClassification.Trainers.TargetPropClassifier(Models.Small().With(o => o.Dropout = 1.5))),
            Assert.Throws<InvalidOperationException>(() => ml.MulticlassClassification.Trainers.TargetPropClassifier(Models.Small()).Fit(brokenTable)),
            Assert.Throws<InvalidOperationException>(() => ml.MulticlassClassification.Trainers.TargetPropClassifier(Models.Small().With(o => o.ExampleWeightColumnName = "Weight")).Fit(brokenTable)),
            Assert.Throws<InvalidOperationException>(() => ml.MulticlassClassification.Trainers.TargetPropClassifier(Models.Small().With(o => o.LearningRate = 1234.5)).Fit(table)),
            Assert.Throws<ArgumentOutOfRangeException>(() => ml.MulticlassClassification.Trainers.TargetPropClassifier(Models.Small().With(o => o.ValidationFraction = 0.25)).Fit(table, table)),
        ];
        return string.Join('\n', errors.Select(e => e.Message));
    }

    private static T Under<T>(CultureInfo culture, Func<T> action)
    {
        CultureInfo before = CultureInfo.CurrentCulture;
        CultureInfo.CurrentCulture = culture;
        try
        {
            T result = action();
            Assert.Same(culture, CultureInfo.CurrentCulture);
            return result;
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    private static string State()
    {
        using torch.Tensor random = torch.random.get_rng_state();
        return $"{torch.get_default_dtype()} {torch.get_default_device()} {torch.get_num_threads()} {torch.get_num_interop_threads()} {torch.is_grad_enabled()} " +
            $"{CultureInfo.CurrentCulture} {CultureInfo.DefaultThreadCurrentCulture} {Convert.ToHexString(random.bytes.ToArray())}";
    }

    private static void Collect()
    {
        for (int i = 0; i < 3; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
    }
}
