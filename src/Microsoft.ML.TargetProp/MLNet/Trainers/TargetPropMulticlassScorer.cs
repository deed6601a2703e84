using Microsoft.ML.Data;
using Microsoft.ML.Internal.Utilities;
using Microsoft.ML.Runtime;
using Microsoft.ML.TargetProp.Supervised;
using Newtonsoft.Json.Linq;

namespace Microsoft.ML.TargetProp.MLNet;

/// <summary>
/// Adds Score and PredictedLabel with the schema and annotations of ML.NET's own multiclass scorer, but computes them for batches of rows. The
/// single rows of a prediction engine take ML.NET's row-to-row path, which ends in a <see cref="RowScorer"/>.
/// </summary>
internal sealed class TargetPropMulticlassScorer : PredictedLabelScorerBase
{
    private const string RegistrationName = "TargetPropMulticlassScorer";

    private readonly TargetPropMulticlassModelParameters _model;

    public TargetPropMulticlassScorer(
        IHostEnvironment env, ScorerArguments arguments, IDataView data, ISchemaBoundMapper mapper, RoleMappedSchema trainSchema, TargetPropMulticlassModelParameters model)
        : base(arguments, env, data, WithClassNames(env, mapper, trainSchema), trainSchema, RegistrationName,
            AnnotationUtils.Const.ScoreColumnKind.MulticlassClassification, AnnotationUtils.Const.ScoreValueKind.Score, IsScore, PredictedLabelType)
    {
        _model = model;
    }

    private TargetPropMulticlassScorer(IHostEnvironment env, TargetPropMulticlassScorer scorer, IDataView newSource)
        : base(env, scorer, newSource, RegistrationName)
    {
        _model = scorer._model;
    }

    /// <summary>Not supported: ML.NET stores the transformer, which creates its scorer again.</summary>
    protected override void SaveCore(ModelSaveContext ctx) =>
        throw Host.ExceptNotSupp($"Scored data cannot be saved as a model. Save the {nameof(TargetPropMulticlassTransformer)} with mlContext.Model.Save.");

    protected override IDataTransform ApplyToDataCore(IHostEnvironment env, IDataView newSource)
    {
        // ML.NET checks this too, but its message does not name the column.
        var feature = Bindings.RowMapper.InputRoleMappedSchema.Feature!.Value;
        if (newSource.Schema.GetColumnOrNull(feature.Name) is { } found && (found.Type.GetItemType() != feature.Type.GetItemType() || found.Type.GetVectorSize() != feature.Type.GetVectorSize()))
            throw Host.ExceptSchemaMismatch(nameof(newSource), "feature", feature.Name, feature.Type.ToString(), found.Type.ToString());
        return new TargetPropMulticlassScorer(env, this, newSource);
    }

    /// <summary>One batch keeps every core busy, so parallel cursors would only wait for each other.</summary>
    protected override bool WantParallelCursors(Func<int, bool> predicate) => false;

    protected override DataViewRowCursor GetRowCursorCore(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        var columns = columnsNeeded.ToArray();
        if (!LookaheadCursor.AreAdded(columns, Bindings.MapColumnIndex))
            return base.GetRowCursorCore(columns, rand);
        return Lookahead(Source.GetRowCursor(GetDependenciesCore(columns), rand), columns);
    }

    public override DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null)
    {
        var columns = columnsNeeded.ToArray();
        if (!LookaheadCursor.AreAdded(columns, Bindings.MapColumnIndex))
            return base.GetRowCursorSet(columns, n, rand);
        return Array.ConvertAll(Source.GetRowCursorSet(GetDependenciesCore(columns), n, rand), c => Lookahead(c, columns));
    }

    protected override Delegate GetPredictedLabelGetter(DataViewRow output, out Delegate scoreGetter)
    {
        var getScore = output.GetGetter<VBuffer<float>>(Bindings.RowMapper.OutputSchema[Bindings.ScoreColumnIndex]);
        var position = -1L;
        VBuffer<float> score = default;
        void Refresh()
        {
            if (position == output.Position && position >= 0)
                return;
            getScore(ref score);
            position = output.Position;
        }
        ValueGetter<VBuffer<float>> scores = (ref VBuffer<float> value) =>
        {
            Refresh();
            score.CopyTo(ref value);
        };
        ValueGetter<uint> label = (ref uint value) =>
        {
            Refresh();
            value = PredictedLabel(score.GetValues());
        };
        scoreGetter = scores;
        return label;
    }

    /// <summary>Never called, because the model does not offer export to PFA.</summary>
    protected override JToken PredictedLabelPfa(string[] mapperOutputs) => throw Host.ExceptNotSupp("Export to PFA is not supported.");

    /// <summary>The key of the largest score, from 1; 0, the missing key, when the scores are NaN.</summary>
    private static uint PredictedLabel(ReadOnlySpan<float> scores) => (uint)(MathUtils.ArgMax(scores) + 1);

    private LookaheadCursor Lookahead(DataViewRowCursor input, DataViewSchema.Column[] columns)
    {
        var feature = Bindings.RowMapper.InputRoleMappedSchema.Feature!.Value;
        var capacity = LookaheadCursor.CapacityFor(_model.FeatureCount);
        return LookaheadCursor.Open(Host, OutputSchema, input, capacity, columns, Bindings.MapColumnIndex,
            () => new BatchMapper(new(Host, input, feature, _model.Classifier, capacity), Bindings.DerivedColumnCount));
    }

    /// <summary>Adds the key values of the training label to the score column, as slot names and as training label values.</summary>
    private static ISchemaBoundMapper WithClassNames(IHostEnvironment env, ISchemaBoundMapper mapper, RoleMappedSchema trainSchema)
    {
        var keyValues = trainSchema.Label?.Annotations.Schema.GetColumnOrNull(AnnotationUtils.Kinds.KeyValues)?.Type as VectorDataViewType;
        return keyValues is null
            ? mapper
            : Internal.Utilities.Utils.MarshalInvoke(MulticlassClassificationScorer.WrapCore<int>, keyValues.ItemType.RawType, env, mapper, trainSchema);
    }

    private static bool IsScore(DataViewType type) =>
        type is VectorDataViewType { IsKnownSize: true } vector && vector.ItemType == NumberDataViewType.Single;

    private static KeyDataViewType PredictedLabelType(DataViewType scoreType, ISchemaBoundRowMapper mapper) =>
        new(typeof(uint), scoreType.GetVectorSize());

    /// <summary>The scorer has no arguments beyond those of every ML.NET scorer.</summary>
    internal sealed class ScorerArguments : ScorerArgumentsBase;

    private sealed class BatchMapper(ScoredBatch batch, int derivedColumns) : IBatchMapper
    {
        public void Read(int slot) => batch.Read(slot);

        public void Compute(int rows) => batch.Compute(rows);

        public Delegate Getter(int column, Func<int> slot) => column < derivedColumns
            ? (ValueGetter<uint>)((ref uint label) => label = PredictedLabel(batch.Scores(slot())))
            : VectorColumn.Getter(() => batch.Scores(slot()));

        public void Dispose() => batch.Dispose();
    }
}
