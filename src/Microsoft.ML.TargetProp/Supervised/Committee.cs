using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Supervised;

/// <summary>
/// The networks of a model on a device. They have the same shape, read the same inputs, and differ in their first weights and in the noise of their
/// training. The model predicts the average of their probabilities.
/// </summary>
internal sealed class Committee(IReadOnlyList<TargetPropNetwork> members) : IDisposable
{
    /// <summary>One network or more.</summary>
    public IReadOnlyList<TargetPropNetwork> Members { get; } = members;

    /// <summary>The shape of every member.</summary>
    public NetworkShape Shape => Members[0].Shape;

    /// <summary>The encoding that makes the inputs of every member; null when they read raw features.</summary>
    public ColumnEncoding? Encoding => Members[0].Encoding;

    public Device Device => Members[0].Device;

    /// <summary>The logits of encoded rows, <c>[batch, outputs]</c>: the average of the members.</summary>
    public Tensor Logits(Tensor inputs) => Average(Shape.Output, [.. Members.Select(m => m.Logits(inputs))]);

    /// <summary>The same for sparse rows.</summary>
    public Tensor Logits(SparseRows inputs) => Average(Shape.Output, [.. Members.Select(m => m.Logits(inputs))]);

    /// <summary>The same for a batch.</summary>
    public Tensor Logits(Batch batch) => batch.Sparse is { } rows ? Logits(rows) : Logits(batch.Features);

    /// <summary>
    /// The logits of the average probabilities, docs/algorithm.md (12.5). The method owns <paramref name="logits"/>.
    /// </summary>
    /// <param name="output">The meaning of the logits.</param>
    /// <param name="logits">The logits of every member, each <c>[batch, outputs]</c>.</param>
    public static Tensor Average(OutputKind output, IReadOnlyList<Tensor> logits)
    {
        if (logits.Count == 1)
            return logits[0];
        var average = PassAverage.Of(output, logits);
        foreach (var member in logits)
            member.Dispose();
        return average;
    }

    /// <summary>Copies all members into arrays.</summary>
    public IReadOnlyList<NetworkSnapshot> ToSnapshots() => [.. Members.Select(m => m.ToSnapshot())];

    /// <summary>Networks with the values of <paramref name="members"/>.</summary>
    public static Committee FromSnapshots(IReadOnlyList<NetworkSnapshot> members, Device device) =>
        new([.. members.Select(m => TargetPropNetwork.FromSnapshot(m, device))]);

    /// <summary>Overwrites all values with those of networks of the same shape.</summary>
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
