using Microsoft.ML.TargetProp.Samples.Experiments.Reporting;

namespace Microsoft.ML.TargetProp.Benchmarks.Harness;

/// <summary>One part of the table: something is measured beside what bounds it, or beside its peers.</summary>
internal interface IMeasurement
{
    /// <summary>What to write after --only, and the name of its section in the document.</summary>
    string Name { get; }

    /// <summary>Why it cannot be made on this machine; null where it can.</summary>
    string? Obstacle => null;

    /// <summary>Whether it was made on another machine than the rest, and says on which.</summary>
    bool HasItsOwnMachine => false;

    /// <summary>Measures.</summary>
    Findings Run(BenchmarkContext context);
}

/// <summary>What measurements are given.</summary>
/// <param name="Quick">Little work and few rounds, to see that all is well.</param>
/// <param name="Data">A folder with MNIST, or null.</param>
/// <param name="Progress">Is told what runs.</param>
internal sealed record BenchmarkContext(bool Quick, string? Data, Action<string> Progress)
{
    /// <summary>How many rounds a measurement has.</summary>
    public int Rounds => Quick ? 2 : 5;
}
