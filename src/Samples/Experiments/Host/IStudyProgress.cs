namespace Microsoft.ML.TargetProp.Samples.Experiments.Host;

/// <summary>Shows the progress of a study.</summary>
internal interface IStudyProgress
{
    /// <summary>Called when a study begins.</summary>
    /// <param name="trials">Number of trials in the plan.</param>
    /// <param name="finished">Number of trials that have a result already.</param>
    void Begin(int trials, int finished);

    /// <summary>Called when a trial begins.</summary>
    void TrialBegins(Trial trial);

    /// <summary>Reports the progress of the trial: a part in [0, 1], and a short text.</summary>
    void Report(double part, string text);

    /// <summary>Called when a trial has ended.</summary>
    void TrialEnds(TrialResult result);
}
