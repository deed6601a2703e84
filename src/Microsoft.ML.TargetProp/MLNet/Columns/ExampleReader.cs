using System.Globalization;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.TargetProp.Supervised;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.MLNet;

/// <summary>The rows of a data view that a network can learn from.</summary>
/// <param name="FeatureColumnName">The column of the features.</param>
/// <param name="LabelColumnName">The column of the labels.</param>
/// <param name="Features">Raw features, <c>[rows, columns]</c>, in the processor's memory. The dispose scope of the caller owns them.</param>
/// <param name="Labels">The class of every row, from 0, or its number.</param>
/// <param name="Weights">Example weights of mean 1; null when there is no weight column.</param>
internal sealed record ExampleTable(string FeatureColumnName, string LabelColumnName, Tensor Features, IReadOnlyList<float> Labels, IReadOnlyList<float>? Weights)
{
    public int Rows => Labels.Count;

    /// <summary>The features of a wide, sparse table, raw; <see cref="Features"/> then has no columns. Otherwise null.</summary>
    public SparseRows? Sparse { get; private init; }

    public int Columns => Sparse?.Columns ?? (int)Features.shape[1];

    /// <param name="feature">The column of the features.</param>
    /// <param name="label">The column of the labels.</param>
    /// <param name="features">The rows; empty afterwards.</param>
    /// <param name="labels">The class of every row, from 0, or its number.</param>
    /// <param name="weights">Example weights of mean 1; null when there is no weight column.</param>
    public static ExampleTable Of(string feature, string label, FeatureTable features, IReadOnlyList<float> labels, IReadOnlyList<float>? weights)
    {
        var (dense, sparse) = features.Move();
        return new(feature, label, dense ?? NoColumns(labels.Count), labels, weights) { Sparse = sparse };
    }

    /// <summary>The table with the zeros of its rows: itself, or a copy.</summary>
    /// <param name="host">The source of messages and exceptions.</param>
    /// <param name="reason">Why sparse rows do not do, a clause.</param>
    public ExampleTable ToDense(IHost host, string reason) =>
        Sparse is null ? this : this with { Features = DenseCopy.Of(host, Sparse, FeatureColumnName, reason), Sparse = null };

    /// <summary>The table without the zeros of its rows: itself, or a copy.</summary>
    public ExampleTable ToSparse() => Sparse is not null ? this : this with
    {
        Features = NoColumns(Rows),
        Sparse = new(Columns, [.. Enumerable.Range(0, Rows).Select(r =>
        {
            using var row = Features[r];
            return SparseRow.Of(TensorMemory.Floats(row));
        })]),
    };

    private static Tensor NoColumns(int rows) => empty(rows, 0, dtype: ScalarType.Float32, device: CPU);

    /// <summary>Copies the rows into two tables; this one stays as it is.</summary>
    /// <param name="fraction">The part to hold out; at least one row is held out, and never all of them.</param>
    /// <param name="seed">Chooses the rows.</param>
    public (ExampleTable Kept, ExampleTable HeldOut) Split(double fraction, int seed)
    {
        var (kept, heldOut) = RowTensors.HoldOut(Rows, fraction, seed);
        return (Select(kept), Select(heldOut));
    }

    /// <summary>The same rows with standardised labels, when the label is a number.</summary>
    public ExampleTable In(RegressionOutput? regression) => regression is null ? this : this with { Labels = [.. Labels.Select(regression.Scale.Standardize)] };

    /// <summary>
    /// Moves the rows to a device. The table cannot be used afterwards. A standardisation is applied here, in place; other encodings are applied to
    /// each batch.
    /// </summary>
    /// <param name="device">The device to train on.</param>
    /// <param name="output">Decides the type of the labels.</param>
    /// <param name="encodings">The encodings of the networks.</param>
    /// <param name="movesPictures">True when pictures are moved before they are encoded.</param>
    public Examples MoveTo(Device device, OutputKind output, IEnumerable<ColumnEncoding?> encodings, bool movesPictures)
    {
        using var scope = NewDisposeScope();
        var distinct = encodings.Distinct().ToArray();
        var labels = output == OutputKind.Softmax
            ? tensor(Labels.Select(l => (long)l).ToArray(), device: device)
            : tensor(Labels.ToArray(), device: device);
        var weights = Weights is null ? null : tensor(Weights.ToArray(), device: device).unsqueeze(1);
        if (Sparse is not null)
            return new(((SparseEncoding)distinct[0]!).Encode(Sparse), labels, weights);
        var areRaw = movesPictures || distinct is not [null or Standardization];
        if (!areRaw)
            (distinct[0] as Standardization)?.Apply(Features);
        // Codes of columns are made by the processor.
        var features = areRaw && !movesPictures ? Features : Features.MovedTo(device);
        return new(features, labels, weights) { AreRaw = areRaw };
    }

    private ExampleTable Select(int[] rows) => new(
        FeatureColumnName, LabelColumnName, Sparse is null ? RowTensors.Select(Features, rows) : NoColumns(rows.Length), Array.ConvertAll(rows, r => Labels[r]), Weights is { } weights ? Array.ConvertAll(rows, r => weights[r]) : null)
    {
        Sparse = Sparse?.Select(rows.AsSpan()),
    };
}

/// <summary>Reads the features, labels and weights of a data view, and refuses rows that a network cannot learn from.</summary>
internal static class ExampleReader
{
    private const string GapRemedy =
        "Fill them before this trainer, for example with mlContext.Transforms.ReplaceMissingValues, or drop the rows with mlContext.Data.FilterRowsByMissingValues. " +
        "The trainer itself accepts missing values where MissingValues is Encode and FeatureEncoding is not None.";

