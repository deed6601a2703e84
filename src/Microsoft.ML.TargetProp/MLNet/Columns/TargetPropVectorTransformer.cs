using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.TargetProp.MLNet;

namespace Microsoft.ML.TargetProp;

/// <summary>
/// A transformer that computes columns from one vector column with a trained model: the base of <see cref="TargetPropInpaintingTransformer"/>
/// and <see cref="TargetPropFeaturizerTransformer"/>.
/// </summary>
/// <typeparam name="TModel">The model.</typeparam>
/// <remarks>
/// Nothing is computed before a cursor asks for it. A cursor reads at most 512 rows ahead and computes them in batches; a prediction engine
/// computes row by row. The two results differ by rounding only. Several threads may use one transformer.
/// </remarks>
public abstract class TargetPropVectorTransformer<TModel> : RowToRowTransformerBase, ITransformer, IDisposable
    where TModel : class, IDisposable
{
    private readonly VersionInfo _version;
    private readonly IVectorColumns _columns;

    private protected TargetPropVectorTransformer(IHostEnvironment env, string name, VersionInfo version, TModel model, Func<IHost, IVectorColumns> createColumns)
        : base(Contracts.CheckRef(env, nameof(env)).Register(name))
    {
        _version = version;
        Model = model;
        _columns = createColumns(Host);
    }

    /// <summary>The trained model.</summary>
    public TModel Model { get; }

    /// <summary>Adds the computed columns to a view. Rows are read and computed when the result is read.</summary>
    /// <param name="input">A view with the vector column that the model was trained on.</param>
    /// <exception cref="ArgumentOutOfRangeException">The column is missing, or has another type or length.</exception>
    public new IDataView Transform(IDataView input)
    {
        Host.CheckValue(input, nameof(input));
        return new BatchedView(Host, input, _columns, MakeRowMapper);
    }

    /// <summary>Frees the native memory of the model. The transformer stays usable.</summary>
    public void Dispose()
    {
        Model.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <inheritdoc/>
    protected override IRowMapper MakeRowMapper(DataViewSchema schema) => new VectorRowMapper(Host, this, _columns, schema);

    /// <inheritdoc/>
    protected override void SaveModel(ModelSaveContext ctx)
    {
        Host.CheckValue(ctx, nameof(ctx));
        ctx.CheckAtModel();
        ctx.SetVersionInfo(_version);
        SaveContent(ctx);
    }

    private protected abstract void SaveContent(ModelSaveContext ctx);
}
