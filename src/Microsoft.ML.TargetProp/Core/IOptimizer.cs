namespace Microsoft.ML.TargetProp.Core;

/// <summary>Moves parameters against their update directions.</summary>
internal interface IOptimizer : IDisposable
{
    /// <summary>One step with the given learning rate.</summary>
    void Step(double learningRate);
}
