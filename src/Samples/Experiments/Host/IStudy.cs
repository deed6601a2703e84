using Microsoft.ML.TargetProp.Samples.Experiments.Reporting;

namespace Microsoft.ML.TargetProp.Samples.Experiments.Host;

/// <summary>
/// One study: a question, the trials that answer it, and a report on their results. The host does the rest: progress, resuming, JSON, files,
/// the command line. A new study is a class that implements this, a line in <see cref="StudyCatalog"/>, and a page in docs/experiments.
/// </summary>
internal interface IStudy
{
    /// <summary>Name on the command line: small letters, digits and hyphens.</summary>
    string Name { get; }

    /// <summary>The subject in one line.</summary>
    string Summary { get; }

    /// <summary>Number of seeds if the command line names none.</summary>
    int DefaultSeeds { get; }

    /// <summary>Whether the study needs MNIST. Without its files digits are drawn by code, and <c>--write</c> is refused.</summary>
    bool IsAboutMnist => true;

    /// <summary>Makes the plan.</summary>
    /// <exception cref="SampleException">The study cannot do this request, or the data are missing.</exception>
    StudyPlan Plan(StudyRequest request);
}

/// <summary>The plan of a study.</summary>
/// <param name="Trials">The trials in the order in which they run.</param>
/// <param name="Report">Makes the report from one result per trial, in the same order.</param>
/// <param name="Missing">The data that are missing, as a sentence. The results then do not belong in the documentation. Null if nothing is.</param>
internal sealed record StudyPlan(IReadOnlyList<Trial> Trials, Func<IReadOnlyList<TrialResult>, Findings> Report, string? Missing = null);
