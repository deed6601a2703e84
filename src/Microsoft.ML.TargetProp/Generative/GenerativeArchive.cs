using static Microsoft.ML.TargetProp.Core.ArchiveFields;

namespace Microsoft.ML.TargetProp.Generative;

/// <summary>Reads and writes a <see cref="GenerativeSnapshot"/> as bytes in an <see cref="ArchiveContainer"/>. Reading checks every field.</summary>
internal static class GenerativeArchive
{
    private const string Signature = "TPGENERA";
    private const int FormatVersion = 1;

    /// <summary>Most components of a prior. A larger number in a file is damage.</summary>
    public const int MaxComponents = 10_000;

    // *** Binary format ***
    // int: visible columns, then byte[] of their kinds (0 logistic, 1 Gaussian)
    // byte: activation of the hidden units
    // int: number of hidden layers, int[]: their units
    // float[columns] offsets, float[columns] scales, float[columns] means in the model's units
    // int: iterations, double: step, double: top-down step, double: inference weight, byte: direction (0 estimator, 1 gradient), double: prior step, double: tolerance
    // for each inference map f_1 … f_M, then for each generative map g_1 … g_M
    //     float[outputs * inputs]: weights, row by row
    //     float[outputs]: biases
    // for k = 1 … M float[units of layer k]: variances of q(h_k | h_{k−1})
    // for k = 1 … M float[units of layer k − 1]: variances of p(h_{k−1} | h_k)
    // byte: form of the prior (0 Gaussians, 1 Laplace), int: its components (one for Laplace), then for each
    //     float: weight, float[top units]: mean, float[top units²]: factor, row by row (diagonal for Laplace)
    // the completion maps, see CompletionArchive

    public static void Write(Stream stream, GenerativeSnapshot model) =>
        ArchiveContainer.Write(stream, Signature, FormatVersion, writer => Write(writer, model));

    /// <exception cref="FormatException">The bytes are damaged, truncated, or from a later version.</exception>
    public static GenerativeSnapshot Read(Stream stream) => ArchiveContainer.Read(stream, Signature, FormatVersion, Read);

    /// <summary>The numbers of a model without completion maps, all in single precision.</summary>
    /// <param name="shape">The layers.</param>
    /// <param name="components">Components of the prior.</param>
    public static long CountNumbers(GenerativeShape shape, long components)
    {
        long top = shape.Units(shape.Top);
        var variances = Enumerable.Range(1, shape.Top).Sum(k => (long)shape.Units(k - 1) + shape.Units(k));
        return 3L * shape.VisibleUnits + shape.InferenceMaps().Concat(shape.GenerativeMaps()).Sum(m => m.Parameters) + variances + components * (1 + top + top * top);
    }

    private static void Write(BinaryWriter writer, GenerativeSnapshot model)
    {
        WriteShape(writer, model.Shape);
        WriteFloats(writer, model.Visible.Standardization.Offset);
        WriteFloats(writer, model.Visible.Standardization.Scale);
        WriteFloats(writer, model.Visible.Mean);
        writer.Write(model.Settings.Iterations);
        writer.Write(model.Settings.Step);
        writer.Write(model.Settings.TopDownStep);
        writer.Write(model.Settings.InferenceWeight);
        writer.Write((byte)model.Settings.Direction);
        writer.Write(model.Settings.PriorStep);
        writer.Write(model.Settings.Tolerance);
        WriteMaps(writer, model.Inference.Concat(model.Generation));
        foreach (var variances in model.InferenceVariances.Concat(model.GenerationVariances))
            WriteFloats(writer, variances);
        writer.Write(model.Prior.IsLaplace ? (byte)1 : (byte)0);
        writer.Write(model.Prior.Components.Count);
        foreach (var component in model.Prior.Components)
        {
            WriteFloats(writer, [component.Weight]);
            WriteFloats(writer, component.Mean);
            WriteFloats(writer, component.Factor);
        }
        CompletionArchive.Write(writer, model.Completion);
    }

