namespace Microsoft.ML.TargetProp.Samples;

/// <summary>A training set and a test set of digits.</summary>
/// <param name="Name">The source of the digits, for display.</param>
/// <param name="Train">The training set.</param>
/// <param name="Test">The test set.</param>
public sealed record DigitData(string Name, DigitSet Train, DigitSet Test);
