using Microsoft.ML.Data;
using Microsoft.ML.TargetProp.Tests.Support;

namespace Microsoft.ML.TargetProp.Tests.MLNet;

/// <summary>Tests the option that moves pictures during training.</summary>
public sealed class ImageAugmentationTests
{
    private readonly MLContext _ml = new(seed: 1);

    [Fact]
    public void Strengths_of_0_change_nothing()
    {
        IDataView flowers = Models.FlowersWithKeys(_ml);

        Assert.Equal(Train(flowers, null).Bytes(), Train(flowers, new() { Width = 2, Shift = 0, Rotation = 0, Scale = 0, Elastic = 0 }).Bytes());
    }

    [Fact]
    public void Every_strength_has_an_effect_that_the_seed_determines()
    {
        IDataView flowers = Models.FlowersWithKeys(_ml);
        Action<TargetPropImageAugmentation>[] changes =
        [
            _ => { }, a => a.Shift = 1, a => a.Rotation = 20, a => a.Scale = 0.3, a => a.Elastic = 1, a => (a.Elastic, a.ElasticSmoothness) = (1, 0.5),
            a => (a.Width, a.Channels, a.Shift) = (1, 2, 1),
        ];
        byte[] Trained(Action<TargetPropImageAugmentation> change)
        {
            TargetPropImageAugmentation pictures = new() { Width = 2, Shift = 0, Rotation = 0, Scale = 0, Elastic = 0 };
            change(pictures);
            return Train(flowers, pictures).Bytes();
        }

        byte[][] models = [.. changes.Select(Trained)];

        for (int i = 0; i < models.Length; i++)
            Assert.All(models[..i], other => Assert.False(models[i].AsSpan().SequenceEqual(other)));
        Assert.Equal(models[4], Trained(changes[4]));
    }

    [Fact]
    public void Validation_and_scoring_use_unchanged_pictures()
    {
        IDataView flowers = Models.FlowersWithKeys(_ml), others = Models.FlowersWithKeys(_ml, seed: 2);
        List<TargetPropEpochMetrics> epochs = [];

        TargetPropMulticlassTransformer model = _ml.MulticlassClassification.Trainers.TargetPropClassifier(Models.Small(epochs: 2).With(o =>
        {
            o.Augmentation = new() { Width = 2, Shift = 2 };
            o.ValidationSet = others;
            o.EpochCallback = epochs.Add;
        })).Fit(flowers);

        MulticlassClassificationMetrics scored = _ml.MulticlassClassification.Evaluate(model.Transform(others));
        Assert.Equal(scored.LogLoss, epochs[^1].ValidationLoss!.Value, 1e-4);
    }

    [Fact]
    public void Pictures_of_another_size_than_the_features_are_rejected()
    {
        IDataView flowers = Models.FlowersWithKeys(_ml);

        foreach (TargetPropImageAugmentation pictures in new TargetPropImageAugmentation[]
        {
            new() { Width = 3 }, new() { Width = 5 }, new() { Width = 2, Height = 3 }, new() { Width = 2, Channels = 3 }, new() { Width = int.MaxValue, Channels = int.MaxValue },
        })
        {
            var error = Assert.Throws<ArgumentOutOfRangeException>(() => Train(flowers, pictures));
            Assert.Contains("Augmentation", error.Message, StringComparison.Ordinal);
            Assert.Contains("4 features", error.Message, StringComparison.Ordinal);
        }
    }

    public static TheoryData<string, TargetPropImageAugmentation> OutOfRange => new()
    {
        { "Augmentation.Width is 0; allowed: 1 or more", new() },
        { "Augmentation.Height is -1", new() { Width = 2, Height = -1 } },
        { "Augmentation.Channels is 0", new() { Width = 2, Channels = 0 } },
        { "Augmentation.Shift is -1", new() { Width = 2, Shift = -1 } },
        { "Augmentation.Rotation is 181", new() { Width = 2, Rotation = 181 } },
        { "Augmentation.Scale is NaN", new() { Width = 2, Scale = double.NaN } },
        { "Augmentation.Elastic is Infinity", new() { Width = 2, Elastic = double.PositiveInfinity } },
        { "Augmentation.ElasticSmoothness is 0", new() { Width = 2, ElasticSmoothness = 0 } },
    };

    [Theory]
    [MemberData(nameof(OutOfRange))]
    public void Creating_a_trainer_rejects_strengths_out_of_range(string message, TargetPropImageAugmentation pictures)
    {
        var error = Assert.Throws<ArgumentOutOfRangeException>(
            () => _ml.MulticlassClassification.Trainers.TargetPropClassifier(Models.Small().With(o => o.Augmentation = pictures)));

        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    private TargetPropMulticlassTransformer Train(IDataView flowers, TargetPropImageAugmentation? pictures) =>
        _ml.MulticlassClassification.Trainers.TargetPropClassifier(Models.Small(epochs: 3).With(o => o.Augmentation = pictures)).Fit(flowers);
}
