using Microsoft.ML.Runtime;
using Microsoft.ML.TargetProp.Generative;
using static Microsoft.ML.TargetProp.MLNet.OptionRule;

namespace Microsoft.ML.TargetProp.MLNet;

using Options = TargetPropInpaintingEstimator.Options;

/// <summary>Refuses options out of range when an estimator is built.</summary>
internal static class InpaintingOptionsCheck
{
    /// <summary>More completions of a row than this are a mistake.</summary>
    public const int MostSamples = 1000;

    /// <exception cref="ArgumentOutOfRangeException">An option is out of range; the message names it, its value, and the range.</exception>
    public static void Check(IExceptionContext host, Options options)
    {
        CheckColumns(host, options);
        Defined(host, nameof(options.Output), options.Output);
        Require(host, options.SampleCount is >= 1 and <= MostSamples, nameof(options.SampleCount), options.SampleCount, $"1 to {MostSamples}");
        Require(host, options.SampleCount == 1 || options.Output == TargetPropInpaintingOutput.Sample, nameof(options.SampleCount), options.SampleCount,
            $"1 when {nameof(options.Output)} is {options.Output}, which is the same every time");
        Require(host, options.Completion.Rounds is >= 1 and <= CompletionSettings.MostRounds, "Completion.Rounds", options.Completion.Rounds, $"1 to {CompletionSettings.MostRounds}");
        if (options.VisibleUnits is { } units)
            Defined(host, nameof(options.VisibleUnits), units);
        AtLeastOne(host, nameof(options.ImageWidth), options.ImageWidth);
        AtLeastOne(host, nameof(options.ImageHeight), options.ImageHeight);
        Require(host, options.ImageHeight is null || options.ImageWidth is not null, nameof(options.ImageHeight), options.ImageHeight ?? 0,
            $"null when {nameof(options.ImageWidth)} is null");
        Layers(host, nameof(options.HiddenUnits), options.HiddenUnits);
        Defined(host, nameof(options.Activation), options.Activation);
        AtLeastOne(host, nameof(options.MaxEpochs), options.MaxEpochs);
        AtLeastOne(host, nameof(options.BatchSize), options.BatchSize);
        Require(host, options.Completion.MaxEpochs is null or >= 0, "Completion.MaxEpochs", options.Completion.MaxEpochs ?? 0, "0 (none) or more, or null to choose by the rows");
        Number(host, nameof(options.LearningRate), options.LearningRate ?? 1, v => v > 0, "a number above 0");
        Defined(host, nameof(options.Schedule), options.Schedule);
        Number(host, nameof(options.Noise), options.Noise, v => v >= 0, "a number of 0 or more");
        Require(host, options.Inference.Iterations is >= 1 and <= InferenceSettings.MostIterations, "Inference.Iterations", options.Inference.Iterations, $"1 to {InferenceSettings.MostIterations}");
        Number(host, "Inference.Step", options.Inference.Step, v => v is > 0 and <= 1, "a number above 0 and at most 1");
        Number(host, "Inference.TopDownStep", options.Inference.TopDownStep, v => v is >= 0 and <= 1, "a number from 0 to 1");
        Number(host, "Inference.Weight", options.Inference.Weight, v => v is >= 0 and <= 1, "a number from 0 to 1");
        Defined(host, "Inference.Direction", options.Inference.Direction);
        Fraction(host, "Inference.Tolerance", options.Inference.Tolerance);
        Defined(host, "Inference.Maximization", options.Inference.Maximization);
        CheckPrior(host, options);
        CheckTrainingIterations(host, options);
        Validation(host, options.ValidationSet, options.ValidationFraction, options.EarlyStoppingPatience);
    }

    private static void CheckColumns(IExceptionContext host, Options options)
    {
        NotEmpty(host, nameof(options.OutputColumnName), options.OutputColumnName);
        NotEmptyOrNull(host, nameof(options.InputColumnName), options.InputColumnName, "the name of a column, or null to complete the output column in place");
        List<string?> taken = [options.OutputColumnName];
        CheckAddedColumn(nameof(options.UncertaintyColumnName), options.UncertaintyColumnName);
        CheckAddedColumn(nameof(options.ObjectiveColumnName), options.ObjectiveColumnName);
        CheckAddedColumn(nameof(options.CodeColumnName), options.CodeColumnName);

        void CheckAddedColumn(string option, string? name)
        {
            NotEmptyOrNull(host, option, name, "the name of a column, or null for none");
            Require(host, name is null || !taken.Contains(name), option, $"'{name}'", "a name of its own, another output column has the same");
            taken.Add(name);
        }
    }

    private static void CheckTrainingIterations(IExceptionContext host, Options options)
    {
        if (options.Inference.TrainingIterations is not { } iterations)
            return;
        var all = options.Inference.Iterations;
        var fewest = options.Prior.Kind == TargetPropCodePrior.Laplace ? all : InpaintingTraining.Inference(options).FewestIterations;
        Require(host, iterations >= fewest && iterations <= all, "Inference.TrainingIterations", iterations,
            $"{fewest} to {all} with these steps and Prior.Kind {options.Prior.Kind}, or null to choose by the number of rows");
    }

    private static void CheckPrior(IExceptionContext host, Options options)
    {
        Defined(host, "Prior.Kind", options.Prior.Kind);
        Number(host, "Prior.Widening", options.Prior.Widening, v => v is >= 1e-4 and <= 1e4, "a number from 0.0001 to 10000");
        Require(host, options.Prior.Widening == 1 || options.Prior.Kind is TargetPropCodePrior.Factorized or TargetPropCodePrior.FullCovariance, "Prior.Widening", options.Prior.Widening,
            $"1 when Prior.Kind is {options.Prior.Kind}");
        Number(host, "Prior.Scale", options.Prior.Scale, v => v is >= 1e-4 and <= 1e4, "a number from 0.0001 to 10000");
        Require(host, options.Prior.Components is >= 1 and <= GenerativeArchive.MaxComponents, "Prior.Components", options.Prior.Components, $"1 to {GenerativeArchive.MaxComponents}");
        Number(host, "Prior.Step", options.Prior.Step, v => v is >= 0 and <= 1, "a number from 0 to 1");
    }
}
