namespace Microsoft.ML.TargetProp.Generative;

/// <summary>The layers of a generative model: 0 is the visible layer, 1 to M are hidden, M is the top code.</summary>
/// <param name="Visible">The kind of every visible column.</param>
/// <param name="HiddenUnits">Units of the layers 1 to M; at least one layer.</param>
/// <param name="Activation">φ of the hidden units.</param>
internal sealed record GenerativeShape(IReadOnlyList<TargetPropVisibleUnits> Visible, IReadOnlyList<int> HiddenUnits, TargetPropActivation Activation)
{
    /// <summary>M, the index of the top layer.</summary>
    public int Top => HiddenUnits.Count;

    public int VisibleUnits => Visible.Count;

    public int Units(int layer) => layer == 0 ? VisibleUnits : HiddenUnits[layer - 1];

    /// <summary>The inference maps f_1 to f_M, f_k from layer k − 1 to layer k.</summary>
    public IReadOnlyList<LayerMapShape> InferenceMaps() =>
        [.. Enumerable.Range(1, Top).Select(k => new LayerMapShape(k - 1, k, Units(k - 1), Units(k), Core.Activation.Of(Activation)))];

    /// <summary>The generative maps g_1 to g_M, g_k from layer k to layer k − 1.</summary>
    public IReadOnlyList<LayerMapShape> GenerativeMaps() =>
        [.. Enumerable.Range(1, Top).Select(k => new LayerMapShape(k, k - 1, Units(k), Units(k - 1), k == 1 ? VisibleActivation() : Core.Activation.Of(Activation)))];

    private Activation VisibleActivation() =>
        Visible.All(v => v == TargetPropVisibleUnits.Logistic) ? Core.Activation.Of(TargetPropActivation.Sigmoid)
        : Visible.All(v => v == TargetPropVisibleUnits.Gaussian) ? Core.Activation.Identity
        : new MixedVisibleActivation(Visible);
}
