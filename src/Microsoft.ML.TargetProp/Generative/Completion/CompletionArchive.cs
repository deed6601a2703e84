using static Microsoft.ML.TargetProp.Core.ArchiveFields;

namespace Microsoft.ML.TargetProp.Generative;

/// <summary>The completion maps of a model in plain arrays.</summary>
/// <param name="ImageWidth">Pixels in a line of the picture that the first columns are; 0 when they are no picture.</param>
/// <param name="ImageHeight">Lines of the picture; 0 for as many whole lines as the columns make.</param>
/// <param name="Gaussian">The Gaussian whose conditional mean missing entries start at.</param>
/// <param name="Inference">f_1 to f_R, one for each round.</param>
/// <param name="Refill">g_1 to g_R, from the code of a round to the correction of every entry.</param>
/// <param name="StepScale">For each round, the part of the correction that is applied, 0 to 1.</param>
/// <param name="ErrorScale">For each column, the squared error of completed entries divided by <see cref="CompletionModel.Spread"/>.</param>
internal sealed record CompletionSnapshot(
    int ImageWidth, int ImageHeight, GaussianParameters Gaussian, IReadOnlyList<MapSnapshot> Inference, IReadOnlyList<MapSnapshot> Refill, float[] StepScale, float[] ErrorScale)
{
    /// <summary>Units of the code of every round.</summary>
    public IReadOnlyList<int> HiddenUnits => [.. Inference.Select(f => f.Shape.Outputs)];
}

/// <summary>Reads and writes the completion maps of a <see cref="GenerativeArchive"/>. Reading checks every field.</summary>
internal static class CompletionArchive
{
    // *** Binary format ***
    // int: number of rounds, 0 when the model has no completion maps and nothing follows; int[]: units of their codes
    // byte: activation of the codes, int: image width, int: image height
    // float[columns]: means of the Gaussian, float[columns²]: its covariance; float[columns]: its variances for wide vectors (GaussianParameters.MaxColumns)
    // for each round f_r, then for each round g_r
    //     float[outputs * inputs]: weights, row by row
    //     float[outputs]: biases
    // float[rounds]: step scales, float[columns]: error scales

    /// <summary>The numbers of completion maps, all in single precision.</summary>
    public static long CountNumbers(int columns, IReadOnlyList<int> hiddenUnits) =>
        2L * columns + GaussianParameters.CovarianceLength(columns) + hiddenUnits.Count
        + CompletionNetwork.InferenceShapes(columns, hiddenUnits, Activation.Identity).Concat(CompletionNetwork.RefillShapes(columns, hiddenUnits)).Sum(m => m.Parameters);

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
        WriteFloats(writer, completion.Gaussian.Mean);
        WriteFloats(writer, completion.Gaussian.Covariance);
        WriteMaps(writer, completion.Inference.Concat(completion.Refill));
        WriteFloats(writer, completion.StepScale);
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
        var mean = ReadFloats(reader, columns, "means of the completion's Gaussian");
        var covariance = ReadFloats(reader, GaussianParameters.CovarianceLength(columns), "covariance of the completion's Gaussian");
        var inference = ReadMaps(reader, CompletionNetwork.InferenceShapes(columns, units, activation!), "completion's inference");
        var refill = ReadMaps(reader, CompletionNetwork.RefillShapes(columns, units), "refilling");
        return new(width, height, new(mean, covariance), inference, refill, ReadFloats(reader, rounds, "step scales of the rounds"), ReadFloats(reader, columns, "error scales"));
    }
}
