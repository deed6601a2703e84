using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Supervised;

/// <summary>Listens to a rule's layer losses and keeps what they are losses of: the errors h_i − t_i, and with them the targets.</summary>
internal sealed class TargetTrace(int layers) : LossMeter(layers)
{
    private readonly Tensor?[] _errors = new Tensor?[layers];

    /// <inheritdoc/>
    public override void Add(int map, Tensor error)
    {
        base.Add(map, error);
        _errors[map] = error.clone();
    }

    /// <summary>h_i − t_i, <c>[batch, units]</c>, or null where the rule gave layer i no target.</summary>
    public Tensor? Error(int layer) => _errors[layer - 1];
}