    private static GenerativeSnapshot Read(BinaryReader reader)
    {
        var shape = ReadShape(reader);
        var columns = shape.VisibleUnits;
        var scale = new VisibleScale(
            new(ReadFloats(reader, columns, "offsets of the columns"), ReadFloats(reader, columns, "scales of the columns")), ReadFloats(reader, columns, "means of the columns"));
        var settings = ReadSettings(reader);
        var inference = ReadMaps(reader, shape.InferenceMaps(), "inference");
        var generation = ReadMaps(reader, shape.GenerativeMaps(), "generative");
        var inferenceVariances = Enumerable.Range(1, shape.Top).Select(k => ReadVariances(reader, shape.Units(k), $"variances of inference map {k}")).ToArray();
        var generationVariances = Enumerable.Range(1, shape.Top).Select(k => ReadVariances(reader, shape.Units(k - 1), $"variances of generative map {k}")).ToArray();
        return new(shape, scale, settings, inference, generation, inferenceVariances, generationVariances, ReadPrior(reader, shape.Units(shape.Top)),
            CompletionArchive.Read(reader, columns));
    }

    private static void WriteShape(BinaryWriter writer, GenerativeShape shape)
    {
        writer.Write(shape.VisibleUnits);
        foreach (var kind in shape.Visible)
            writer.Write((byte)kind);
        writer.Write((byte)shape.Activation);
        writer.Write(shape.HiddenUnits.Count);
        foreach (var units in shape.HiddenUnits)
            writer.Write(units);
    }

    private static GenerativeShape ReadShape(BinaryReader reader)
    {
        var columns = ReadUnits(reader, "number of columns");
        var kinds = reader.ReadBytes(columns);
        Check(kinds.Length == columns, "number of columns", columns);
        foreach (var kind in kinds)
            Check(Enum.IsDefined((TargetPropVisibleUnits)kind), "kind of a column", kind);
        var activation = reader.ReadByte();
        Check(Enum.IsDefined((TargetPropActivation)activation), "activation", activation);
        var layers = reader.ReadInt32();
        Check(layers is >= 1 and <= LayerLimits.MaxLayers, "number of hidden layers", layers);
        var hidden = new int[layers];
        for (var i = 0; i < layers; i++)
            hidden[i] = ReadUnits(reader, $"units of hidden layer {i + 1}");
        return new([.. kinds.Select(k => (TargetPropVisibleUnits)k)], hidden, (TargetPropActivation)activation);
    }

    private static InferenceSettings ReadSettings(BinaryReader reader)
    {
        var settings = new InferenceSettings(
            reader.ReadInt32(), reader.ReadDouble(), reader.ReadDouble(), reader.ReadDouble(), (TargetPropInferenceDirection)reader.ReadByte(), reader.ReadDouble(), reader.ReadDouble());
        try
        {
            settings.Check();
        }
        catch (ArgumentOutOfRangeException error)
        {
            throw new FormatException($"The model is damaged: {error.ParamName} is {FormattableString.Invariant($"{error.ActualValue}")}.", error);
        }
        return settings;
    }

    private static float[] ReadVariances(BinaryReader reader, int count, string what)
    {
        var variances = ReadFloats(reader, count, what);
        foreach (var variance in variances)
            Check(variance > 0, what, variance);
        return variances;
    }

    private static PriorParameters ReadPrior(BinaryReader reader, int units)
    {
        var form = reader.ReadByte();
        Check(form <= 1, "form of the prior", form);
        var isLaplace = form == 1;
        var count = reader.ReadInt32();
        Check(count >= 1 && count <= (isLaplace ? 1 : MaxComponents), "number of components of the prior", count);
        var components = new PriorComponent[count];
        for (var c = 0; c < count; c++)
        {
            var weight = ReadFloats(reader, 1, $"weight of component {c + 1} of the prior")[0];
            Check(weight is > 0 and <= 1, $"weight of component {c + 1} of the prior", weight);
            components[c] = new(weight, ReadFloats(reader, units, $"mean of component {c + 1} of the prior"), ReadFactor(reader, units, isLaplace, $"factor of component {c + 1} of the prior"));
        }
        return new(components, isLaplace);
    }

    private static float[] ReadFactor(BinaryReader reader, int units, bool isDiagonal, string what)
    {
        var factor = ReadFloats(reader, (long)units * units, what);
        for (var i = 0; i < units; i++)
        {
            Check(factor[(long)i * units + i] > 0, what, factor[(long)i * units + i]);
            for (var j = isDiagonal ? 0 : i + 1; j < units; j++)
                Check(j == i || factor[(long)i * units + j] == 0, what, factor[(long)i * units + j]);
        }
        return factor;
    }
}
