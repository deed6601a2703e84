namespace Microsoft.ML.TargetProp.Core;

/// <summary>Training ran away; the message says when, and which rate to lower.</summary>
internal sealed class TrainingDivergedException(string message) : Exception(message);
