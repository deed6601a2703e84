namespace Microsoft.ML.TargetProp.Tests.Supervised;

/// <summary>φ and φ′ of a unit as functions of the pre-activation, in double precision.</summary>
internal sealed record ReferenceUnit(Func<double, double> Value, Func<double, double> Slope)
{
    public static readonly ReferenceUnit Identity = new(a => a, _ => 1);

    public static ReferenceUnit Of(TargetPropActivation activation) => activation switch
    {
        TargetPropActivation.Tanh => new(Math.Tanh, a => 1 / (Math.Cosh(a) * Math.Cosh(a))),
        TargetPropActivation.Sigmoid => new(a => 1 / (1 + Math.Exp(-a)), a => Math.Exp(-a) / ((1 + Math.Exp(-a)) * (1 + Math.Exp(-a)))),
        TargetPropActivation.Relu => new(a => a > 0 ? a : 0, a => a > 0 ? 1 : 0),
        TargetPropActivation.LeakyRelu => new(a => a > 0 ? a : 0.01 * a, a => a > 0 ? 1 : 0.01),
        TargetPropActivation.Elu => new(a => a > 0 ? a : Math.Exp(a) - 1, a => a > 0 ? 1 : Math.Exp(a)),
        _ => throw new ArgumentOutOfRangeException(nameof(activation)),
    };
}
