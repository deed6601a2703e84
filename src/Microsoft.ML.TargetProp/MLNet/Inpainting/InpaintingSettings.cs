using Microsoft.ML.Runtime;
using Microsoft.ML.TargetProp.Generative;

namespace Microsoft.ML.TargetProp.MLNet;

/// <summary>The options that a transformer is stored with: its columns and the kind of completion.</summary>
internal sealed record InpaintingSettings(
    string OutputColumnName, string InputColumnName, string? UncertaintyColumnName, string? ObjectiveColumnName, string? CodeColumnName,
    TargetPropVisibleUnits? VisibleUnits, int SampleCount, CompletionSettings Completion)
{
    private const byte Automatic = 255;

    public static InpaintingSettings From(TargetPropInpaintingEstimator.Options options) => new(
        options.OutputColumnName, options.Input, options.UncertaintyColumnName, options.ObjectiveColumnName, options.CodeColumnName,
        options.VisibleUnits, options.SampleCount, new() { Output = options.Output, Rounds = options.Completion.Rounds, Seed = options.SampleSeed });

    // *** Binary format ***
    // id of string: output column, id of string: input column
    // id of string: uncertainty column or null, id of string: objective column or null, id of string: code column or null
    // byte: visible units of the options, 255 for automatic
    // byte: output, int: sample count, int: sample seed, int: rounds

    public void Save(ModelSaveContext context)
    {
        context.SaveNonEmptyString(OutputColumnName);
        context.SaveNonEmptyString(InputColumnName);
        context.SaveStringOrNull(UncertaintyColumnName);
        context.SaveStringOrNull(ObjectiveColumnName);
        context.SaveStringOrNull(CodeColumnName);
        context.Writer.Write((byte?)VisibleUnits ?? Automatic);
        context.Writer.Write((byte)Completion.Output);
        context.Writer.Write(SampleCount);
        context.Writer.Write(Completion.Seed);
        context.Writer.Write(Completion.Rounds);
    }

    /// <exception cref="FormatException">A field holds a value that no transformer has.</exception>
    public static InpaintingSettings Load(IHost host, ModelLoadContext context)
    {
        var (output, input) = (context.LoadNonEmptyString(), context.LoadNonEmptyString());
        var (uncertainty, objective, code) = (context.LoadStringOrNull(), context.LoadStringOrNull(), context.LoadStringOrNull());
        var (units, kind) = (context.Reader.ReadByte(), context.Reader.ReadByte());
        var (count, seed, rounds) = (context.Reader.ReadInt32(), context.Reader.ReadInt32(), context.Reader.ReadInt32());
        host.CheckDecode(units == Automatic || Enum.IsDefined((TargetPropVisibleUnits)units), $"The model is damaged: its visible units are {units}.");
        host.CheckDecode(Enum.IsDefined((TargetPropInpaintingOutput)kind), $"The model is damaged: its output is {kind}.");
        host.CheckDecode(count is >= 1 and <= InpaintingOptions.MostSamples, $"The model is damaged: its sample count is {count}.");
        host.CheckDecode(rounds is >= 1 and <= CompletionSettings.MostRounds, $"The model is damaged: its completion rounds are {rounds}.");
        return new(output, input, uncertainty, objective, code, units == Automatic ? null : (TargetPropVisibleUnits)units, count,
            new() { Output = (TargetPropInpaintingOutput)kind, Seed = seed, Rounds = rounds });
    }
}
