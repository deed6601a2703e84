using Microsoft.ML.Runtime;

namespace Microsoft.ML.TargetProp.MLNet;

/// <summary>Reads and writes a <see cref="TargetPropGenerativeTrainingSummary"/> as bytes (docs/model-format.md).</summary>
internal static class GenerativeSummaryArchive
{
    // *** Binary format ***
    // int: epochs, int: best epoch, long: training rows, int: batch size, int: seed
    // double: reconstruction error
    // byte: 1 with validation, then double: validation error; 0 without
    // string: library version, string: ML.NET version, string: TorchSharp version

    public static void Write(BinaryWriter writer, TargetPropGenerativeTrainingSummary summary)
    {
        writer.Write(summary.Epochs);
        writer.Write(summary.BestEpoch);
        writer.Write(summary.TrainingRows);
        writer.Write(summary.BatchSize);
        writer.Write(summary.Seed);
        writer.Write(summary.ReconstructionError);
        writer.Write((byte)(summary.ValidationError is null ? 0 : 1));
        if (summary.ValidationError is { } error)
            writer.Write(error);
        writer.Write(summary.LibraryVersion);
        writer.Write(summary.MLNetVersion);
        writer.Write(summary.TorchSharpVersion);
    }

    /// <exception cref="FormatException">A field holds a value that no training has.</exception>
    public static TargetPropGenerativeTrainingSummary Read(IHost host, BinaryReader reader)
    {
        var (epochs, bestEpoch, rows, batch, seed) = (reader.ReadInt32(), reader.ReadInt32(), reader.ReadInt64(), reader.ReadInt32(), reader.ReadInt32());
        host.CheckDecode(epochs >= 1 && bestEpoch >= 1 && bestEpoch <= epochs && rows >= 1 && batch >= 1, "The model is damaged: its training summary holds impossible counts.");
        var reconstruction = reader.ReadDouble();
        var validated = reader.ReadByte();
        host.CheckDecode(validated <= 1, $"The model is damaged: its validation flag is {validated}.");
        return new()
        {
            Epochs = epochs,
            BestEpoch = bestEpoch,
            TrainingRows = rows,
            BatchSize = batch,
            Seed = seed,
            ReconstructionError = reconstruction,
            ValidationError = validated == 1 ? reader.ReadDouble() : null,
            LibraryVersion = reader.ReadString(),
            MLNetVersion = reader.ReadString(),
            TorchSharpVersion = reader.ReadString(),
        };
    }
}
