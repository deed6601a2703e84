namespace Microsoft.ML.TargetProp.Supervised;

/// <summary>What the last layer's numbers mean.</summary>
internal enum OutputKind : byte
{
    /// <summary>One unit a class; probabilities by softmax.</summary>
    Softmax = 0,

    /// <summary>One unit, the log-odds of the positive class; probability by the logistic function.</summary>
    Logistic = 1,
}
