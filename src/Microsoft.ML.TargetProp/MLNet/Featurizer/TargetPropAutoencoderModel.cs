using Microsoft.ML.Runtime;
using Microsoft.ML.TargetProp.Autoencoder;
using Microsoft.ML.TargetProp.MLNet;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp;

/// <summary>
/// A stacked auto-encoder that was learned without back-propagation: the model of a <see cref="TargetPropFeaturizerTransformer"/>, and first
/// layers for a classifier (<c>Fit(data, model)</c> of the target propagation trainers).
/// </summary>
/// <remarks>Several threads may use one model. Native memory is taken at the first call and given back by <see cref="Dispose"/>.</remarks>
public sealed class TargetPropAutoencoderModel : IDisposable
{
    private static readonly ModelStream Stream = new("Autoencoder", "TPAUTOEN", version: 1);

    private readonly SharedDeviceModel<AutoencoderNetwork> _live;

    internal TargetPropAutoencoderModel(IHost host, AutoencoderSnapshot snapshot)
    {
        Snapshot = snapshot;
        _live = new(host, device => new(snapshot, device));
    }

    /// <summary>Length of the vectors that are encoded.</summary>
    public int SlotCount => Snapshot.Shape.InputUnits;

    /// <summary>Units of every layer of codes, from the vector up; the last one is the top code.</summary>
    public IReadOnlyList<int> HiddenUnits => Snapshot.Shape.HiddenUnits;

    /// <summary>Activation of the codes.</summary>
    public TargetPropActivation Activation => Snapshot.Shape.Activation;

    internal AutoencoderSnapshot Snapshot { get; }

    /// <summary>The top code of every row, as many numbers as the last of <see cref="HiddenUnits"/>.</summary>
    /// <param name="rows">Rows of <see cref="SlotCount"/> numbers.</param>
    /// <exception cref="ArgumentException">There are no rows, or one has another length or an infinite number.</exception>
    public float[][] Encode(IReadOnlyList<float[]> rows) => Map(rows, SlotCount, (model, features) => model.Encode(features)[^1]);

    /// <summary>What top codes stand for: rows of <see cref="SlotCount"/> numbers.</summary>
    /// <param name="codes">Codes of as many numbers as the last of <see cref="HiddenUnits"/>.</param>
    /// <exception cref="ArgumentException">There are no codes, or one has another length or an infinite number.</exception>
    public float[][] Decode(IReadOnlyList<float[]> codes) => Map(codes, HiddenUnits[^1], (model, code) => model.Decode(code));

    /// <summary>Rows as the top code remembers them: encoded, then decoded.</summary>
    /// <inheritdoc cref="Encode"/>
    public float[][] Reconstruct(IReadOnlyList<float[]> rows) => Map(rows, SlotCount, (model, features) => model.Decode(model.Encode(features)[^1]));

    /// <summary>
    /// What each unit of the first layer looks for: its weights on the slots of the vector, in the units of the data (the effect of one unit
    /// more in a slot), <see cref="SlotCount"/> numbers for every unit.
    /// </summary>
    internal float[][] Filters()
    {
        var weight = Snapshot.Encoders[0].Weight;
        var scale = Snapshot.Standardization?.Scale;
        return [.. Enumerable.Range(0, HiddenUnits[0]).Select(unit =>
        {
            var filter = weight.AsSpan(unit * SlotCount, SlotCount).ToArray();
            for (var slot = 0; scale is not null && slot < filter.Length; slot++)
                filter[slot] *= scale[slot];
            return filter;
        })];
    }

    /// <summary>Gives back native memory. The model stays usable.</summary>
    public void Dispose() => _live.Release();

    /// <summary>The model on its device, for as long as the lease is not disposed.</summary>
    internal SharedDeviceModel<AutoencoderNetwork>.Lease Take() => _live.Take();

    // *** Binary format *** (stream "Autoencoder", inside an ArchiveContainer)
    // AutoencoderArchive

    internal void Save(ModelSaveContext context) => Stream.Save(context, writer => AutoencoderArchive.Write(writer, Snapshot));

    /// <exception cref="FormatException">The archive is damaged, truncated, or from a later version.</exception>
    internal static TargetPropAutoencoderModel Load(IHost host, ModelLoadContext context) =>
        new(host, Stream.Load(host, context, AutoencoderArchive.Read));

    private float[][] Map(IReadOnlyList<float[]> rows, int columns, Func<AutoencoderNetwork, Tensor, Tensor> map)
    {
        using var guard = no_grad();
        using var scope = NewDisposeScope();
        using var lease = Take();
        return RowTensors.ToRows(map(lease.Value, RowTensors.From(rows, columns, lease.Value.Device, nameof(rows))));
    }
}
