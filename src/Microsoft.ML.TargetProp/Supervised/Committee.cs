using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Supervised;

/// <summary>
/// The networks of a model on a device. They have the same outputs; each reads rows through an encoding of its own. The model predicts the weighted
/// average of their probabilities.
/// </summary>
/// <param name="members">One network or more.</param>
internal sealed class Committee(IReadOnlyList<TargetPropNetwork> members) : IDisposable
{
    /// <summary>One network or more.</summary>
    public IReadOnlyList<TargetPropNetwork> Members { get; } = members;

    /// <summary>The shape of the first member. All have its outputs.</summary>
    public NetworkShape Shape => Members[0].Shape;

    public Device Device => Members[0].Device;

    /// <summary>The logits of rows, <c>[batch, outputs]</c>: the average of the members.</summary>
    /// <param name="features"><c>[batch, columns]</c> in the user's units, or with the one encoding of all members already applied.</param>
    /// <param name="areRaw">True when the members' encodings are still to be applied.</param>
    public Tensor Logits(Tensor features, bool areRaw)
    {
        using var scope = NewDisposeScope();
        var inputs = new SharedInputs(features, areRaw, Device);
        return Average(Shape.Output, [.. Members.Select(m => m.Logits(inputs.Of(m.Encoding)))], [.. Members.Select(m => m.Weight)]).MoveToOuterDisposeScope();
    }

    /// <summary>The same for sparse rows.</summary>
    /// <param name="inputs">The inputs; all members have one encoding.</param>
    public Tensor Logits(SparseRows inputs)
    {
        using var scope = NewDisposeScope();
        return Average(Shape.Output, [.. Members.Select(m => m.Logits(inputs))], [.. Members.Select(m => m.Weight)]).MoveToOuterDisposeScope();
    }

    /// <summary>The same for a batch.</summary>
    public Tensor Logits(Batch batch, bool areRaw) => batch.Sparse is { } rows ? Logits(rows) : Logits(batch.Features, areRaw);

    /// <summary>
    /// The logits of the weighted average of probabilities, docs/algorithm.md (12.5); of the outputs themselves where they are numbers.
    /// </summary>
    /// <param name="output">The meaning of the logits.</param>
    /// <param name="logits">The logits of every member, each <c>[batch, outputs]</c>.</param>
    /// <param name="weights">The weight of every member, above 0.</param>
    public static Tensor Average(OutputKind output, IReadOnlyList<Tensor> logits, IReadOnlyList<float> weights) =>
        logits.Count == 1 ? logits[0] : PassAverage.Of(output, logits, weights);

    /// <summary>Copies all members into arrays.</summary>
    public IReadOnlyList<NetworkSnapshot> ToSnapshots() => [.. Members.Select(m => m.ToSnapshot())];

    /// <summary>Networks with the values of <paramref name="members"/>.</summary>
    public static Committee FromSnapshots(IReadOnlyList<NetworkSnapshot> members, Device device) =>
        new([.. members.Select(m => TargetPropNetwork.FromSnapshot(m, device))]);

    /// <summary>Overwrites all values with those of networks of the same shapes.</summary>
    public void Load(IReadOnlyList<NetworkSnapshot> members)
    {
        for (var i = 0; i < Members.Count; i++)
            Members[i].Load(members[i]);
    }

    public void Dispose()
    {
        foreach (var member in Members)
            member.Dispose();
    }
}

/// <summary>
/// The inputs that the members of a committee read for one batch. Members of the same encoding share them. The caller's dispose scope owns the tensors.
/// </summary>
/// <param name="features"><c>[batch, columns]</c>.</param>
/// <param name="areRaw">False when the features are inputs already.</param>
/// <param name="device">The device of the members.</param>
internal sealed class SharedInputs(Tensor features, bool areRaw, Device device)
{
    private readonly Dictionary<ColumnEncoding, Tensor> _encoded = new(ReferenceEqualityComparer.Instance);

    /// <summary>The inputs of a member, <c>[batch, inputs]</c>.</summary>
    /// <param name="encoding">The member's encoding.</param>
    public Tensor Of(ColumnEncoding? encoding)
    {
        if (!areRaw || encoding is null)
            return features.to(device);
        if (!_encoded.TryGetValue(encoding, out var inputs))
            _encoded[encoding] = inputs = encoding.Encode(features, device);
        return inputs;
    }
}
