namespace Microsoft.ML.TargetProp.Tests.Support;

/// <summary>Asks its source for rows in random order, as a trainer of ML.NET's may.</summary>
internal sealed class ShuffledView(IDataView source) : IDataView
{
    public DataViewSchema Schema => source.Schema;

    public bool CanShuffle => false;

    public long? GetRowCount() => source.GetRowCount();

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        Assert.True(source.CanShuffle);
        return source.GetRowCursor(columnsNeeded, new Random(5));
    }

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) => [GetRowCursor(columnsNeeded)];
}
