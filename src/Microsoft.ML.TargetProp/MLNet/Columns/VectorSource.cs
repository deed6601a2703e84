using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.TargetProp.MLNet;

/// <summary>The input column of <see cref="IVectorColumns"/> in rows: found, checked, read into a batch, and what was computed handed out.</summary>
internal sealed class VectorSource
{
    private readonly IHost _host;
    private readonly IVectorColumns _columns;

    /// <exception cref="ArgumentOutOfRangeException">The column is missing, is no vector of <see cref="float"/>, or has another length.</exception>
    public VectorSource(IHost host, IVectorColumns columns, DataViewSchema schema)
    {
        _host = host;
        _columns = columns;
        Input = Find(host, schema, columns.InputColumnName);
        var expected = new VectorDataViewType(NumberDataViewType.Single, columns.InputLength);
        if (Input.Type.GetVectorSize() != columns.InputLength)
            throw host.ExceptSchemaMismatch(nameof(schema), "input", Input.Name, expected.ToString(), Input.Type.ToString());
        Outputs = columns.OutputColumns(Input);
    }

    public DataViewSchema.Column Input { get; }

    public DataViewSchema.DetachedColumn[] Outputs { get; }

    /// <summary>A column of vectors of known size.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is missing, or is something else.</exception>
    public static DataViewSchema.Column Find(IHost host, DataViewSchema schema, string name)
    {
        if (schema.GetColumnOrNull(name) is not { } column)
            throw host.ExceptSchemaMismatch(nameof(schema), "input", name);
        if (column.Type is not VectorDataViewType { IsKnownSize: true } vector || vector.ItemType != NumberDataViewType.Single)
            throw host.ExceptSchemaMismatch(nameof(schema), "input", name, "known-size vector of Single", column.Type.ToString());
        return column;
    }

    /// <summary>The same for the shape of a schema.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The column is missing, or is something else.</exception>
    public static SchemaShape.Column Find(IHost host, SchemaShape schema, string name)
    {
        host.CheckValue(schema, nameof(schema));
        if (!schema.TryFindColumn(name, out var column))
            throw host.ExceptSchemaMismatch(nameof(schema), "input", name);
        if (column.Kind != SchemaShape.Column.VectorKind.Vector || column.ItemType != NumberDataViewType.Single || column.IsKey)
            throw host.ExceptSchemaMismatch(nameof(schema), "input", name, "known-size vector of Single", column.GetTypeString());
        return column;
    }

    public VectorBatch NewBatch(int capacity, Func<int, bool> wanted) => new(capacity, _columns.InputLength, Outputs, wanted);

    /// <summary>Reads rows into a batch, each into the place that it is told.</summary>
    public Action<int> Reader(DataViewRow row, VectorBatch batch)
    {
        var getValues = row.GetGetter<VBuffer<float>>(row.Schema[Input.Index]);
        var getId = row.GetIdGetter();
        VBuffer<float> values = default;
        return place =>
        {
            getValues(ref values);
            var target = batch.Input(place);
            FeatureVector.CopyTo(_host, in values, target, Input.Name);
            _columns.Check(target, Input, row.Position);
            getId(ref batch.Ids[place]);
        };
    }

    /// <summary>A getter of an added column.</summary>
    /// <param name="batch">Where its values are.</param>
    /// <param name="column">Which column.</param>
    /// <param name="place">Tells the place in the batch of the row that the reader is on.</param>
    public Delegate Getter(VectorBatch batch, int column, Func<int> place)
    {
        if (Outputs[column].Type is not VectorDataViewType)
            return (ValueGetter<float>)((ref float value) => value = batch.Output(column, place())[0]);
        return (ValueGetter<VBuffer<float>>)((ref VBuffer<float> value) =>
        {
            var values = batch.Output(column, place());
            var editor = VBufferEditor.Create(ref value, values.Length);
            values.CopyTo(editor.Values);
            value = editor.Commit();
        });
    }
}
