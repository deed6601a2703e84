using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.TargetProp.MLNet;

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
