namespace Microsoft.ML.TargetProp.Networks;

/// <summary>
/// The architecture of a classifier network: layer 0 is the input, layers 1 to M−1 are hidden, layer M is the output.
/// </summary>
internal sealed record NetworkShape(int InputUnits, IReadOnlyList<int> HiddenUnits, int OutputUnits, TargetPropActivation Activation, OutputKind Output)
{
    /// <summary>M, the index of the output layer.</summary>
    public int OutputLayer => HiddenUnits.Count + 1;

    /// <summary>Units of layer <paramref name="layer"/>, 0 to M.</summary>
    public int Units(int layer) =>
        layer == 0 ? InputUnits : layer == OutputLayer ? OutputUnits : HiddenUnits[layer - 1];

    /// <summary>The activation of a layer's units; the input and the output are linear.</summary>
    public Activation ActivationOf(int layer) =>
        layer == 0 || layer == OutputLayer ? Networks.Activation.Identity : Networks.Activation.Of(Activation);

    /// <summary>The forward maps f_1 to f_M.</summary>
    public IReadOnlyList<LayerMapShape> ForwardMaps() =>
        [.. Enumerable.Range(1, OutputLayer).Select(i => MapBetween(i - 1, i))];

    /// <summary>A map from one layer to another, with the activation of the layer it writes to.</summary>
    public LayerMapShape MapBetween(int from, int to) => new(from, to, Units(from), Units(to), ActivationOf(to));
}
