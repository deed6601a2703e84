using System.Globalization;
using System.Numerics;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.TargetProp.Generative;
using TorchSharp;
using static TorchSharp.torch;

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
        host.CheckDecode(count is >= 1 and <= InpaintingOptions.MaxSamples, $"The model is damaged: its sample count is {count}.");
        host.CheckDecode(rounds is >= 1 and <= CompletionSettings.MaxRounds, $"The model is damaged: its completion rounds are {rounds}.");
        return new(output, input, uncertainty, objective, code, units == Automatic ? null : (TargetPropVisibleUnits)units, count,
            new() { Output = (TargetPropInpaintingOutput)kind, Seed = seed, Rounds = rounds });
    }
}

/// <summary>The columns that inpainting adds: the completed vector and, when their names are given, its uncertainty, the objective and the code.</summary>
/// <param name="host">Makes the errors.</param>
/// <param name="model">The model that completes.</param>
/// <param name="settings">The columns and the kind of completion.</param>
internal sealed class InpaintingColumns(IHost host, TargetPropGenerativeModel model, InpaintingSettings settings) : IVectorColumns
{
    private readonly int _uncertainty = IndexOf(settings.UncertaintyColumnName);
    private readonly int _objective = IndexOf(settings.ObjectiveColumnName, settings.UncertaintyColumnName);
    private readonly int _code = IndexOf(settings.CodeColumnName, settings.UncertaintyColumnName, settings.ObjectiveColumnName);

    public string InputColumnName => settings.InputColumnName;

    public int InputLength => model.SlotCount;

    public DataViewSchema.DetachedColumn[] OutputColumns(DataViewSchema.Column input)
    {
        var vector = new VectorDataViewType(NumberDataViewType.Single, InputLength);
        var slotNames = SlotNames(input);
        var completed = settings.SampleCount == 1
            ? new DataViewSchema.DetachedColumn(settings.OutputColumnName, vector, slotNames)
            : new(settings.OutputColumnName, new VectorDataViewType(NumberDataViewType.Single, settings.SampleCount, InputLength));
        var columns = new List<DataViewSchema.DetachedColumn> { completed };
        if (settings.UncertaintyColumnName is { } uncertainty)
            columns.Add(new(uncertainty, vector, slotNames));
        if (settings.ObjectiveColumnName is { } objective)
            columns.Add(new(objective, NumberDataViewType.Single));
        if (settings.CodeColumnName is { } code)
            columns.Add(new(code, new VectorDataViewType(NumberDataViewType.Single, model.HiddenUnits[^1])));
        return [.. columns];
    }

    public void Check(ReadOnlySpan<float> values, DataViewSchema.Column input, long position)
    {
        var infinite = VectorCheck.FirstInfinite(values);
        if (infinite >= 0)
            throw host.Except(string.Create(CultureInfo.InvariantCulture,
                $"Column '{input.Name}' holds {values[infinite]} in slot {VectorColumn.SlotName(input, infinite)} of row {position + 1} (rows count from 1, slots from 0). {VectorCheck.InfiniteRemedy}"));
        if (settings.VisibleUnits != TargetPropVisibleUnits.Logistic)
            return;
        var outside = VectorCheck.FirstOutside(values, model.VisibleUnits);
        if (outside >= 0)
            throw host.Except(string.Create(CultureInfo.InvariantCulture,
                $"Column '{input.Name}' holds {values[outside]} in slot {VectorColumn.SlotName(input, outside)} of row {position + 1} (rows count from 1, slots from 0). {VectorCheck.OutsideRemedy}"));
    }

    public void Compute(VectorBatch batch)
    {
        using var guard = no_grad();
        using var scope = NewDisposeScope();
        using var lease = model.Take();
        var deviceModel = lease.Value;
        var visible = batch.ToTensor(deviceModel.Network.Device);
        if (batch.Output(0) is not null || (_uncertainty > 0 && batch.Output(_uncertainty) is not null))
            Complete(batch, deviceModel, visible);
        var (objectives, codes) = (_objective > 0 ? batch.Output(_objective) : null, _code > 0 ? batch.Output(_code) : null);
        if (objectives is not null)
        {
            var (objective, code) = deviceModel.Evaluate(visible);
            objective.Total.ToFloats().CopyTo(objectives, 0);
            if (codes is not null)
                code.ToFloats().CopyTo(codes, 0);
        }
        else if (codes is not null)
        {
            deviceModel.Infer(visible).ToFloats().CopyTo(codes, 0);
        }
    }

    /// <summary>Index of an added column, after the completed vector and the columns before it; −1 when it has no name.</summary>
    private static int IndexOf(string? name, params string?[] before) => name is null ? -1 : 1 + before.Count(b => b is not null);

    private void Complete(VectorBatch batch, GenerativeModel deviceModel, Tensor visible)
    {
        long[] keys = [.. batch.Ids.Take(batch.Rows).Select(id => (long)(id.Low ^ BitOperations.RotateLeft(id.High, 32)))];
        // Every draw has the same deviations, so they are computed once, and need no draw.
        var (draws, output) = batch.Output(0) is null ? (1, TargetPropInpaintingOutput.ExpectedValue) : (settings.SampleCount, settings.Completion.Output);
        for (var draw = 0; draw < draws; draw++)
        {
            using var scope = NewDisposeScope();
            var deviations = draw == 0 && _uncertainty > 0 ? batch.Output(_uncertainty) : null;
            var completion = settings.Completion with { Output = output, Draw = draw, WithDeviations = deviations is not null };
            var completed = IterativeCompletion.Run(deviceModel.Network, deviceModel.Snapshot, visible, completion, keys);
            if (batch.Output(0) is { } values)
                Scatter(completed.Values.ToFloats(), values, draw);
            if (deviations is not null)
                completed.Deviations!.ToFloats().CopyTo(deviations, 0);
        }
    }

    /// <summary>Copies one completion of every row to its place among the completions of the row.</summary>
    private void Scatter(float[] completions, float[] values, int draw)
    {
        for (var row = 0; row < completions.Length / InputLength; row++)
            completions.AsSpan(row * InputLength, InputLength).CopyTo(values.AsSpan((row * settings.SampleCount + draw) * InputLength));
    }

    /// <summary>The slot names of the input, for the completed vector.</summary>
    private static DataViewSchema.Annotations? SlotNames(DataViewSchema.Column input)
    {
        var annotations = new DataViewSchema.Annotations.Builder();
        annotations.Add(input.Annotations, name => name == AnnotationUtils.Kinds.SlotNames);
        return annotations.ToAnnotations();
    }
}
