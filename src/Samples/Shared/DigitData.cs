namespace Microsoft.ML.TargetProp.Samples;

/// <summary>Digits to learn from and digits to test on.</summary>
/// <param name="Name">Where they come from, for people to read.</param>
/// <param name="Train">The training set.</param>
/// <param name="Test">The test set.</param>
public sealed record DigitData(string Name, DigitSet Train, DigitSet Test);
