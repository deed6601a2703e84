namespace Microsoft.ML.TargetProp.Samples.Experiments.Host;

/// <summary>Is told how a study goes, and shows it.</summary>
internal interface IStudyProgress
{
    /// <summary>A study begins.</summary>
    /// <param name="trials">Trials of the plan.</param>
    /// <param name="finished">How many of them have a result already.</param>
    void Begin(int trials, int finished);

    /// <summary>A trial begins.</summary>
    void TrialBegins(Trial trial);

    /// <summary>How far the trial is: a part in [0, 1], and a few words.</summary>
    void Report(double part, string text);

    /// <summary>A trial has ended.</summary>
    void TrialEnds(TrialResult result);
}
