using System.Runtime.InteropServices;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.MLNet;

/// <summary>
/// The columns that a transform computes from one vector column. <see cref="BatchedView"/> adds them to many rows, <see cref="VectorRowMapper"/>
/// to the single rows of a prediction engine.
/// </summary>
internal interface IVectorColumns
{
    string InputColumnName { get; }

    /// <summary>The length of an input vector.</summary>
    int InputLength { get; }

    /// <summary>The added columns: vectors of known size or single numbers, of <see cref="float"/>.</summary>
    /// <param name="input">The input column, of the right type and length.</param>
    DataViewSchema.DetachedColumn[] OutputColumns(DataViewSchema.Column input);

    /// <summary>Refuses a row that the model cannot compute with.</summary>
    /// <param name="values">The entries of the row.</param>
    /// <param name="input">The input column.</param>
    /// <param name="position">The position of the row's cursor, from 0.</param>
    /// <exception cref="InvalidOperationException">The row is refused; the message says why.</exception>
    void Check(ReadOnlySpan<float> values, DataViewSchema.Column input, long position);

    /// <summary>Computes the wanted columns of a batch. Several threads may call this at once.</summary>
    void Compute(VectorBatch batch);
}

/// <summary>Rows of an input column and the columns computed from them, in plain memory.</summary>
internal sealed class VectorBatch
{
    private readonly float[]?[] _outputs;
    private readonly int[] _lengths;

    /// <param name="capacity">Most rows.</param>
    /// <param name="inputLength">The length of an input vector.</param>
    /// <param name="outputs">The columns that can be computed.</param>
    /// <param name="wanted">True for the index of a column that is computed.</param>
    public VectorBatch(int capacity, int inputLength, DataViewSchema.DetachedColumn[] outputs, Func<int, bool> wanted)
    {
        InputLength = inputLength;
        Inputs = new float[capacity * inputLength];
        Ids = new DataViewRowId[capacity];
        _lengths = Array.ConvertAll(outputs, c => Math.Max(1, c.Type.GetValueCount()));
        _outputs = [.. outputs.Select((_, i) => wanted(i) ? new float[capacity * _lengths[i]] : null)];
    }

    public int InputLength { get; }

    /// <summary>The number of rows in the batch.</summary>
    public int Rows { get; set; }

    /// <summary>The input vectors, row after row.</summary>
    public float[] Inputs { get; }

    public DataViewRowId[] Ids { get; }

    /// <summary>The input vectors on a device, <c>[rows, columns]</c>.</summary>
    public Tensor ToTensor(Device device)
    {
        using var scope = NewDisposeScope();
        var plain = empty(Rows, InputLength, dtype: ScalarType.Float32, device: CPU);
        MemoryMarshal.AsBytes(Inputs.AsSpan(0, Rows * InputLength)).CopyTo(plain.bytes);
        return plain.to(device).MoveToOuterDisposeScope();
    }

    public Span<float> Input(int row) => Inputs.AsSpan(row * InputLength, InputLength);

    /// <summary>The values of an added column, row after row; null when the column is not wanted.</summary>
    public float[]? Output(int column) => _outputs[column];

    public ReadOnlySpan<float> Output(int column, int row) => _outputs[column].AsSpan(row * _lengths[column], _lengths[column]);
}

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

/// <summary>
/// Adds the columns of a transform to one row at a time, as a prediction engine needs it. The columns of a row are computed when the first of
/// them is read.
/// </summary>
/// <param name="host">The source of exceptions.</param>
/// <param name="transformer">The transformer that the mapper belongs to.</param>
/// <param name="columns">The added columns.</param>
/// <param name="schema">The schema of the rows.</param>
internal sealed class VectorRowMapper(IHost host, ITransformer transformer, IVectorColumns columns, DataViewSchema schema) : IRowMapper
{
    private readonly VectorSource _source = new(host, columns, schema);

    public DataViewSchema.DetachedColumn[] GetOutputColumns() => _source.Outputs;

    public Func<int, bool> GetDependencies(Func<int, bool> activeOutput)
    {
        var isNeeded = Enumerable.Range(0, _source.Outputs.Length).Any(activeOutput);
        return column => isNeeded && column == _source.Input.Index;
    }

    /// <summary>The getters hold managed memory only, because a prediction engine does not dispose its rows.</summary>
    public Delegate[] CreateGetters(DataViewRow input, Func<int, bool> activeOutput, out Action? disposer)
    {
        disposer = null;
        var getters = new Delegate[_source.Outputs.Length];
        if (!Enumerable.Range(0, getters.Length).Any(activeOutput))
            return getters;
        var batch = _source.NewBatch(1, activeOutput);
        batch.Rows = 1;
        var read = _source.Reader(input, batch);
        var computed = -1L;
        int Compute()
        {
            if (input.Position != computed || computed < 0)
            {
                read(0);
                columns.Compute(batch);
                computed = input.Position;
            }
            return 0;
        }
        for (var column = 0; column < getters.Length; column++)
        {
            if (activeOutput(column))
                getters[column] = _source.Getter(batch, column, Compute);
        }
        return getters;
    }

    public ITransformer GetTransformer() => transformer;

    /// <summary>Not supported: ML.NET stores the transformer, which creates its mapper again.</summary>
    public void Save(ModelSaveContext ctx) =>
        throw host.ExceptNotSupp($"Transformed data cannot be saved as a model. Save the {transformer.GetType().Name} with mlContext.Model.Save.");
}
