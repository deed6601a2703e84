using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Generative;

/// <summary>The term ∂ log p(h_M) / ∂h_M of the E-step, which the paper leaves out; its gradient is taken at the end of the step.</summary>
internal interface ICodePull : IDisposable
{
    /// <summary>Moves every row of h_M, in place.</summary>
    void Apply(Tensor code);
}
