using Microsoft.ML.Runtime;
using Microsoft.ML.TargetProp.Autoencoder;
using Microsoft.ML.TargetProp.MLNet;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp;

/// <summary>
/// A stacked auto-encoder, trained without back-propagation: the model of a <see cref="TargetPropFeaturizerTransformer"/>. The training of a
/// classifier can start from it: <c>Fit(data, model)</c> of the target propagation trainers.
/// </summary>
/// <remarks>Several threads may use one model. The first call takes native memory, and <see cref="Dispose"/> frees it.</remarks>
public sealed class TargetPropAutoencoderModel : IDisposable
{
    private static readonly ModelStream Stream = new("Autoencoder", "TPAUTOEN", version: 1);

    private readonly SharedDeviceModel<AutoencoderNetwork> _shared;

    internal TargetPropAutoencoderModel(IHost host, AutoencoderSnapshot snapshot)
    {
        Snapshot = snapshot;
        _shared = new(host, device => new(snapshot, device));
    }

    /// <summary>The length of the vectors that are encoded.</summary>
    public int SlotCount => Snapshot.Shape.InputUnits;

    /// <summary>The number of units of each layer of codes, from the vector up; the last layer is the top code.</summary>
    public IReadOnlyList<int> HiddenUnits => Snapshot.Shape.HiddenUnits;

    /// <summary>The activation of the codes.</summary>
    public TargetPropActivation Activation => Snapshot.Shape.Activation;

    internal AutoencoderSnapshot Snapshot { get; }

    /// <summary>Returns the top code of every row: as many numbers as the last of <see cref="HiddenUnits"/>.</summary>
    /// <param name="rows">Rows of <see cref="SlotCount"/> numbers.</param>
    /// <exception cref="ArgumentException">There are no rows, or one has another length or an infinite number.</exception>
    public float[][] Encode(IReadOnlyList<float[]> rows) => Map(rows, nameof(rows), SlotCount, (model, features) => model.Encode(features)[^1]);

    /// <summary>Decodes top codes into rows of <see cref="SlotCount"/> numbers.</summary>
    /// <param name="codes">Codes with as many numbers as the last of <see cref="HiddenUnits"/>.</param>
    /// <exception cref="ArgumentException">There are no codes, or one has another length or an infinite number.</exception>
    public float[][] Decode(IReadOnlyList<float[]> codes) => Map(codes, nameof(codes), HiddenUnits[^1], (model, code) => model.Decode(code));

    /// <summary>Encodes rows and decodes their top codes.</summary>
    /// <inheritdoc cref="Encode"/>
    public float[][] Reconstruct(IReadOnlyList<float[]> rows) => Map(rows, nameof(rows), SlotCount, (model, features) => model.Decode(model.Encode(features)[^1]));

    /// <summary>Frees the native memory. The model stays usable.</summary>
    public void Dispose() => _shared.Release();

    /// <summary>Returns the model on its device, for as long as the lease is not disposed.</summary>
    internal SharedDeviceModel<AutoencoderNetwork>.Lease Take() => _shared.Take();

    // *** Binary format *** (stream "Autoencoder", inside an ArchiveContainer)
    // AutoencoderArchive

    internal void Save(ModelSaveContext context) => Stream.Save(context, writer => AutoencoderArchive.Write(writer, Snapshot));

    /// <exception cref="FormatException">The archive is damaged, truncated, or from a later version.</exception>
    internal static TargetPropAutoencoderModel Load(IHost host, ModelLoadContext context) =>
        new(host, Stream.Load(host, context, AutoencoderArchive.Read));

    private float[][] Map(IReadOnlyList<float[]> rows, string parameter, int columns, Func<AutoencoderNetwork, Tensor, Tensor> map)
    {
        using var guard = no_grad();
        using var scope = NewDisposeScope();
        using var lease = Take();
        return RowTensors.ToRows(map(lease.Value, RowTensors.From(rows, columns, lease.Value.Device, parameter)));
    }
}
