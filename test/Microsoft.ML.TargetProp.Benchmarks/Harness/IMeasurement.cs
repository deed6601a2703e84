using Microsoft.ML.TargetProp.Samples.Experiments.Reporting;

namespace Microsoft.ML.TargetProp.Benchmarks.Harness;

/// <summary>A part of the table. It compares an operation with its lower bound or with other implementations.</summary>
internal interface IMeasurement
{
    /// <summary>The name for --only and of the section in the document.</summary>
    string Name { get; }

    /// <summary>The reason why this machine cannot run it; null if it can.</summary>
    string? Obstacle => null;

    /// <summary>Whether it runs on another machine than the rest and describes that machine in its own text.</summary>
    bool HasItsOwnMachine => false;

    Findings Run(BenchmarkContext context);
}

/// <summary>The input of a measurement.</summary>
/// <param name="Quick">Whether to do little work in few rounds, as a smoke test.</param>
/// <param name="Data">The folder with MNIST, or null.</param>
/// <param name="Progress">Receives the name of the running step.</param>
internal sealed record BenchmarkContext(bool Quick, string? Data, Action<string> Progress)
{
    /// <summary>The number of rounds of a measurement.</summary>
    public int Rounds => Quick ? 2 : 5;
}
