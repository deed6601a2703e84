using Microsoft.ML.Data;

namespace Microsoft.ML.TargetProp.Samples.Experiments.Measures;

/// <summary>Error, log-loss, precision and calibration of class probabilities on rows with known classes.</summary>
internal sealed record ClassifierScore
{
    // ML.NET's evaluator uses the same least probability for a class that the model holds to be impossible.
    private const double MinProbability = 1e-15;

    /// <summary>Part of the rows whose most probable class is wrong.</summary>
    public required double Error { get; init; }

    /// <summary>Error in which every class counts alike: 1 − mean recall.</summary>
    public required double BalancedError { get; init; }

    /// <summary>Mean of −ln(probability of the true class).</summary>
    public required double LogLoss { get; init; }

    /// <summary>
    /// Area under the precision-recall curve of the rarer of two classes; NaN with another number of classes. See <see cref="Measures.AveragePrecision"/>.
    /// </summary>
    public required double AveragePrecision { get; init; }

    /// <summary>The bins of a reliability diagram.</summary>
    public required IReadOnlyList<CalibrationBin> Bins { get; init; }

    /// <summary>Expected calibration error; see <see cref="Measures.CalibrationError"/>.</summary>
    public double CalibrationError => Measures.CalibrationError.Of(Bins);

    /// <summary>Measures scored rows with a key column Label and probabilities in Score, in the order of the keys.</summary>
    public static ClassifierScore Of(IDataView scored)
    {
        DataViewSchema.Column label = scored.Schema["Label"];
        DataViewSchema.Column score = scored.Schema["Score"];
        using DataViewRowCursor cursor = scored.GetRowCursor([label, score]);
        ValueGetter<uint> getLabel = cursor.GetGetter<uint>(label);
        ValueGetter<VBuffer<float>> getScore = cursor.GetGetter<VBuffer<float>>(score);
        Tally tally = new();
        VBuffer<float> probabilities = default;
        while (cursor.MoveNext())
        {
            uint key = 0;
            getLabel(ref key);
            getScore(ref probabilities);
            tally.Add((int)key - 1, [.. probabilities.DenseValues()]);
        }

        return tally.ToScore();
    }

    /// <summary>Measures class probabilities row by row.</summary>
    /// <param name="rows">The true class from 0, or −1 for a class that the model does not know, and the probabilities.</param>
    public static ClassifierScore Of(IEnumerable<(int Label, float[] Probabilities)> rows)
    {
        Tally tally = new();
        foreach ((int label, float[] probabilities) in rows)
        {
            tally.Add(label, probabilities);
        }

        return tally.ToScore();
    }

    private sealed class Tally
    {
        private readonly List<float> _confidences = [];
        private readonly List<bool> _correct = [];
        private readonly Dictionary<int, (int Rows, int Hits)> _classes = [];
        private readonly List<(int Label, float Second)> _pairs = [];
        private double _loss;

        public void Add(int label, float[] probabilities)
        {
            int answer = Array.IndexOf(probabilities, probabilities.Max());
            bool right = answer == label;
            _confidences.Add(probabilities[answer]);
            _correct.Add(right);
            (int rows, int hits) = _classes.GetValueOrDefault(label);
            _classes[label] = (rows + 1, hits + (right ? 1 : 0));
            if (probabilities.Length == 2)
            {
                _pairs.Add((label, probabilities[1]));
            }

            double probability = label >= 0 ? probabilities[label] : 0;
            _loss -= Math.Log(Math.Max(probability, MinProbability));
        }

        public ClassifierScore ToScore() => new()
        {
            Error = _correct.Count(right => !right) / (double)_correct.Count,
            BalancedError = 1 - _classes.Values.Average(c => (double)c.Hits / c.Rows),
            LogLoss = _loss / _correct.Count,
            AveragePrecision = RarerClass(),
            Bins = Measures.CalibrationError.Bins([.. _confidences], [.. _correct]),
        };

        private double RarerClass()
        {
            if (_pairs.Count < _correct.Count)
            {
                return double.NaN;
            }

            int rare = 2 * _pairs.Count(p => p.Label == 1) <= _pairs.Count ? 1 : 0;
            return Measures.AveragePrecision.Of(_pairs.Select(p => (p.Label == rare, rare == 1 ? p.Second : -p.Second)));
        }
    }
}
