using Microsoft.ML.Runtime;
using Microsoft.ML.TargetProp.Generative;
using Microsoft.ML.TargetProp.MLNet;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp;

/// <summary>
/// A deep generative model of vectors, p(x, h) = p(x | h_1) p(h_1 | h_2) … p(h_M), with its inference maps, trained by a
/// <see cref="TargetPropInpaintingEstimator"/>. Rows go in and come out in the units of the data. <see cref="float.NaN"/> stands for a missing
/// entry. All entries of a row may be missing.
/// </summary>
/// <remarks>Several threads may use one model. The first call takes native memory; <see cref="Dispose"/> gives it back.</remarks>
public sealed class TargetPropGenerativeModel : IDisposable
{
    private static readonly ModelStream Stream = new("GenerativeModel", "TPGENMOD", version: 1);

    private const int Refinements = 3;

    private readonly SharedDeviceModel<GenerativeModel> _shared;

    internal TargetPropGenerativeModel(IHost host, GenerativeSnapshot snapshot, TargetPropGenerativeTrainingSummary summary)
    {
        Snapshot = snapshot;
        TrainingSummary = summary;
        _shared = new(host, device => new(snapshot, device));
    }

    /// <summary>Length of the vectors.</summary>
    public int SlotCount => Snapshot.Shape.VisibleUnits;

    /// <summary>The kind of every slot.</summary>
    public IReadOnlyList<TargetPropVisibleUnits> VisibleUnits => Snapshot.Shape.Visible;

    /// <summary>Units of the hidden layers, from the vector up. The last layer is the code.</summary>
    public IReadOnlyList<int> HiddenUnits => Snapshot.Shape.HiddenUnits;

    /// <summary>Activation of the hidden units.</summary>
    public TargetPropActivation Activation => Snapshot.Shape.Activation;

    /// <summary>Summary of the training.</summary>
    public TargetPropGenerativeTrainingSummary TrainingSummary { get; }

    internal GenerativeSnapshot Snapshot { get; }

