using System.Globalization;
using Microsoft.ML.Data;
using Microsoft.ML.TargetProp.Benchmarks.Harness;
using Microsoft.ML.TargetProp.Samples.Experiments.Data;
using Microsoft.ML.TargetProp.Samples.Experiments.Measures;
using Microsoft.ML.TargetProp.Samples.Experiments.Reporting;
using Peer = Microsoft.ML.TargetProp.Samples.Experiments.Studies.Contender;

namespace Microsoft.ML.TargetProp.Benchmarks.Measurements;

/// <summary>Compares the default trainer with ML.NET's trainers on the same digits: time, error and log-loss.</summary>
internal sealed class PeersMeasurement : IMeasurement
{
    public string Name => "peers";

    public Findings Run(BenchmarkContext context)
    {
        StudyDigits digits = StudyDigits.Load(context.Data, validate: false, context.Quick);
        MLContext mlContext = new(seed: 1);
        IDataView train = digits.Train.ToDataView(mlContext);
        IDataView test = digits.Test.ToDataView(mlContext);
        Peer[] peers =
        [
            Peer.TargetProp("TargetPropClassifier", () => new TargetPropMulticlassTrainer.Options()),
            Peer.LightGbm, Peer.Lbfgs(normalized: false), Peer.Sdca(normalized: false),
        ];
        MarkdownTable table = new("trainer, default options", "error", "log-loss", "training, s", "scoring, µs per row", "our training / its training");
        List<Figure> figures = [];
        double ours = 0;
        foreach (Peer peer in peers)
        {
            context.Progress(peer.Name);
            TransformerChain<ITransformer> model = null!;
            double training = Clock.Time(() => model = mlContext.Transforms.Conversion.MapValueToKey("Label").Append(peer.Create(mlContext, null)).Fit(train));
            ClassifierScore score = null!;
            double scoring = Clock.Time(() => score = ClassifierScore.Of(model.Transform(test)));
            ours = ours == 0 ? training : ours;
            table.Add(
                peer.Name,
                (100 * score.Error).ToString("0.00", CultureInfo.InvariantCulture) + " %",
                score.LogLoss.ToString("0.000", CultureInfo.InvariantCulture),
                training.ToString("0.0", CultureInfo.InvariantCulture),
                (scoring / digits.Test.Count * 1e6).ToString("0", CultureInfo.InvariantCulture),
                (ours / training).ToString("0.00", CultureInfo.InvariantCulture));
            string name = peer.Name.Replace("MaximumEntropy", "", StringComparison.Ordinal).Replace("Classifier", "", StringComparison.Ordinal).ToLowerInvariant();
            figures.Add(new Figure($"error-{name}", score.Error));
            figures.Add(new Figure($"seconds-{name}", training));
        }

        return new Findings
        {
            Title = "Comparison with ML.NET's trainers",
            Text = string.Create(
                CultureInfo.InvariantCulture,
                $"{digits.Name}, pixels from 0 to 1, {digits.Train.Count:N0} training rows and {digits.Test.Count:N0} test rows, default options. Each trainer runs once, because some take minutes. Scoring includes reading the rows and computing the metrics."),
            Tables = [table],
            Figures = figures,
        };
    }
}
