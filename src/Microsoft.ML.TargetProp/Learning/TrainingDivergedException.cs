namespace Microsoft.ML.TargetProp.Learning;

/// <summary>Training ran away; the message says when, and which rate to lower.</summary>
internal sealed class TrainingDivergedException(string message) : Exception(message);
