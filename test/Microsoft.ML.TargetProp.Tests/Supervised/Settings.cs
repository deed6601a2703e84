using Microsoft.ML.TargetProp.Supervised;

namespace Microsoft.ML.TargetProp.Tests.Supervised;

/// <summary>Settings that suit small tables. A test changes the settings that it is about.</summary>
internal static class Settings
{
    public static readonly ClassifierSettings Default = new()
    {
        MaxEpochs = 5,
        BatchSize = 16,
        Schedule = TargetPropSchedule.Constant,
        LearningRate = 0.01,
        FeedbackLearningRate = 0.01,
        TargetStep = 0.3,
        FeedbackNoise = 0.1,
        Seed = 1,
    };
}
