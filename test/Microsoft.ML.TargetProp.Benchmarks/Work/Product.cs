namespace Microsoft.ML.TargetProp.Benchmarks.Work;

/// <summary>A matrix of a training step.</summary>
/// <param name="Name">Matrices with one name are one matrix.</param>
/// <param name="Rows">Rows as it lies in memory.</param>
/// <param name="Columns">Columns as it lies in memory.</param>
internal sealed record Matrix(string Name, int Rows, int Columns);

/// <summary>A product of two matrices, out = left · right, each of them transposed where so said.</summary>
internal sealed record Product(Matrix Out, Matrix Left, bool LeftTransposed, Matrix Right, bool RightTransposed)
{
    /// <summary>A multiplication and an addition for each term.</summary>
    public double Operations => 2.0 * Out.Rows * Out.Columns * (LeftTransposed ? Left.Rows : Left.Columns);
}
