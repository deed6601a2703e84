using Microsoft.ML.Runtime;

namespace Microsoft.ML.TargetProp.MLNet;

/// <summary>Reads and writes the summaries of trainings as bytes (docs/model-format.md).</summary>
internal static class TrainingSummaryArchive
{
    // *** Binary format ***
    // int: epochs, int: best epoch, long: training rows, int: batch size, int: seed
    // classifier, regression: byte: learning rule, double: training loss, double: training error
    // generative model: double: reconstruction error
    // byte: 1 with validation, then double: validation loss (not for a generative model), double: validation error; 0 without
    // string: library version, string: ML.NET version, string: TorchSharp version

    public static void Write(BinaryWriter writer, TargetPropTrainingSummary summary)
    {
        WriteRun(writer, summary);
        writer.Write((byte)summary.LearningRule);
        writer.Write(summary.TrainingLoss);
        writer.Write(summary.TrainingError);
        WriteValidation(writer, summary.ValidationLoss is { } loss ? [loss, summary.ValidationError ?? double.NaN] : []);
        WriteVersions(writer, summary);
    }

    public static void Write(BinaryWriter writer, TargetPropGenerativeTrainingSummary summary)
    {
        WriteRun(writer, summary);
        writer.Write(summary.ReconstructionError);
        WriteValidation(writer, summary.ValidationError is { } error ? [error] : []);
        WriteVersions(writer, summary);
    }

    /// <exception cref="FormatException">A field holds a value that no training has.</exception>
    public static TargetPropTrainingSummary ReadClassifier(IHost host, BinaryReader reader)
    {
        var summary = new TargetPropTrainingSummary();
        ReadRun(host, reader, summary);
        summary.LearningRule = (TargetPropLearningRule)reader.ReadByte();
        host.CheckDecode(Enum.IsDefined(summary.LearningRule), $"The model is damaged: its learning rule is {(byte)summary.LearningRule}.");
        summary.TrainingLoss = reader.ReadDouble();
        summary.TrainingError = reader.ReadDouble();
        if (ReadHasValidation(host, reader))
            (summary.ValidationLoss, summary.ValidationError) = (reader.ReadDouble(), reader.ReadDouble());
        ReadVersions(reader, summary);
        return summary;
    }

    /// <exception cref="FormatException">A field holds a value that no training has.</exception>
    public static TargetPropGenerativeTrainingSummary ReadGenerative(IHost host, BinaryReader reader)
    {
        var summary = new TargetPropGenerativeTrainingSummary();
        ReadRun(host, reader, summary);
        summary.ReconstructionError = reader.ReadDouble();
        if (ReadHasValidation(host, reader))
            summary.ValidationError = reader.ReadDouble();
        ReadVersions(reader, summary);
        return summary;
    }

    private static void WriteRun(BinaryWriter writer, TargetPropTrainingSummaryBase summary)
    {
        writer.Write(summary.Epochs);
        writer.Write(summary.BestEpoch);
        writer.Write(summary.TrainingRows);
        writer.Write(summary.BatchSize);
        writer.Write(summary.Seed);
    }

    private static void WriteValidation(BinaryWriter writer, ReadOnlySpan<double> measures)
    {
        writer.Write((byte)(measures.IsEmpty ? 0 : 1));
        foreach (var measure in measures)
            writer.Write(measure);
    }

    private static void WriteVersions(BinaryWriter writer, TargetPropTrainingSummaryBase summary)
    {
        writer.Write(summary.LibraryVersion);
        writer.Write(summary.MLNetVersion);
        writer.Write(summary.TorchSharpVersion);
    }

    private static void ReadRun(IHost host, BinaryReader reader, TargetPropTrainingSummaryBase summary)
    {
        (summary.Epochs, summary.BestEpoch, summary.TrainingRows) = (reader.ReadInt32(), reader.ReadInt32(), reader.ReadInt64());
        (summary.BatchSize, summary.Seed) = (reader.ReadInt32(), reader.ReadInt32());
        var isPossible = summary.BestEpoch >= 1 && summary.BestEpoch <= summary.Epochs && summary.TrainingRows >= 1 && summary.BatchSize >= 1;
        host.CheckDecode(isPossible, "The model is damaged: its training summary holds impossible counts.");
    }

    private static bool ReadHasValidation(IHost host, BinaryReader reader)
    {
        var flag = reader.ReadByte();
        host.CheckDecode(flag <= 1, $"The model is damaged: its validation flag is {flag}.");
        return flag == 1;
    }

    private static void ReadVersions(BinaryReader reader, TargetPropTrainingSummaryBase summary)
    {
        summary.LibraryVersion = reader.ReadString();
        summary.MLNetVersion = reader.ReadString();
        summary.TorchSharpVersion = reader.ReadString();
    }
}
