using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Generative;

/// <summary>
/// A trained generative model on a device. Rows go in and come out in the user's units, float32, <c>[rows, columns]</c>, NaN where an
/// entry is missing. The caller's dispose scope holds the results.
/// </summary>
internal sealed class GenerativeModel : IDisposable
{
    private const int RowsAtOnce = 1000;

    private readonly CodePrior _prior;
    private readonly VariationalObjective _objective;

    public GenerativeModel(GenerativeSnapshot snapshot, Device device)
    {
        Snapshot = snapshot;
        Network = GenerativeNetwork.FromSnapshot(snapshot, device);
        Network.PriorOperator = snapshot.Settings.PriorStep > 0 ? snapshot.Prior.ProximalOperator(snapshot.Settings.PriorStep, device) : null;
        _prior = new(snapshot.Prior, device);
        _objective = new(Network, _prior, snapshot);
    }

    public GenerativeSnapshot Snapshot { get; }

    /// <summary>The maps.</summary>
    public GenerativeNetwork Network { get; }

    /// <summary>The top code after the E-step, <c>[rows, top units]</c>.</summary>
    public Tensor Infer(Tensor visible) => InBlocks(visible, (h, _) => h[^1].alias());

    /// <summary>Infers the top code of every row and generates a row from it, <c>[rows, columns]</c>.</summary>
    public Tensor Reconstruct(Tensor visible) => InBlocks(visible, (h, _) => Snapshot.Visible.FromModel(Generate(h[^1])));

    /// <summary>g_1 of the lowest hidden layer after the E-step, which makes that layer agree with the row and with the layers above, <c>[rows, columns]</c>.</summary>
    public Tensor Denoise(Tensor visible) => InBlocks(visible, (h, _) => Snapshot.Visible.FromModel(Network.Down(1, h[1])));

    /// <summary>The objective of every row after the E-step, and its terms.</summary>
    public ObjectiveTerms Objective(Tensor visible) => Evaluate(visible).Objective;

    /// <summary>The objective and the top code of every row, from one E-step.</summary>
    public (ObjectiveTerms Objective, Tensor Code) Evaluate(Tensor visible)
    {
        var layers = Snapshot.Shape.Top;
        using var scope = NewDisposeScope();
        // One matrix for all blocks: prior, generation 1 to M, inference 1 to M, total, code.
        var all = InBlocks(visible, (h, missing) =>
        {
            var terms = _objective.Terms(h, missing);
            return cat([terms.Prior.unsqueeze(1), terms.Generation, terms.Inference, terms.Total.unsqueeze(1), h[^1].to(ScalarType.Float64)], 1);
        });
        Tensor Columns(long start, long count) => all.narrow(1, start, count).clone().MoveToOuterDisposeScope();
        Tensor Column(long at) => all.select(1, at).clone().MoveToOuterDisposeScope();
        var code = all.narrow(1, 2 + 2 * layers, Snapshot.Shape.Units(layers)).to(ScalarType.Float32).MoveToOuterDisposeScope();
        return (new(Column(0), Columns(1, layers), Columns(1 + layers, layers), Column(1 + 2 * layers)), code);
    }

    /// <summary>The mean objective of rows after the forward pass and after every iteration of the E-step. On average it rises.</summary>
    public IReadOnlyList<double> ObjectiveByIteration(Tensor visible)
    {
        using var guard = no_grad();
        using var scope = NewDisposeScope();
        var missing = visible.isnan();
        var means = new List<double>();
        IteratedInference.Run(Network, Snapshot.Visible.ToModel(visible, missing), Snapshot.Settings, missing, (_, h) =>
        {
            using var iteration = NewDisposeScope();
            means.Add(_objective.Terms(h, missing).Total.mean().ToDouble());
        });
        return means;
    }

    /// <summary>Draws new rows, docs/algorithm.md (9.5): draws a top code from the prior, generates a row from it, then infers and generates again.</summary>
    /// <param name="count">Number of rows, at least 1.</param>
    /// <param name="seed">The same seed draws the same rows.</param>
    /// <param name="refinements">Number of times that a generated row is inferred and generated again, at least 0.</param>
    /// <returns><c>[count, columns]</c>; expected values, without the noise of p(x | h_1).</returns>
    public Tensor Sample(int count, int seed, int refinements)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(refinements, 0);
        using var guard = no_grad();
        using var scope = NewDisposeScope();
        using var random = new RandomSource(seed, Network.Device);
        var code = _prior.Sample(count, random);
        var rows = Snapshot.Visible.FromModel(Generate(code));
        for (var n = 0; n < refinements; n++)
            rows = Reconstruct(rows);
        return rows.MoveToOuterDisposeScope();
    }

    /// <summary>x = g_1(… g_M(h_M)), in the model's units.</summary>
    public Tensor Generate(Tensor code)
    {
        using var scope = NewDisposeScope();
        var below = code;
        for (var k = Snapshot.Shape.Top; k >= 1; k--)
            below = Network.Down(k, below);
        return below.MoveToOuterDisposeScope();
    }

    /// <summary>Runs the E-step block by block and concatenates what <paramref name="read"/> returns for each block.</summary>
    private Tensor InBlocks(Tensor visible, Func<Tensor[], Tensor, Tensor> read)
    {
        if (visible.dim() != 2 || visible.shape[1] != Snapshot.Shape.VisibleUnits)
            throw new ArgumentException($"The rows must have the shape [rows, {Snapshot.Shape.VisibleUnits}]; they have [{string.Join(", ", visible.shape)}].", nameof(visible));
        using var guard = no_grad();
        using var scope = NewDisposeScope();
        var blocks = new List<Tensor>();
        for (var start = 0L; start == 0 || start < visible.shape[0]; start += RowsAtOnce)
        {
            using var block = NewDisposeScope();
            var rows = visible.narrow(0, start, Math.Min(RowsAtOnce, visible.shape[0] - start));
            var missing = rows.isnan();
            var h = IteratedInference.Run(Network, Snapshot.Visible.ToModel(rows, missing), Snapshot.Settings, missing);
            blocks.Add(read(h, missing).MoveToOuterDisposeScope());
        }
        return cat(blocks).MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        _objective.Dispose();
        _prior.Dispose();
        Network.Dispose();
    }
}
