using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Generative;

/// <summary>The activation of a visible layer with both kinds of columns: logistic in some, linear in the others.</summary>
internal sealed class MixedVisibleActivation(IReadOnlyList<TargetPropVisibleUnits> columns) : Activation
{
    private static readonly Activation Logistic = Of(TargetPropActivation.Sigmoid);

    private readonly bool[] _logistic = [.. columns.Select(c => c == TargetPropVisibleUnits.Logistic)];

    public override byte Code => 254;

    public override void Apply(Tensor preActivations)
    {
        using var scope = NewDisposeScope();
        var logistic = preActivations.clone();
        Logistic.Apply(logistic);
        preActivations.copy_(where(Mask(preActivations), logistic, preActivations));
    }

    public override void MultiplyByDerivative(Tensor delta, Tensor output)
    {
        using var scope = NewDisposeScope();
        var scaled = delta.clone();
        Logistic.MultiplyByDerivative(scaled, output);
        delta.copy_(where(Mask(delta), scaled, delta));
    }

    public override void Apply(Span<float> preActivations)
    {
        for (var i = 0; i < preActivations.Length; i++)
        {
            if (_logistic[i])
                preActivations[i] = 1f / (1f + MathF.Exp(-preActivations[i]));
        }
    }

    private Tensor Mask(Tensor like) => tensor(_logistic, device: like.device);
}
