using Microsoft.ML.Data;
using Microsoft.ML.TargetProp.Tests.Support;

namespace Microsoft.ML.TargetProp.Tests.MLNet;

/// <summary>Tests a cursor that fails in the middle of a batch. A caller that continues to read must not get rows that were never computed.</summary>
public sealed class FailedCursorTests
{
    private readonly MLContext _ml = new(seed: 1);

    /// <summary>The column and the bad row. The first batch has 32 rows, so the failure is in the first or the second batch.</summary>
    public static TheoryData<string, int> Failures { get; } = new() { { "Score", 10 }, { "Score", 40 }, { "Code", 10 }, { "Code", 40 } };

    [Theory]
    [MemberData(nameof(Failures))]
    public void After_a_row_that_cannot_be_read_every_call_throws(string column, int badRow)
    {
        Flower[] rows = Tables.Flowers(100);
        rows[badRow].Features = [1, 2, 3];
        IDataView view = Transformed(_ml.Data.LoadFromEnumerable(rows), column);
        using DataViewRowCursor cursor = view.GetRowCursor(view.Schema[column]);
        ValueGetter<VBuffer<float>> getValues = cursor.GetGetter<VBuffer<float>>(view.Schema[column]);
        VBuffer<float> values = default;
        var read = 0;

        var first = Assert.Throws<InvalidOperationException>(() =>
        {
            for (; cursor.MoveNext(); read++)
                getValues(ref values);
        });

        Assert.Equal(badRow < 32 ? 0 : 32, read);
        Assert.Contains("has 3 features", first.Message, StringComparison.Ordinal);
        for (var i = 0; i < 3; i++)
        {
            var again = Assert.Throws<InvalidOperationException>(() => cursor.MoveNext());
            Assert.Contains("The cursor failed before", again.Message, StringComparison.Ordinal);
            Assert.Contains("has 3 features", again.Message, StringComparison.Ordinal);
        }
        Assert.Throws<InvalidOperationException>(() => getValues(ref values));
    }

    [Fact]
    public void A_failure_of_the_source_is_the_inner_exception_of_later_calls()
    {
        IDataView view = Transformed(_ml.Data.LoadFromEnumerable(Failing()), "Score");
        using DataViewRowCursor cursor = view.GetRowCursor(view.Schema["Score"]);

        Assert.Throws<TimeoutException>(() => cursor.MoveNext());

        Assert.IsType<TimeoutException>(Assert.Throws<InvalidOperationException>(() => cursor.MoveNext()).InnerException);

        static IEnumerable<Flower> Failing()
        {
            foreach (Flower row in Tables.Flowers(20))
                yield return row;
            throw new TimeoutException();
        }
    }

    private IDataView Transformed(IDataView rows, string column)
    {
        IDataView training = Models.FlowersWithKeys(_ml);
        ITransformer model = column == "Score"
            ? _ml.MulticlassClassification.Trainers.TargetPropClassifier(Models.Small(epochs: 1)).Fit(training)
            : _ml.Transforms.TargetPropFeaturizer("Code", "Features", hiddenUnits: [3], maxEpochs: 1).Fit(training);
        return model.Transform(rows);
    }
}
