using Microsoft.ML.TargetProp.Supervised;
using static Microsoft.ML.TargetProp.Core.ArchiveFields;

namespace Microsoft.ML.TargetProp.Generative;

/// <summary>The part of a <see cref="GenerativeArchive"/> that tells how rows are completed, every field checked on the way in.</summary>
internal static class CompletionArchive
{
    // *** Binary format ***
    // int: number of rounds, 0 when the model has none of these maps and nothing follows; int[]: units of their codes
    // byte: activation of the codes, int: image width, int: image height
    // float[columns]: mean of the start, float[columns²]: its covariance; variances, float[columns], for more columns than it is kept for
    // for each round f_r, then for each round g_r
    //     float[outputs * inputs]: weights, row by row
    //     float[outputs]: biases
    // float[rounds]: trust, float[columns]: error scales

    public static void Write(BinaryWriter writer, CompletionSnapshot? completion)
    {
        writer.Write(completion?.HiddenUnits.Count ?? 0);
        if (completion is null)
            return;
        foreach (var units in completion.HiddenUnits)
            writer.Write(units);
        writer.Write(completion.Inference[0].Shape.Activation.Code);
        writer.Write(completion.ImageWidth);
        writer.Write(completion.ImageHeight);
        WriteFloats(writer, completion.Start.Mean);
        WriteFloats(writer, completion.Start.Covariance);
        WriteMaps(writer, completion.Inference.Concat(completion.Refill));
        WriteFloats(writer, completion.Trust);
        WriteFloats(writer, completion.ErrorScale);
    }

    /// <exception cref="FormatException">The bytes are damaged or truncated.</exception>
    public static CompletionSnapshot? Read(BinaryReader reader, int columns)
    {
        var rounds = reader.ReadInt32();
        Check(rounds is >= 0 and <= LayerLimits.MaxLayers, "number of completion rounds", rounds);
        if (rounds == 0)
            return null;
        var units = new int[rounds];
        for (var r = 0; r < rounds; r++)
            units[r] = ReadUnits(reader, $"units of completion round {r + 1}");
        var code = reader.ReadByte();
        var activation = Activation.FromCode(code);
        Check(activation is not null, "activation of the completion", code);
        var width = reader.ReadInt32();
        Check(width >= 0 && width <= columns, "image width", width);
        var height = reader.ReadInt32();
        Check(height == 0 || (height > 0 && width > 0 && height <= columns / width), "image height", height);
        var mean = ReadFloats(reader, columns, "means of the start");
        var covariance = ReadFloats(reader, GaussianParameters.CovarianceLength(columns), "covariance of the start");
        var inference = ReadMaps(reader, CompletionNetwork.InferenceShapes(columns, units, activation!), "completion's inference");
        var refill = ReadMaps(reader, CompletionNetwork.RefillShapes(columns, units), "refilling");
        return new(width, height, new(mean, covariance), inference, refill, ReadFloats(reader, rounds, "trust in the rounds"), ReadFloats(reader, columns, "error scales"));
    }
}
