using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Generative;

/// <summary>The values of all layers along the E-step: after the forward pass, then after every iteration.</summary>
internal sealed class InferencePath
{
    private readonly List<Tensor[]> _values = [];

    /// <summary>h_0 to h_M at every point; the dispose scope of the E-step's caller holds them.</summary>
    public IReadOnlyList<Tensor[]> Values => _values;

    public void Add(int iteration, Tensor[] h) => _values.Add([.. h.Select(layer => layer.clone())]);
}
