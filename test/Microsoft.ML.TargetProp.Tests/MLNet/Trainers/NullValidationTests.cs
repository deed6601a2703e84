using Microsoft.ML.TargetProp.Tests.Support;

namespace Microsoft.ML.TargetProp.Tests.MLNet;

/// <summary>Checks that <c>Fit(data, null)</c> compiles and is the same as <c>Fit(data)</c>, because no other overload accepts null.</summary>
public sealed class NullValidationTests
{
    private readonly MLContext _ml = new(seed: 1);

    [Fact]
    public void The_multiclass_trainer_takes_null_for_no_validation_rows()
    {
        IDataView table = Models.FlowersWithKeys(_ml);
        var trainer = _ml.MulticlassClassification.Trainers.TargetPropClassifier(Models.Small(epochs: 2));

        TargetPropMulticlassTransformer model = trainer.Fit(table, null);

        Assert.Null(model.Model.TrainingSummary.ValidationLoss);
        Assert.Equal(trainer.Fit(table).Bytes(), model.Bytes());
    }

    [Fact]
    public void The_binary_trainer_takes_null_for_no_validation_rows()
    {
        IDataView moons = Models.Moons(_ml);
        var trainer = _ml.BinaryClassification.Trainers.TargetPropClassifier(Models.SmallBinary(epochs: 2));

        var model = trainer.Fit(moons, null);

        Assert.Null(model.Model.SubModel.TrainingSummary.ValidationLoss);
        Assert.Equal(trainer.Fit(moons).Bytes(), model.Bytes());
    }

    [Fact]
    public void The_inpainter_takes_null_for_no_validation_rows_also_when_it_continues_a_model()
    {
        IDataView table = Gaps.View(_ml);
        TargetPropInpaintingEstimator estimator = Gaps.Estimator(_ml, epochs: 2);

        TargetPropGenerativeModel model = estimator.Fit(table, null).Model, continued = estimator.Fit(table, null, model).Model;

        Assert.Null(model.TrainingSummary.ValidationError);
        Assert.Equal(estimator.Fit(table).Model.Sample(3), model.Sample(3));
        Assert.Equal(estimator.Fit(table, model).Model.Sample(3), continued.Sample(3));
    }

    [Fact]
    public void The_featurizer_takes_null_for_no_validation_rows()
    {
        IDataView table = Models.FlowersWithKeys(_ml);
        TargetPropFeaturizerEstimator estimator = _ml.Transforms.TargetPropFeaturizer(new TargetPropFeaturizerEstimator.Options { HiddenUnits = [3], MaxEpochs = 2, Seed = 1 });
        float[][] rows = [[5, 3, 2, 1]];

        Assert.Equal(estimator.Fit(table).Model.Encode(rows), estimator.Fit(table, null).Model.Encode(rows));
    }

    [Fact]
    public void Null_leaves_the_validation_rows_of_the_options_in_place()
    {
        IDataView table = Models.FlowersWithKeys(_ml);
        var trainer = _ml.MulticlassClassification.Trainers.TargetPropClassifier(Models.Small(epochs: 2).With(o => o.ValidationSet = table));

        Assert.NotNull(trainer.Fit(table, null).Model.TrainingSummary.ValidationLoss);
    }
}
