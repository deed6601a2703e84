using Microsoft.ML.TargetProp.Samples.Experiments.Studies;
using Microsoft.ML.TargetProp.Samples.Experiments.Studies.Rules;

namespace Microsoft.ML.TargetProp.Samples.Experiments.Host;

/// <summary>All studies of the program.</summary>
internal static class StudyCatalog
{
    /// <summary>The studies in the order of the list.</summary>
    public static IReadOnlyList<IStudy> All { get; } =
    [
        new MnistDefaultStudy(),
        new PaperNetStudy(),
        new AugmentationStudy(),
        new AutoencoderStudy(),
        new TablesStudy(),
        new RegressionStudy(),
        new InpaintingStudy(),
        new ImputationStudy(),
        new ModalitiesStudy(),
        new DiagnoseStudy(),
        new DiscreteStudy(),
        new StochasticStudy(),
        new GenerationStudy(),
        InferenceStudy.Steps,
        InferenceStudy.Gradients,
        InferenceStudy.Stdp,
        new SupervisedStudy(),
        new DepthStudy(),
        new FewLabelsStudy(),
        new RobustnessStudy(),
        new AlignmentStudy(),
    ];
}
