using Microsoft.ML.Runtime;
using Microsoft.ML.TargetProp.Generative;
using Microsoft.ML.TargetProp.MLNet;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp;

/// <summary>
/// A deep generative model of vectors, p(x, h) = p(x | h_1) p(h_1 | h_2) … p(h_M), with its inference maps: what a
/// <see cref="TargetPropInpaintingEstimator"/> learns. Rows go in and come out in the units of the data;
/// <see cref="float.NaN"/> stands for an entry that is missing, and a row may be missing altogether.
/// </summary>
/// <remarks>Several threads may use one model. Native memory is taken at the first call and given back by <see cref="Dispose"/>.</remarks>
public sealed class TargetPropGenerativeModel : IDisposable
{
    private static readonly ModelStream Stream = new("GenerativeModel", "TPGENMOD", version: 1);

    private const int Refinements = 3;

    private static readonly double[] WindowWidths = [.. Enumerable.Range(0, 15).Select(i => 0.05 * Math.Pow(20, i / 14.0))];

    private readonly SharedDeviceModel<GenerativeModel> _live;

    internal TargetPropGenerativeModel(IHost host, GenerativeSnapshot snapshot, TargetPropGenerativeTrainingSummary summary)
    {
        Snapshot = snapshot;
        TrainingSummary = summary;
        _live = new(host, device => new(snapshot, device));
    }

    /// <summary>Length of the vectors.</summary>
    public int SlotCount => Snapshot.Shape.VisibleUnits;

    /// <summary>What the numbers of each slot are.</summary>
    public IReadOnlyList<TargetPropVisibleUnits> VisibleUnits => Snapshot.Shape.Visible;

    /// <summary>Units of the hidden layers, from the vector up; the last one is the code.</summary>
    public IReadOnlyList<int> HiddenUnits => Snapshot.Shape.HiddenUnits;

    /// <summary>Activation of the hidden units.</summary>
    public TargetPropActivation Activation => Snapshot.Shape.Activation;

    /// <summary>How the model was trained.</summary>
    public TargetPropGenerativeTrainingSummary TrainingSummary { get; }

    internal GenerativeSnapshot Snapshot { get; }

