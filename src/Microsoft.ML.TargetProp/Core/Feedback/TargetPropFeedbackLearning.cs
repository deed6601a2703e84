namespace Microsoft.ML.TargetProp;

/// <summary>The loss that feedback maps lower, under a learning rule whose feedback maps learn.</summary>
public enum TargetPropFeedbackLearning
{
    /// <summary>
    /// The loss that the learning rule was published with: <see cref="DifferenceReconstruction"/> for direct difference target propagation,
    /// <see cref="LocalDifferenceReconstruction"/> for the rule that starts at the logits, <see cref="Reconstruction"/> for the two other rules
    /// whose feedback learns, and <see cref="None"/> for the rest.
    /// </summary>
    Automatic = 0,

    /// <summary>
    /// A denoising auto-encoder of each layer (Lee et al. 2015): ‖g_i(f_i(h_{i-1} + ε)) − (h_{i-1} + ε)‖², docs/algorithm.md (3.1).
    /// </summary>
    Reconstruction = 1,

    /// <summary>
    /// The difference reconstruction loss, DRL (Meulemans et al. 2020): ‖g(F(h + ε)) − g(F(h)) − ε‖², docs/algorithm.md (3.2). A disturbance ε of a
    /// layer changes the layers above; the feedback map should recover ε from that change. F leads from the layer up to where the map starts. The
    /// loss needs weight decay.
    /// </summary>
    DifferenceReconstruction = 2,

    /// <summary>
    /// The local difference reconstruction loss, L-DRL (Ernoult et al. 2022): −2⟨ε, g(f(h + ε)) − g(f(h))⟩ + ‖g(f(h) + ε′) − g(f(h))‖²,
    /// docs/algorithm.md (3.3). At its minimum, g′ is the transpose of f′ (of its mean over the data for a linear g).
    /// </summary>
    LocalDifferenceReconstruction = 3,

    /// <summary>Feedback maps do not learn; they stay as they were drawn.</summary>
    None = 4,
}
