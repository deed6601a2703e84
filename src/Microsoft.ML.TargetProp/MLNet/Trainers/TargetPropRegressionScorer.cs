using System.Globalization;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.TargetProp.Supervised;

namespace Microsoft.ML.TargetProp.MLNet;

/// <summary>
/// The columns that a regression adds to the rows of a schema: Score, annotated as ML.NET's own regressions do, and Quantiles. It computes single
/// rows; <see cref="TargetPropRegressionScorer"/> computes batches.
/// </summary>
internal sealed class RegressionColumns : ISchemaBoundRowMapper
{
    /// <summary>The name of the column of quantiles.</summary>
    public const string Quantiles = "Quantiles";

    private readonly IHost _host;
    private readonly TargetPropRegressionModelParameters _model;

    /// <exception cref="ArgumentOutOfRangeException">The feature column does not fit the model.</exception>
    public RegressionColumns(IHost host, TargetPropRegressionModelParameters model, RoleMappedSchema schema)
    {
        _host = host;
        _model = model;
        InputRoleMappedSchema = schema;
        DataViewType expected = new VectorDataViewType(NumberDataViewType.Single, model.FeatureCount);
        if (!Feature.Type.Equals(expected))
            throw host.ExceptSchemaMismatch(nameof(schema), "feature", Feature.Name, expected.ToString(), Feature.Type.ToString());
        OutputSchema = Columns();
    }

    public RoleMappedSchema InputRoleMappedSchema { get; }

    public DataViewSchema InputSchema => InputRoleMappedSchema.Schema;

    public DataViewSchema OutputSchema { get; }

    public ISchemaBindableMapper Bindable => _model;

    public DataViewSchema.Column Feature => InputRoleMappedSchema.Feature!.Value;

    public IEnumerable<KeyValuePair<RoleMappedSchema.ColumnRole, string>> GetInputColumnRoles() => [RoleMappedSchema.ColumnRole.Feature.Bind(Feature.Name)];

    public IEnumerable<DataViewSchema.Column> GetDependenciesForNewColumns(IEnumerable<DataViewSchema.Column> dependingColumns) => dependingColumns.Any() ? [Feature] : [];

    public DataViewRow GetRow(DataViewRow input, IEnumerable<DataViewSchema.Column> activeColumns)
    {
        var getters = new Delegate[OutputSchema.Count];
        int[] active = [.. activeColumns.Select(c => c.Index)];
        if (active.Length == 0)
            return new SimpleRow(OutputSchema, input, getters);
        var getFeatures = input.GetGetter<VBuffer<float>>(input.Schema[Feature.Index]);
        var scorer = new RowScorer(_model.Classifier.Members);
        var outputs = new float[_model.Output.Units];
        var position = -1L;
        VBuffer<float> features = default;
        ReadOnlySpan<float> Outputs()
        {
            if (position == input.Position && position >= 0)
                return outputs;
            getFeatures(ref features);
            VectorColumn.CheckLength(_host, in features, _model.FeatureCount, Feature.Name);
            _model.Predict(scorer, in features, outputs);
            position = input.Position;
            return outputs;
        }
        foreach (var column in active)
            getters[column] = Getter(column, Outputs);
        return new SimpleRow(OutputSchema, input, getters);
    }

    /// <summary>A getter of an added column.</summary>
    /// <param name="column">0 for Score, 1 for Quantiles.</param>
    /// <param name="current">Returns the prediction and the quantiles of the current row.</param>
    public static Delegate Getter(int column, Func<ReadOnlySpan<float>> current) => column == 0
        ? (ValueGetter<float>)((ref float score) => score = current()[0])
        : VectorColumn.Getter(() => current()[1..]);

    private DataViewSchema Columns()
    {
        var schema = new DataViewSchema.Builder();
        var score = ScoreSchemaFactory.Create(NumberDataViewType.Single, AnnotationUtils.Const.ScoreColumnKind.Regression)[0];
        schema.AddColumn(score.Name, score.Type, score.Annotations);
        if (_model.Quantiles.Count > 0)
        {
            // ML.NET's quantile regressions name their slots in the same way.
            var kinds = ScoreSchemaFactory.Create(NumberDataViewType.Single, AnnotationUtils.Const.ScoreColumnKind.QuantileRegression)[0].Annotations;
            ReadOnlyMemory<char>[] names = [.. _model.Quantiles.Select(q => string.Create(CultureInfo.InvariantCulture, $"Quantile-{q}").AsMemory())];
            var annotations = new DataViewSchema.Annotations.Builder();
            annotations.AddSlotNames(names.Length, (ref VBuffer<ReadOnlyMemory<char>> value) => value = new(names.Length, [.. names]));
            annotations.Add(kinds, _ => true);
            schema.AddColumn(Quantiles, new VectorDataViewType(NumberDataViewType.Single, names.Length), annotations.ToAnnotations());
        }
        return schema.ToSchema();
    }
}

