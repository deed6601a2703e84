using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.MLNet;

/// <summary>When a trainer reads a wide, sparse column without its zeros.</summary>
internal static class SparseText
{
    /// <summary>Why a network cannot read sparse rows, a clause that names the option to change; null when it can.</summary>
    /// <param name="options">The options.</param>
    /// <param name="device">The device to train on.</param>
    /// <param name="start">The encoding of the model to continue from, or null.</param>
    public static string? Refusal(TargetPropOptions options, Device device, ColumnEncoding? start) =>
        device.type != DeviceType.CPU ? "sparse rows are for the processor, and training runs on a GPU"
        : options.FeatureEncoding != TargetPropFeatureEncoding.Auto ? $"{nameof(options.FeatureEncoding)} is {options.FeatureEncoding}, which is not for sparse rows"
        : options.Augmentation is not null ? $"{nameof(options.Augmentation)} moves pictures"
        : options.InputNoise > 0 ? $"{nameof(options.InputNoise)} is above 0, which disturbs every entry"
        : options.UnitType != TargetPropUnitType.Continuous ? $"{nameof(options.UnitType)} is {options.UnitType}, whose rows are dense"
        : start is not null and not SparseEncoding ? "the model to continue from was trained on dense rows"
        : null;
}
