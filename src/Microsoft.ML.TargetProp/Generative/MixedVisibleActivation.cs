using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Generative;

/// <summary>The activation of a visible layer: logistic in some columns, linear in the others.</summary>
internal sealed class MixedVisibleActivation(IReadOnlyList<TargetPropVisibleUnits> columns) : Activation
{
    private static readonly Activation Logistic = Of(TargetPropActivation.Sigmoid);

    private readonly bool[] _logistic = [.. columns.Select(c => c == TargetPropVisibleUnits.Logistic)];

    public override byte Code => 254;

    public override void Apply(Tensor preActivations)
    {
        using var scope = NewDisposeScope();
        var squashed = preActivations.clone();
        Logistic.Apply(squashed);
        preActivations.copy_(where(Mask(preActivations), squashed, preActivations));
    }

    public override void MultiplyByDerivative(Tensor delta, Tensor output)
    {
        using var scope = NewDisposeScope();
        var sloped = delta.clone();
        Logistic.MultiplyByDerivative(sloped, output);
        delta.copy_(where(Mask(delta), sloped, delta));
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
