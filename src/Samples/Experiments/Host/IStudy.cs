using Microsoft.ML.TargetProp.Samples.Experiments.Reporting;

namespace Microsoft.ML.TargetProp.Samples.Experiments.Host;

/// <summary>
/// One study: a question, the trials that answer it, and how the answer is shown. The host does the rest: progress, resuming,
/// JSON, files, the command line. A new study is a class that implements this, and a line in <see cref="StudyCatalog"/>.
/// </summary>
internal interface IStudy
{
    /// <summary>What to write on the command line: small letters, digits and hyphens.</summary>
    string Name { get; }

    /// <summary>What is studied, in one line.</summary>
    string Summary { get; }

    /// <summary>How many seeds are taken when the command line names no number.</summary>
    int DefaultSeeds { get; }

    /// <summary>Whether it is about MNIST: without its files digits are drawn by code, which is to look at and not to write down.</summary>
    bool IsAboutMnist => true;

    /// <summary>Decides what to measure.</summary>
    /// <exception cref="SampleException">The request makes no sense for this study, or the data are missing.</exception>
    StudyPlan Plan(StudyRequest request);
}

/// <summary>What a study is going to measure.</summary>
/// <param name="Trials">In the order in which they run.</param>
/// <param name="Report">Shows the results: one for each trial, in the same order.</param>
internal sealed record StudyPlan(IReadOnlyList<Trial> Trials, Func<IReadOnlyList<TrialResult>, Findings> Report);
