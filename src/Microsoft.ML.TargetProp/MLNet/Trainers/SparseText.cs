using System.Globalization;
using Microsoft.ML.Runtime;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.MLNet;

/// <summary>When a trainer reads a wide, sparse column without its zeros.</summary>
internal static class SparseText
{
    /// <summary>Why a network cannot read sparse rows, a clause that names the option to change; null when it can.</summary>
    /// <param name="options">The options.</param>
    /// <param name="device">The device to train on.</param>
    /// <param name="isText">Whether the rows are sparse, or the model to continue from was trained on such.</param>
    public static string? Refusal(TargetPropOptions options, Device device, bool isText) =>
        !isText ? "the model or the training rows are dense"
        : device.type != DeviceType.CPU ? "sparse rows are for the processor, and training runs on a GPU"
        : options.FeatureEncoding != TargetPropFeatureEncoding.Auto ? $"{nameof(options.FeatureEncoding)} is {options.FeatureEncoding}, which is not for sparse rows"
        : options.Augmentation is not null ? $"{nameof(options.Augmentation)} moves pictures"
        : options.InputNoise > 0 ? $"{nameof(options.InputNoise)} is above 0, which disturbs every entry"
        : options.UnitType != TargetPropUnitType.Continuous ? $"{nameof(options.UnitType)} is {options.UnitType}, whose rows are dense"
        : null;

    /// <summary>Says that a column is read without its zeros.</summary>
    /// <param name="channel">The channel of messages.</param>
    /// <param name="column">The name of the column.</param>
    /// <param name="rows">The training rows.</param>
    /// <param name="encoding">Their encoding.</param>
    public static void Announce(IChannel channel, string column, SparseRows rows, ColumnEncoding? encoding)
    {
        channel.Info("{0}", string.Create(CultureInfo.InvariantCulture,
            $"Column '{column}' is sparse ({rows.Count} rows of {rows.Columns} slots, {100 * rows.Density:0.##} % of them not zero): " +
            $"the network reads its rows without their zeros. {encoding!.Inputs} slots occur in {SparseEncoding.MinRows} rows or more and become inputs; the others are left out."));
    }
}
