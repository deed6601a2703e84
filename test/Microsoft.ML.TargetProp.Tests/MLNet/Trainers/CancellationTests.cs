using Microsoft.ML.TargetProp.Tests.Support;

namespace Microsoft.ML.TargetProp.Tests.MLNet;

/// <summary>Tests the cancellation of training.</summary>
public class CancellationTests
{
    [Fact]
    public void A_cancelled_token_ends_training_within_the_epoch()
    {
        var ml = new MLContext(1);
        using var stop = new CancellationTokenSource();
        var epochs = 0;
        var options = Models.Small(epochs: 1000).With(o =>
        {
            o.CancellationToken = stop.Token;
            o.EpochCallback = _ =>
            {
                epochs++;
                stop.Cancel();
            };
        });
        var trainer = ml.MulticlassClassification.Trainers.TargetPropClassifier(options);

        Assert.Throws<OperationCanceledException>(() => trainer.Fit(Models.FlowersWithKeys(ml)));
        Assert.Equal(1, epochs);
    }
}
