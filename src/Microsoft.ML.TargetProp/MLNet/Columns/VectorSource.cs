using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.TargetProp.MLNet;

/// <summary>Connects <see cref="IVectorColumns"/> to the rows of a schema: reads the input column into a batch, and returns the computed values.</summary>
internal sealed class VectorSource
{
    private readonly IHost _host;
    private readonly IVectorColumns _columns;

    /// <exception cref="ArgumentOutOfRangeException">The input column is missing, is not a vector of <see cref="float"/>, or has another length.</exception>
    public VectorSource(IHost host, IVectorColumns columns, DataViewSchema schema)
    {
        _host = host;
        _columns = columns;
        Input = VectorColumn.Find(host, schema, columns.InputColumnName);
        var expected = new VectorDataViewType(NumberDataViewType.Single, columns.InputLength);
        if (Input.Type.GetVectorSize() != columns.InputLength)
            throw host.ExceptSchemaMismatch(nameof(schema), "input", Input.Name, expected.ToString(), Input.Type.ToString());
        Outputs = columns.OutputColumns(Input);
    }

    public DataViewSchema.Column Input { get; }

    public DataViewSchema.DetachedColumn[] Outputs { get; }

    public VectorBatch NewBatch(int capacity, Func<int, bool> wanted) => new(capacity, _columns.InputLength, Outputs, wanted);

    /// <summary>Creates an action that reads the current row into a slot of a batch.</summary>
    public Action<int> Reader(DataViewRow row, VectorBatch batch)
    {
        var getValues = row.GetGetter<VBuffer<float>>(row.Schema[Input.Index]);
        var getId = row.GetIdGetter();
        VBuffer<float> values = default;
        return slot =>
        {
            getValues(ref values);
            var target = batch.Input(slot);
            VectorColumn.CopyTo(_host, in values, target, Input.Name);
            _columns.Check(target, Input, row.Position);
            getId(ref batch.Ids[slot]);
        };
    }

    /// <summary>Creates a getter of an added column.</summary>
    /// <param name="batch">The batch that holds the values.</param>
    /// <param name="column">The index of the column among <see cref="Outputs"/>.</param>
    /// <param name="slot">Returns the slot of the current row in the batch.</param>
    public Delegate Getter(VectorBatch batch, int column, Func<int> slot)
    {
        if (Outputs[column].Type is not VectorDataViewType)
            return (ValueGetter<float>)((ref float value) => value = batch.Output(column, slot())[0]);
        return VectorColumn.Getter(() => batch.Output(column, slot()));
    }
}