    /// <summary>Reads every row that has a label and does not have weight 0.</summary>
    /// <param name="host">The source of warnings, exceptions and cancellation.</param>
    /// <param name="data">The data with its feature, label and (optional) weight column.</param>
    /// <param name="role">The purpose of the rows, for messages: <c>training</c> or <c>validation</c>.</param>
    /// <param name="acceptsGaps">Whether a feature may be missing (NaN).</param>
    /// <exception cref="InvalidOperationException">The rows cannot be used; the message says why.</exception>
    public static ExampleTable Read(IHost host, RoleMappedData data, string role, bool acceptsGaps)
    {
        var (feature, label, weight) = (data.Schema.Feature!.Value, data.Schema.Label!.Value, data.Schema.Weight);
        var features = new FeatureTable(host, feature);
        var labels = new List<float>();
        var isNumber = label.Type is NumberDataViewType;
        var weights = weight is null ? null : new WeightReader(weight.Value.Name);
        var check = new VectorCheck(feature, acceptsGaps ? VectorCheck.FirstInfinite : VectorCheck.FirstNotFinite);
        var (row, unlabelled) = (0L, 0L);

        using var channel = host.Start("Reading " + role + " data");
        var columns = weight is null ? new[] { feature, label } : [feature, label, weight.Value];
        using (var cursor = data.Data.GetRowCursor(columns))
        {
            var getFeatures = cursor.GetGetter<VBuffer<float>>(feature);
            var getLabel = LabelGetter(cursor, label);
            var getWeight = weight is null ? null : cursor.GetGetter<float>(weight.Value);
            VBuffer<float> buffer = default;
            while (cursor.MoveNext())
            {
                host.CheckAlive();
                row++;
                var example = 0f;
                getWeight?.Invoke(ref example);
                var value = getLabel();
                if (!float.IsFinite(value))
                {
                    unlabelled++;
                    continue;
                }
                if (weights?.Add(example, row) == false)
                    continue;
                getFeatures(ref buffer);
                features.Add(in buffer, row, check);
                labels.Add(value);
            }
        }

        if (unlabelled > 0)
            channel.Warning(isNumber
                ? "{0} of {1} {2} rows have a missing (NaN) or infinite label in column '{3}' and were left out."
                : "{0} of {1} {2} rows have no label in column '{3}' and were left out.", unlabelled, row, role, label.Name);
        var scaled = weights?.Scaled(host, role);
        if (labels.Count == 0)
            throw host.Except(row == 0
                ? $"The {role} data has no rows (columns '{feature.Name}' and '{label.Name}'). Check the source and the filters before the trainer."
                : isNumber ? $"None of the {row} {role} rows has a label in column '{label.Name}' that is a number; all are missing (NaN) or infinite. Check the column and its source."
                : $"None of the {row} {role} rows has a label in column '{label.Name}'. A label counts as missing when MapValueToKey did not see its value during Fit. Check the column, and fit MapValueToKey on data with all labels.");
        if (acceptsGaps)
            check.Finish(host, row, role, "infinite values", VectorCheck.InfiniteRemedy);
        else
            check.Finish(host, row, role, "missing (NaN) or infinite values", GapRemedy);
        return ExampleTable.Of(feature.Name, label.Name, features, labels, scaled);
    }

    /// <summary>The class of a row, from 0, or its number; NaN when it is missing.</summary>
    private static Func<float> LabelGetter(DataViewRow cursor, DataViewSchema.Column label)
    {
        if (label.Type is NumberDataViewType)
        {
            var getNumber = cursor.GetGetter<float>(label);
            var number = 0f;
            return () =>
            {
                getNumber(ref number);
                return number;
            };
        }
        if (label.Type is BooleanDataViewType)
        {
            var getFlag = cursor.GetGetter<bool>(label);
            var flag = false;
            return () =>
            {
                getFlag(ref flag);
                return flag ? 1f : 0f;
            };
        }
        var getKey = cursor.GetGetter<uint>(label);
        var key = 0u;
        return () =>
        {
            getKey(ref key);
            return key == 0 ? float.NaN : key - 1;
        };
    }

    /// <summary>Collects and checks example weights.</summary>
    private sealed class WeightReader(string column)
    {
        private readonly List<float> _weights = [];
        private string? _firstBad;
        private double _sum;
        private long _zeros;

        /// <returns>False for a weight of 0. Such a row counts for nothing, and a mini-batch of them would have no mean loss.</returns>
        public bool Add(float weight, long row)
        {
            if (!float.IsFinite(weight) || weight < 0)
                _firstBad ??= string.Create(CultureInfo.InvariantCulture, $"row {row} holds {weight}");
            if (weight == 0)
            {
                _zeros++;
                return false;
            }
            _weights.Add(weight);
            _sum += weight;
            return true;
        }

        /// <summary>The weights scaled to mean 1: they say which rows matter more, and the learning rates keep their meaning.</summary>
        public List<float> Scaled(IHost host, string role)
        {
            if (_firstBad is not null)
                throw host.Except($"Weight column '{column}' has a weight that is not a number of 0 or more: {_firstBad} (rows count from 1). Give every {role} row a weight of 0 or more.");
            if (_zeros > 0 && _weights.Count == 0)
                throw host.Except($"Weight column '{column}' is 0 in all {_zeros} {role} rows, so no row is left to learn from. Give at least one row a positive weight, or do not name a weight column.");
            var scale = _weights.Count / _sum;
            return _weights.ConvertAll(w => (float)(w * scale));
        }
    }
}
