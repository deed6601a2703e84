namespace Microsoft.ML.TargetProp.Tests.Support;

/// <summary>Reads its source in random order, as some trainers of ML.NET do.</summary>
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
