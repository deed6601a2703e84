namespace Microsoft.ML.TargetProp;

/// <summary>How feedback maps learn, for the learning rules whose feedback does.</summary>
public enum TargetPropFeedbackLearning
{
    /// <summary>
    /// What the learning rule was published with: <see cref="Reconstruction"/>, <see cref="DifferenceReconstruction"/> for direct
    /// difference target propagation, <see cref="LocalDifferenceReconstruction"/> for the rule that starts at the logits, else
    /// <see cref="None"/>.
    /// </summary>
    Automatic = 0,

    /// <summary>
    /// A denoising auto-encoder of each layer (Lee et al. 2015): a step on ‖g_i(f_i(h_{i-1} + ε)) − (h_{i-1} + ε)‖².
    /// </summary>
    Reconstruction = 1,

    /// <summary>
    /// The difference reconstruction loss, DRL (Meulemans et al. 2020): what a disturbance ε of a layer changes further up is led back and
    /// should return it, ‖g(F(h + ε)) − g(F(h)) − ε‖², where F leads from the map's layer up to where the map starts; with weight decay.
    /// </summary>
    DifferenceReconstruction = 2,

    /// <summary>
    /// The local difference reconstruction loss, L-DRL (Ernoult et al. 2022): −2⟨ε, g(f(h + ε)) − g(f(h))⟩ + ‖g(f(h) + ε′) − g(f(h))‖². Where
    /// it is lowest, g′ is the transpose of f′ (its mean over the data for a linear g).
    /// </summary>
    LocalDifferenceReconstruction = 3,

    /// <summary>Feedback maps stay as they were drawn.</summary>
    None = 4,
}