    /// <summary>Draws new vectors: draws a code from the prior, generates a vector from it, then infers and generates again a few times.</summary>
    /// <param name="count">Number of vectors, at least 1.</param>
    /// <param name="seed">The same seed gives the same vectors.</param>
    /// <param name="refinements">Number of times that a vector is inferred and generated again, 0 or more; default 3.</param>
    /// <returns><paramref name="count"/> vectors.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An argument is out of range.</exception>
    public float[][] Sample(int count, int seed = 0, int refinements = Refinements)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(refinements);
        return Use(model => RowTensors.ToRows(model.Sample(count, seed, refinements)));
    }

    /// <summary>Infers the code of every row and generates a row from the code. This also fills gaps, in one pass.</summary>
    /// <param name="rows">Rows of <see cref="SlotCount"/> numbers, NaN where missing.</param>
    /// <exception cref="ArgumentException">There are no rows, or one has another length or an infinite entry.</exception>
    public float[][] Reconstruct(IReadOnlyList<float[]> rows) => Map(rows, (model, visible) => model.Reconstruct(visible));

    /// <summary>Generates every row from the lowest hidden layer after inference, which makes that layer agree with the row and with the layers above.</summary>
    /// <inheritdoc cref="Reconstruct"/>
    public float[][] Denoise(IReadOnlyList<float[]> rows) => Map(rows, (model, visible) => model.Denoise(visible));

    /// <summary>The code of every row: the last hidden layer after inference, as many numbers as the last of <see cref="HiddenUnits"/>.</summary>
    /// <inheritdoc cref="Reconstruct"/>
    public float[][] Infer(IReadOnlyList<float[]> rows) => Map(rows, (model, visible) => model.Infer(visible));

    /// <summary>Fills the missing entries of rows. Observed entries stay as they are, bit for bit.</summary>
    /// <param name="rows">Rows of <see cref="SlotCount"/> numbers, NaN where missing.</param>
    /// <param name="output">The value that fills a missing entry.</param>
    /// <param name="seed">Seed of the samples.</param>
    /// <param name="rounds">Number of times that inference and refilling alternate, 1 to 100; default 10.</param>
    /// <exception cref="ArgumentException">There are no rows, or one has another length or an infinite entry.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="rounds"/> is out of range.</exception>
    public float[][] Complete(
        IReadOnlyList<float[]> rows, TargetPropInpaintingOutput output = TargetPropInpaintingOutput.ExpectedValue, int seed = 0, int rounds = 10) =>
        Complete(rows, output, seed, rounds, null);

    /// <summary>The intermediate rows of a completion: the rows at the start, after every round, and at the end.</summary>
    /// <remarks>
    /// A sample starts as noise: every missing entry is drawn independently. With completion maps, every round keeps some of the draws and draws the
    /// other entries again, given the kept draws. Without completion maps, every round infers a code and refills all missing entries from it. Expected
    /// values start at the conditional mean given the observed entries with completion maps, and at the mean of the slot without them.
    /// </remarks>
    /// <returns>
    /// The start, then the rows after each round: <paramref name="rounds"/> + 1 sets of rows, or fewer when expected values take fewer rounds. The last
    /// set is the result of <see cref="Complete(IReadOnlyList{float[]}, TargetPropInpaintingOutput, int, int)"/> for the same arguments. Observed entries
    /// are the same in all sets, bit for bit.
    /// </returns>
    /// <inheritdoc cref="Complete(IReadOnlyList{float[]}, TargetPropInpaintingOutput, int, int)"/>
    public IReadOnlyList<float[][]> CompletionSteps(
        IReadOnlyList<float[]> rows, TargetPropInpaintingOutput output = TargetPropInpaintingOutput.ExpectedValue, int seed = 0, int rounds = 10)
    {
        var steps = new List<float[][]>();
        Complete(rows, output, seed, rounds, step => steps.Add(RowTensors.ToRows(step)));
        return steps;
    }

    /// <summary>
    /// The objective of every row and its terms, over the observed entries: how well the model explains the row. A row far below the others is an
    /// anomaly.
    /// </summary>
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

    /// <summary>The mean objective of the rows after the first pass of inference and after each of its iterations. On average it rises.</summary>
    /// <returns>One number more than inference has iterations. The last is the mean of <see cref="Objective"/>.</returns>
    /// <inheritdoc cref="Reconstruct"/>
    public IReadOnlyList<double> ObjectiveByIteration(IReadOnlyList<float[]> rows) => Use(model =>
    {
        using var visible = RowTensors.From(rows, SlotCount, model.Network.Device, nameof(rows));
        return model.ObjectiveByIteration(visible);
    });

    /// <summary>Gives native memory back. The model stays usable.</summary>
    public void Dispose() => _shared.Release();

    /// <summary>The model on its device, until the lease is disposed.</summary>
    internal SharedDeviceModel<GenerativeModel>.Lease Take() => _shared.Take();

    // *** Binary format *** (stream "GenerativeModel", inside an ArchiveContainer)
    // GenerativeArchive, TrainingSummaryArchive

    internal void Save(ModelSaveContext context) => Stream.Save(context, writer =>
    {
        GenerativeArchive.Write(writer.BaseStream, Snapshot);
        TrainingSummaryArchive.Write(writer, TrainingSummary);
    });

    /// <exception cref="FormatException">The archive is damaged, truncated, or from a later version.</exception>
    internal static TargetPropGenerativeModel Load(IHost host, ModelLoadContext context) => Stream.Load(host, context, reader =>
        new TargetPropGenerativeModel(host, GenerativeArchive.Read(reader.BaseStream), TrainingSummaryArchive.ReadGenerative(host, reader)));

    private float[][] Complete(IReadOnlyList<float[]> rows, TargetPropInpaintingOutput output, int seed, int rounds, Action<Tensor>? onStep)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rounds, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(rounds, CompletionSettings.MaxRounds);
        var settings = new CompletionSettings { Output = output, Rounds = rounds, Seed = seed };
        return Map(rows, (model, visible) =>
            IterativeCompletion.Run(model.Network, model.Snapshot, visible, settings, [.. Enumerable.Range(0, rows.Count).Select(r => (long)r)], onStep).Values);
    }

    private float[][] Map(IReadOnlyList<float[]> rows, Func<GenerativeModel, Tensor, Tensor> map) => Use(model =>
    {
        using var visible = RowTensors.From(rows, SlotCount, model.Network.Device, nameof(rows));
        return RowTensors.ToRows(map(model, visible));
    });

    private T Use<T>(Func<GenerativeModel, T> use)
    {
        using var guard = no_grad();
        using var scope = NewDisposeScope();
        using var lease = Take();
        return use(lease.Value);
    }
}

/// <summary>
/// The objective of a row and its terms: how well a generative model explains the observed entries of the row together with the code that it
/// infers. In nats, with slots in standardised units. docs/algorithm.md calls the objective J, (8.1).
/// </summary>
public sealed class TargetPropObjective
{
    internal TargetPropObjective(double total, double prior, IReadOnlyList<double> generation, IReadOnlyList<double> inference) =>
        (Total, Prior, Generation, Inference) = (total, prior, generation, inference);

    /// <summary>The objective: <see cref="Prior"/> + Σ <see cref="Generation"/> + α Σ <see cref="Inference"/>, where α is the weight of the q terms in the options.</summary>
    public double Total { get; }

    /// <summary>log p(h_M), the density of the code.</summary>
    public double Prior { get; }

    /// <summary>log p(h_{k−1} | h_k) for the layers k = 1 to M. The first is the density of the observed entries.</summary>
    public IReadOnlyList<double> Generation { get; }

    /// <summary>log q(h_k | h_{k−1}) for the layers k = 1 to M.</summary>
    public IReadOnlyList<double> Inference { get; }
}
