namespace Microsoft.ML.TargetProp.Generative;

/// <summary>The layers of a generative model. Layer 0 is visible, layers 1 to M are hidden, and layer M is the top code.</summary>
/// <param name="Visible">The kind of every visible column.</param>
/// <param name="HiddenUnits">Units of the layers 1 to M; at least one layer.</param>
/// <param name="Activation">φ of the hidden units.</param>
internal sealed record GenerativeShape(IReadOnlyList<TargetPropVisibleUnits> Visible, IReadOnlyList<int> HiddenUnits, TargetPropActivation Activation)
{
    /// <summary>M, the index of the top layer.</summary>
    public int Top => HiddenUnits.Count;

    public int VisibleUnits => Visible.Count;

    public int Units(int layer) => layer == 0 ? VisibleUnits : HiddenUnits[layer - 1];

    /// <summary>The inference maps f_1 to f_M. f_k maps layer k − 1 to layer k.</summary>
    public IReadOnlyList<LayerMapShape> InferenceMaps() =>
        [.. Enumerable.Range(1, Top).Select(k => new LayerMapShape(k - 1, k, Units(k - 1), Units(k), Core.Activation.Of(Activation)))];

    /// <summary>The generative maps g_1 to g_M. g_k maps layer k to layer k − 1.</summary>
    public IReadOnlyList<LayerMapShape> GenerativeMaps() =>
        [.. Enumerable.Range(1, Top).Select(k => new LayerMapShape(k, k - 1, Units(k), Units(k - 1), k == 1 ? VisibleActivation() : Core.Activation.Of(Activation)))];

    private Activation VisibleActivation() =>
        Visible.All(v => v == TargetPropVisibleUnits.Logistic) ? Core.Activation.Of(TargetPropActivation.Sigmoid)
        : Visible.All(v => v == TargetPropVisibleUnits.Gaussian) ? Core.Activation.Identity
        : new MixedVisibleActivation(Visible);
}

/// <summary>A generative model in plain arrays. An archive stores it; a <see cref="GenerativeModel"/> is made from it.</summary>
/// <param name="Shape">The layers.</param>
/// <param name="Visible">The units of the visible columns.</param>
/// <param name="Settings">The E-step of the trained model.</param>
/// <param name="Inference">f_1 to f_M.</param>
/// <param name="Generation">g_1 to g_M.</param>
/// <param name="InferenceVariances">Variance of q(h_k | h_{k−1}) per unit of layer k, k = 1 to M.</param>
/// <param name="GenerationVariances">Variance of p(h_{k−1} | h_k) per unit of layer k − 1, k = 1 to M.</param>
/// <param name="Prior">p(h_M).</param>
/// <param name="Completion">The second set of maps, trained on masked rows; null when the maps above complete rows.</param>
internal sealed record GenerativeSnapshot(
    GenerativeShape Shape, VisibleScale Visible, InferenceSettings Settings, IReadOnlyList<MapSnapshot> Inference,
    IReadOnlyList<MapSnapshot> Generation, IReadOnlyList<float[]> InferenceVariances, IReadOnlyList<float[]> GenerationVariances, PriorParameters Prior,
    CompletionSnapshot? Completion = null);