    /// <summary>New vectors: a code is drawn from its prior and generated downwards, then inferred and generated again a few times.</summary>
    /// <param name="count">How many, at least 1.</param>
    /// <param name="seed">The same seed gives the same vectors.</param>
    /// <param name="refinements">How often a drawn vector is inferred and generated again, 0 or more; default 3.</param>
    /// <returns><paramref name="count"/> vectors.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An argument is out of range.</exception>
    public float[][] Sample(int count, int seed = 0, int refinements = Refinements)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(refinements);
        return Use(model => RowTensors.ToRows(model.Sample(count, seed, refinements)));
    }

    /// <summary>What the code of a row says of it: inferred, then generated all the way down. Also fills gaps, in one pass.</summary>
    /// <param name="rows">Rows of <see cref="SlotCount"/> numbers, NaN where missing.</param>
    /// <exception cref="ArgumentException">There are no rows, or one has another length or an infinite entry.</exception>
    public float[][] Reconstruct(IReadOnlyList<float[]> rows) => Map(rows, (model, visible) => model.Reconstruct(visible));

    /// <summary>What the lowest hidden layer says of a row, after inference has made it agree with the row and with the layers above.</summary>
    /// <inheritdoc cref="Reconstruct"/>
    public float[][] Denoise(IReadOnlyList<float[]> rows) => Map(rows, (model, visible) => model.Denoise(visible));

    /// <summary>The code of every row: h_M after inference, as many numbers as the last of <see cref="HiddenUnits"/>.</summary>
    /// <inheritdoc cref="Reconstruct"/>
    public float[][] Infer(IReadOnlyList<float[]> rows) => Map(rows, (model, visible) => model.Infer(visible));

    /// <summary>Rows with their missing entries filled in; the observed ones stay as they are, bit for bit.</summary>
    /// <param name="rows">Rows of <see cref="SlotCount"/> numbers, NaN where missing.</param>
    /// <param name="output">What to fill with.</param>
    /// <param name="seed">Of the samples: every seed gives other ones.</param>
    /// <param name="rounds">How often inference and refilling alternate, 1 to 100; default 10.</param>
    /// <exception cref="ArgumentException">There are no rows, or one has another length or an infinite entry.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="rounds"/> is out of range.</exception>
    public float[][] Complete(
        IReadOnlyList<float[]> rows, TargetPropInpaintingOutput output = TargetPropInpaintingOutput.ExpectedValue, int seed = 0, int rounds = 10) =>
        Complete(rows, output, seed, rounds, null);

    /// <summary>How a completion comes about, to look at: the rows at its start, after every round, and completed.</summary>
    /// <remarks>
    /// Samples start as noise: every missing entry is drawn by itself. With maps of the model's own for completing (see the option
    /// <c>Completion.MaxEpochs</c>), some of the draws stay in every round, and the others are drawn again, now that more is known. Without, every round infers a
    /// code and refills all that is missing from it. Expected values start at the mean, of each entry or given what is observed.
    /// </remarks>
    /// <returns>
    /// First the start, then the rows after each round: <paramref name="rounds"/> + 1 sets of rows, or fewer, where expected values take fewer rounds.
    /// The last is what <see cref="Complete(IReadOnlyList{float[]}, TargetPropInpaintingOutput, int, int)"/> returns for the same arguments. Observed entries
    /// are the same in all, bit for bit.
    /// </returns>
    /// <inheritdoc cref="Complete(IReadOnlyList{float[]}, TargetPropInpaintingOutput, int, int)"/>
    public IReadOnlyList<float[][]> CompletionSteps(
        IReadOnlyList<float[]> rows, TargetPropInpaintingOutput output = TargetPropInpaintingOutput.ExpectedValue, int seed = 0, int rounds = 10)
    {
        var steps = new List<float[][]>();
        Complete(rows, output, seed, rounds, step => steps.Add(RowTensors.ToRows(step)));
        return steps;
    }

    /// <summary>J of every row and its terms, over the observed entries.</summary>
    /// <inheritdoc cref="Reconstruct"/>
    public TargetPropObjective[] Objective(IReadOnlyList<float[]> rows) => Use(model =>
    {
        using var visible = RowTensors.From(rows, SlotCount, model.Network.Device, nameof(rows));
        var terms = model.Objective(visible);
        var (total, prior, generation, inference) = (terms.Total.ToDoubles(), terms.Prior.ToDoubles(), terms.Generation.ToDoubles(), terms.Inference.ToDoubles());
        var layers = Snapshot.Shape.Top;
        return Enumerable.Range(0, rows.Count).Select(r => new TargetPropObjective(
            total[r], prior[r], generation[(r * layers)..((r + 1) * layers)], inference[(r * layers)..((r + 1) * layers)])).ToArray();
    });

    /// <summary>J, averaged over the rows, after the first pass of inference and after each of its iterations: on average it climbs.</summary>
    /// <returns>As many numbers as inference has iterations, and one; the last is the average of <see cref="Objective"/>.</returns>
    /// <inheritdoc cref="Reconstruct"/>
    public IReadOnlyList<double> ObjectiveByIteration(IReadOnlyList<float[]> rows) => Use(model =>
    {
        using var visible = RowTensors.From(rows, SlotCount, model.Network.Device, nameof(rows));
        return model.ObjectiveByIteration(visible);
    });

    /// <summary>
    /// The log-likelihood of rows under equal Gaussians around samples of the model: the field's way to compare models whose own likelihood is
    /// out of reach, and a poor measure alone.
    /// </summary>
    /// <param name="rows">Rows to judge by, without gaps; neither trained nor validated on.</param>
    /// <param name="validationRows">Other rows without gaps: the width of the Gaussians is chosen on them, among 15 from 0.05 to 1.</param>
    /// <param name="sampleCount">Samples to draw, at least 1; default 10,000, as published figures have it.</param>
    /// <param name="seed">Of the samples.</param>
    /// <exception cref="ArgumentException">There are no rows, or one has another length, a gap, or an infinite entry.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="sampleCount"/> is below 1.</exception>
    internal TargetPropLogLikelihood LogLikelihoodEstimate(
        IReadOnlyList<float[]> rows, IReadOnlyList<float[]> validationRows, int sampleCount = 10_000, int seed = 0)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(sampleCount, 1);
        return Use(model =>
        {
            var (test, validation) = (WithoutGaps(model, rows, nameof(rows)), WithoutGaps(model, validationRows, nameof(validationRows)));
            var samples = ToModel(model, model.Sample(sampleCount, seed, Refinements));
            var deviation = ParzenWindow.ChooseDeviation(samples, validation, WindowWidths);
            var logs = ParzenWindow.LogLikelihood(samples, test, deviation).ToDoubles();
            var mean = logs.Average();
            return new TargetPropLogLikelihood(mean, Math.Sqrt(logs.Sum(l => (l - mean) * (l - mean)) / (logs.Length - 1) / logs.Length), deviation);
        });
    }

    /// <summary>Gives back native memory. The model stays usable.</summary>
    public void Dispose() => _live.Release();

    /// <summary>The model on its device, for as long as the lease is not disposed.</summary>
    internal SharedDeviceModel<GenerativeModel>.Lease Take() => _live.Take();

    // *** Binary format *** (stream "GenerativeModel", inside an ArchiveContainer)
    // GenerativeArchive, GenerativeSummaryArchive

    internal void Save(ModelSaveContext context) => Stream.Save(context, writer =>
    {
        GenerativeArchive.Write(writer.BaseStream, Snapshot);
        GenerativeSummaryArchive.Write(writer, TrainingSummary);
    });

    /// <exception cref="FormatException">The archive is damaged, truncated, or from a later version.</exception>
    internal static TargetPropGenerativeModel Load(IHost host, ModelLoadContext context) => Stream.Load(host, context, reader =>
        new TargetPropGenerativeModel(host, GenerativeArchive.Read(reader.BaseStream), GenerativeSummaryArchive.Read(host, reader)));

    private float[][] Complete(IReadOnlyList<float[]> rows, TargetPropInpaintingOutput output, int seed, int rounds, Action<Tensor>? onStep)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rounds, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(rounds, CompletionSettings.MostRounds);
        var settings = new CompletionSettings { Output = output, Rounds = rounds, Seed = seed };
        return Map(rows, (model, visible) =>
            IterativeCompletion.Run(model.Network, model.Snapshot, visible, settings, [.. Enumerable.Range(0, rows.Count).Select(r => (long)r)], onStep).Values);
    }

    private float[][] Map(IReadOnlyList<float[]> rows, Func<GenerativeModel, Tensor, Tensor> map) => Use(model =>
    {
        using var visible = RowTensors.From(rows, SlotCount, model.Network.Device, nameof(rows));
        return RowTensors.ToRows(map(model, visible));
    });

    private Tensor WithoutGaps(GenerativeModel model, IReadOnlyList<float[]> rows, string parameter)
    {
        var visible = RowTensors.From(rows, SlotCount, model.Network.Device, parameter);
        if (visible.isnan().any().ToBoolean())
            throw new ArgumentException("A row has a missing entry (NaN): complete the rows first, or leave it out.", parameter);
        return ToModel(model, visible);
    }

    private static Tensor ToModel(GenerativeModel model, Tensor visible) => model.Snapshot.Visible.ToModel(visible, visible.isnan());

    private T Use<T>(Func<GenerativeModel, T> use)
    {
        using var guard = no_grad();
        using var scope = NewDisposeScope();
        using var lease = Take();
        return use(lease.Value);
    }
}
