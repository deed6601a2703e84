using Microsoft.ML.Runtime;
using Microsoft.ML.TargetProp.Supervised;

namespace Microsoft.ML.TargetProp.MLNet;

/// <summary>Model parameters that hold a <see cref="ClassifierModel"/>, so that training can continue from them.</summary>
internal interface IClassifierParameters : IPredictor
{
    ClassifierModel Classifier { get; }
}

/// <summary>
/// A trained model: its networks, the names of its classes, a summary of its training, and its copy on the scoring device, which is created
/// when the first batch is scored.
/// </summary>
internal sealed class ClassifierModel : IDisposable
{
    private static readonly ModelStream Stream = new("Network", "TPCLASSI", version: 3);

    private readonly SharedDeviceModel<Committee> _shared;

    public ClassifierModel(IHost host, IReadOnlyList<NetworkSnapshot> members, IReadOnlyList<string> classNames, TargetPropTrainingSummary summary)
    {
        Host = host;
        Members = members;
        ClassNames = classNames;
        Summary = summary;
        _shared = new(host, device => Committee.FromSnapshots(members, device));
    }

    /// <summary>The source of messages, exceptions and the device.</summary>
    public IHost Host { get; }

    /// <summary>The networks whose probabilities are averaged: one or more, with the same outputs.</summary>
    public IReadOnlyList<NetworkSnapshot> Members { get; }

    /// <summary>The first of the networks.</summary>
    public NetworkSnapshot Network => Members[0];

    /// <summary>The names of the classes in the order of the scores; empty when the label column had no key values.</summary>
    public IReadOnlyList<string> ClassNames { get; }

    public TargetPropTrainingSummary Summary { get; }

    /// <summary>Returns the networks on the scoring device, for as long as the lease is not disposed.</summary>
    public SharedDeviceModel<Committee>.Lease Take() => _shared.Take();

    /// <summary>Frees the native memory as soon as no lease is left. The next batch takes it again.</summary>
    public void Dispose() => _shared.Release();

    // *** Binary format *** (stream "Network", inside an ArchiveContainer; version 2 for discrete or stochastic units, and for learning
    // rules that are newer than version 1; version 3 for several networks, for encodings that are newer than version 2, and for regression)
    // NetworkArchive
    // int: number of class names, then string[]
    // TrainingSummaryArchive

    public void Save(ModelSaveContext context) => Stream.Save(context, Write, needs: NetworkArchive.NeedVersion3(Members) ? 3 : NeedsVersion2 ? 2 : 1);

    private bool NeedsVersion2 => Summary.LearningRule > TargetPropLearningRule.Backpropagation || !Network.Shape.Signal.IsContinuous;

    /// <exception cref="FormatException">The archive is damaged, truncated, or from a later version.</exception>
    public static ClassifierModel Load(IHost host, ModelLoadContext context, OutputKind expected)
    {
        var model = Stream.Load(host, context, content => Read(host, content));
        if (model.Network.Shape.Output != expected)
            throw host.ExceptDecode($"The model is damaged: its network has {model.Network.Shape.Output} output, expected {expected} output.");
        return model;
    }

    private void Write(BinaryWriter writer)
    {
        NetworkArchive.Write(writer, Members);
        writer.Write(ClassNames.Count);
        foreach (var name in ClassNames)
            writer.Write(name);
        TrainingSummaryArchive.Write(writer, Summary);
    }

    private static ClassifierModel Read(IHost host, BinaryReader reader)
    {
        var members = NetworkArchive.Read(reader);
        var shape = members[0].Shape;
        var count = reader.ReadInt32();
        var classes = shape.Output switch
        {
            OutputKind.Softmax => shape.OutputUnits,
            OutputKind.Logistic => 2,
            _ => 0,
        };
        host.CheckDecode(count == 0 || count == classes, $"The model is damaged: it has {classes} classes and {count} class names.");
        var names = new string[count];
        for (var i = 0; i < count; i++)
            names[i] = reader.ReadString();
        return new(host, members, names, TrainingSummaryArchive.ReadClassifier(host, reader));
    }
}
