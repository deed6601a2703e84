using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Benchmarks.Work;

/// <summary>
/// Runs the matrix products of a training step and nothing else, with TorchSharp and preallocated memory. Their time is a lower bound
/// for the step.
/// </summary>
internal sealed class BareProducts : IDisposable
{
    private readonly List<Tensor> _memory = [];
    private readonly (Tensor Out, Tensor Left, Tensor Right)[] _products;

    public BareProducts(IReadOnlyList<Product> products)
    {
        Dictionary<string, Tensor> matrices = [];
        Tensor Find(Matrix m)
        {
            if (!matrices.TryGetValue(m.Name, out Tensor? found))
            {
                // This scale keeps the size of the activities about constant over many layers.
                matrices[m.Name] = found = Keep(randn(m.Rows, m.Columns).div_(MathF.Sqrt(m.Columns)));
            }

            return found;
        }

        _products = [.. products.Select(p => (Find(p.Out), View(Find(p.Left), p.LeftTransposed), View(Find(p.Right), p.RightTransposed)))];
        Operations = products.Sum(p => p.Operations);
    }

    /// <summary>Floating-point operations per step.</summary>
    public double Operations { get; }

    public void Run(int steps)
    {
        using var guard = no_grad();
        for (int step = 0; step < steps; step++)
        {
            foreach ((Tensor to, Tensor left, Tensor right) in _products)
            {
                to.addmm_(left, right, beta: 0f, alpha: 1f);
            }
        }
    }

    public void Dispose() => _memory.ForEach(tensor => tensor.Dispose());

    private Tensor View(Tensor matrix, bool transposed) => transposed ? Keep(matrix.t()) : matrix;

    // The matrices live as long as this object, so they leave any dispose scope.
    private Tensor Keep(Tensor tensor)
    {
        _memory.Add(tensor.DetachFromDisposeScope());
        return tensor;
    }
}