/// <summary>Adds the columns of a regression to a view, computed for batches of rows. Single rows take <see cref="RegressionColumns"/>.</summary>
internal sealed class TargetPropRegressionScorer : RowToRowScorerBase
{
    private const string RegistrationName = "TargetPropRegressionScorer";

    private readonly TargetPropRegressionModelParameters _model;
    private readonly Bindings _bindings;

    public TargetPropRegressionScorer(IHostEnvironment env, IDataView data, RegressionColumns columns, TargetPropRegressionModelParameters model)
        : base(env, data, RegistrationName, model)
    {
        _model = model;
        _bindings = new(data.Schema, columns);
        OutputSchema = _bindings.AsSchema;
    }

    public override DataViewSchema OutputSchema { get; }

    protected override BindingsBase GetBindings() => _bindings;

    /// <summary>Not supported: ML.NET stores the transformer, which creates its scorer again.</summary>
    protected override void SaveCore(ModelSaveContext ctx) =>
        throw Host.ExceptNotSupp($"Scored data cannot be saved as a model. Save the {nameof(TargetPropRegressionTransformer)} with mlContext.Model.Save.");

    protected override IDataTransform ApplyToDataCore(IHostEnvironment env, IDataView newSource)
    {
        var roles = _bindings.RowMapper.GetInputColumnRoles();
        return new TargetPropRegressionScorer(env, newSource, new RegressionColumns(Host, _model, new RoleMappedSchema(newSource.Schema, roles)), _model);
    }

    /// <summary>One batch keeps every core busy, so parallel cursors would only wait for each other.</summary>
    protected override bool WantParallelCursors(Func<int, bool> predicate) => false;

    protected override DataViewRowCursor GetRowCursorCore(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        var columns = columnsNeeded.ToArray();
        if (!LookaheadCursor.AreAdded(columns, _bindings.MapColumnIndex))
            return base.GetRowCursorCore(columns, rand);
        return Lookahead(Source.GetRowCursor(GetDependenciesCore(columns), rand), columns);
    }

    public override DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null)
    {
        var columns = columnsNeeded.ToArray();
        if (!LookaheadCursor.AreAdded(columns, _bindings.MapColumnIndex))
            return base.GetRowCursorSet(columns, n, rand);
        return Array.ConvertAll(Source.GetRowCursorSet(GetDependenciesCore(columns), n, rand), c => Lookahead(c, columns));
    }

    protected override Delegate[] GetGetters(DataViewRow output, Func<int, bool> predicate) => GetGettersFromRow(output, predicate);

    private LookaheadCursor Lookahead(DataViewRowCursor input, DataViewSchema.Column[] columns)
    {
        var feature = _bindings.RowMapper.InputRoleMappedSchema.Feature!.Value;
        var capacity = LookaheadCursor.CapacityFor(_model.FeatureCount);
        return LookaheadCursor.Open(Host, OutputSchema, input, capacity, columns, _bindings.MapColumnIndex,
            () => new BatchMapper(new(Host, input, feature, _model.Classifier, capacity), _model.Output));
    }

    private sealed class Bindings(DataViewSchema input, RegressionColumns columns) : BindingsBase(input, columns, suffix: "", user: false)
    {
        public override void SaveModel(ModelSaveContext ctx) => throw Contracts.ExceptNotSupp();
    }

    private sealed class BatchMapper(ScoredBatch batch, RegressionOutput output) : IBatchMapper
    {
        private readonly float[] _outputs = new float[batch.Capacity * output.Units];

        public void Read(int slot) => batch.Read(slot);

        public void Compute(int rows)
        {
            batch.Compute(rows);
            for (var row = 0; row < rows; row++)
            {
                batch.Scores(row).CopyTo(Outputs(row));
                output.Finish(Outputs(row));
            }
        }

        public Delegate Getter(int column, Func<int> slot) => RegressionColumns.Getter(column, () => Outputs(slot()));

        public void Dispose() => batch.Dispose();

        private Span<float> Outputs(int row) => _outputs.AsSpan(row * output.Units, output.Units);
    }
}
