using Microsoft.ML.Runtime;
using Microsoft.ML.TargetProp.Data;
using Microsoft.ML.TargetProp.Networks;

namespace Microsoft.ML.TargetProp.Trainers;

/// <summary>
/// What the multiclass and the binary model parameters have in common: the network, the names of its classes, how it was trained,
/// and a copy of it on the scoring device, made when the first batch is scored.
/// </summary>
internal sealed class ClassifierModel : IDisposable
{
    private const string Signature = "TPCLASSI";
    private const int FormatVersion = 1;
    private const string Entry = "Network";

    private readonly IHost _host;
    private readonly Lock _lock = new();
    private LiveNetwork? _live;

    public ClassifierModel(IHost host, NetworkSnapshot network, IReadOnlyList<string> classNames, TargetPropTrainingSummary summary)
    {
        _host = host;
        Network = network;
        ClassNames = classNames;
        Summary = summary;
    }

    public NetworkSnapshot Network { get; }

    /// <summary>Names of the classes in the order of the scores; empty when the label column had none.</summary>
    public IReadOnlyList<string> ClassNames { get; }

    public TargetPropTrainingSummary Summary { get; }

    /// <summary>A scorer for one thread, on the device that ML.NET's switches ask for.</summary>
    public ScorerLease NewBatchScorer(int capacity)
    {
        lock (_lock)
        {
            if (_live is null)
            {
                TorchDevice.CheckNativeLibrary(_host);
                _live = new(TargetPropNetwork.FromSnapshot(Network, TorchDevice.Of(_host)));
            }
            return new(_live, capacity);
        }
    }

    /// <summary>Gives back native memory, as soon as nobody scores with it any more; the next batch takes it again.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _live?.Release();
            _live = null;
        }
    }

    /// <summary>
    /// The network on its device, held by the model and by every scorer: whoever disposes of a model (a prediction engine does) must not
    /// take the network from those who are reading.
    /// </summary>
    internal sealed class LiveNetwork(TargetPropNetwork network)
    {
        private int _holders = 1;

        public TargetPropNetwork Hold()
        {
            Interlocked.Increment(ref _holders);
            return network;
        }

        public void Release()
        {
            if (Interlocked.Decrement(ref _holders) == 0)
                network.Dispose();
        }
    }

    /// <summary>A scorer that keeps its network alive until it is disposed.</summary>
    internal sealed class ScorerLease(LiveNetwork live, int capacity) : IDisposable
    {
        private LiveNetwork? _live = live;

        public BatchScorer Scorer { get; } = new(live.Hold(), capacity);

        public void Dispose()
        {
            Scorer.Dispose();
            Interlocked.Exchange(ref _live, null)?.Release();
        }
    }

    // *** Binary format *** (stream "Network", inside an ArchiveContainer)
    // NetworkArchive
    // int: number of class names, then string[]
    // int: epochs, int: best epoch, long: training rows, int: batch size, int: seed, byte: learning rule
    // double: training loss, double: training error
    // byte: 1 with validation, then double: validation loss, double: validation error; 0 without
    // string: library version, string: ML.NET version, string: TorchSharp version

    public void Save(ModelSaveContext context) => context.SaveBinaryStream(Entry, writer =>
        ArchiveContainer.Write(writer.BaseStream, Signature, FormatVersion, Write));

    /// <exception cref="FormatException">The archive is damaged, truncated, or from a later version.</exception>
    public static ClassifierModel Load(IHost host, ModelLoadContext context, OutputKind expected)
    {
        ClassifierModel? model = null;
        bool found;
        try
        {
            ZipChecksum.Check(host, context);
            found = context.TryLoadBinaryStream(Entry, reader =>
                model = ArchiveContainer.Read(reader.BaseStream, Signature, FormatVersion, content => Read(host, content)));
        }
        catch (Exception error) when ((error is FormatException or InvalidDataException or IOException) && !error.IsMarked())
        {
            // ML.NET hides an exception that is not marked as its own behind "Exception has been thrown by the target of an invocation".
            throw host.ExceptDecode(error, error.Message);
        }
        if (!found)
            throw host.ExceptDecode($"The model has no stream '{Entry}': it is truncated or was not written by Microsoft.ML.TargetProp.");
        if (model!.Network.Shape.Output != expected)
            throw host.ExceptDecode($"The model is damaged: expected a network with {expected} output, found {model.Network.Shape.Output}.");
        return model;
    }

    private void Write(BinaryWriter writer)
    {
        NetworkArchive.Write(writer, Network);
        writer.Write(ClassNames.Count);
        foreach (var name in ClassNames)
            writer.Write(name);
        writer.Write(Summary.Epochs);
        writer.Write(Summary.BestEpoch);
        writer.Write(Summary.TrainingRows);
        writer.Write(Summary.BatchSize);
        writer.Write(Summary.Seed);
        writer.Write((byte)Summary.LearningRule);
        writer.Write(Summary.TrainingLoss);
        writer.Write(Summary.TrainingError);
        writer.Write((byte)(Summary.ValidationLoss is null ? 0 : 1));
        if (Summary.ValidationLoss is { } loss)
        {
            writer.Write(loss);
            writer.Write(Summary.ValidationError ?? double.NaN);
        }
        writer.Write(Summary.LibraryVersion);
        writer.Write(Summary.MLNetVersion);
        writer.Write(Summary.TorchSharpVersion);
    }

    private static ClassifierModel Read(IHost host, BinaryReader reader)
    {
        var network = NetworkArchive.Read(reader);
        var count = reader.ReadInt32();
        var classes = network.Shape.Output == OutputKind.Logistic ? 2 : network.Shape.OutputUnits;
        host.CheckDecode(count == 0 || count == classes, $"The model is damaged: it names {count} classes and has {classes}.");
        var names = new string[count];
        for (var i = 0; i < count; i++)
            names[i] = reader.ReadString();
        var (epochs, bestEpoch, rows, batch, seed) = (reader.ReadInt32(), reader.ReadInt32(), reader.ReadInt64(), reader.ReadInt32(), reader.ReadInt32());
        host.CheckDecode(epochs >= 1 && bestEpoch >= 1 && bestEpoch <= epochs && rows >= 1 && batch >= 1, "The model is damaged: its training summary holds impossible counts.");
        var rule = (TargetPropLearningRule)reader.ReadByte();
        host.CheckDecode(Enum.IsDefined(rule), $"The model is damaged: its learning rule is {(byte)rule}.");
        var (loss, error) = (reader.ReadDouble(), reader.ReadDouble());
        var validated = reader.ReadByte();
        host.CheckDecode(validated <= 1, $"The model is damaged: its validation flag is {validated}.");
        double? validationLoss = validated == 1 ? reader.ReadDouble() : null;
        double? validationError = validated == 1 ? reader.ReadDouble() : null;
        var summary = new TargetPropTrainingSummary
        {
            Epochs = epochs,
            BestEpoch = bestEpoch,
            TrainingRows = rows,
            BatchSize = batch,
            Seed = seed,
            LearningRule = rule,
            TrainingLoss = loss,
            TrainingError = error,
            ValidationLoss = validationLoss,
            ValidationError = validationError,
            LibraryVersion = reader.ReadString(),
            MLNetVersion = reader.ReadString(),
            TorchSharpVersion = reader.ReadString(),
        };
        return new(host, network, names, summary);
    }
}
