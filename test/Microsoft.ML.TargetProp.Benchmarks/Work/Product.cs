namespace Microsoft.ML.TargetProp.Benchmarks.Work;

/// <summary>A matrix of a training step.</summary>
/// <param name="Name">The name, which identifies the matrix.</param>
/// <param name="Rows">Rows in memory, before any transposition.</param>
/// <param name="Columns">Columns in memory, before any transposition.</param>
internal sealed record Matrix(string Name, int Rows, int Columns);

/// <summary>A product of two matrices, out = left · right, where each factor may be transposed.</summary>
internal sealed record Product(Matrix Out, Matrix Left, bool LeftTransposed, Matrix Right, bool RightTransposed)
{
    /// <summary>Floating-point operations: a multiplication and an addition per term.</summary>
    public double Operations => 2.0 * Out.Rows * Out.Columns * (LeftTransposed ? Left.Rows : Left.Columns);
}
