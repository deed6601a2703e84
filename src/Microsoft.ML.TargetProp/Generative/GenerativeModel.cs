using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Generative;

/// <summary>
/// A trained generative model, live on a device. Rows go in and come out in the user's units, float32, <c>[rows, columns]</c>, NaN where an
/// entry is missing. What a method returns belongs to the caller's dispose scope.
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
        Network.Prior = snapshot.Settings.PriorStep > 0 ? snapshot.Prior.Pull(snapshot.Settings.PriorStep, device) : null;
        _prior = new(snapshot.Prior, device);
        _objective = new(Network, _prior, snapshot);
    }

    public GenerativeSnapshot Snapshot { get; }

    /// <summary>The maps.</summary>
    public GenerativeNetwork Network { get; }

    /// <summary>The top code after the E-step, <c>[rows, top units]</c>.</summary>
    public Tensor Infer(Tensor visible) => InBlocks(visible, (h, _) => h[^1].alias());

    /// <summary>What the top code says of a row: inferred, then generated all the way down, <c>[rows, columns]</c>.</summary>
    public Tensor Reconstruct(Tensor visible) => InBlocks(visible, (h, _) => Snapshot.Visible.FromModel(Generate(h[^1])));

    /// <summary>What the lowest hidden layer says of a row, once the E-step has made it agree with the row and with the layers above, <c>[rows, columns]</c>.</summary>
    public Tensor Denoise(Tensor visible) => InBlocks(visible, (h, _) => Snapshot.Visible.FromModel(Network.Down(1, h[1])));

    /// <summary>J of every row after the E-step, and its terms.</summary>
    public ObjectiveTerms Objective(Tensor visible)
    {
        var units = Snapshot.Shape.Top;
        using var scope = NewDisposeScope();
        // One matrix through the blocks: prior, generation 1 to M, inference 1 to M, J.
        var all = InBlocks(visible, (h, missing) =>
        {
            var terms = _objective.Terms(h, missing);
            return cat([terms.Prior.unsqueeze(1), terms.Generation, terms.Inference, terms.Total.unsqueeze(1)], 1);
        });
        Tensor Columns(long start, long count) => all.narrow(1, start, count).clone().MoveToOuterDisposeScope();
        Tensor Column(long at) => all.select(1, at).clone().MoveToOuterDisposeScope();
        return new(Column(0), Columns(1, units), Columns(1 + units, units), Column(1 + 2 * units));
    }

    /// <summary>Mean J of rows after the forward pass and after every iteration of the E-step: on average it climbs.</summary>
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

    /// <summary>New rows: the top code is drawn from its prior and generated downwards, then inferred and generated again (algorithms, §5).</summary>
    /// <param name="count">How many, at least 1.</param>
    /// <param name="seed">The same seed draws the same rows.</param>
    /// <param name="refinements">How often what was generated is inferred and generated again, at least 0.</param>
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

    /// <summary>Mean log-likelihood of rows by a Parzen window around samples, its width chosen on validation rows (<see cref="ParzenWindow"/>).</summary>
    /// <param name="rows">Nothing missing, in the user's units, as <paramref name="validation"/>.</param>
    /// <param name="validation">Where the width is chosen.</param>
    /// <param name="samples">How many samples to draw; the field takes 10,000.</param>
    /// <param name="seed">Of the samples.</param>
    /// <param name="refinements">Of the samples.</param>
    public double LogLikelihoodEstimate(Tensor rows, Tensor validation, int samples, int seed, int refinements)
    {
        using var scope = NewDisposeScope();
        var drawn = Sample(samples, seed, refinements);
        // Half a decade around the spread of the samples' columns on either side, in steps of a tenth.
        var spread = Math.Sqrt(drawn.var(dim: 0L).mean().ToDouble());
        var deviation = ParzenWindow.ChooseDeviation(drawn, validation, [.. Enumerable.Range(-12, 16).Select(i => spread * Math.Pow(10, i / 10.0))]);
        return ParzenWindow.LogLikelihood(drawn, rows, deviation).mean().ToDouble();
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

    /// <summary>Infers block after block and puts what <paramref name="read"/> makes of each under the one before.</summary>
    private Tensor InBlocks(Tensor visible, Func<Tensor[], Tensor, Tensor> read)
    {
        if (visible.dim() != 2 || visible.shape[1] != Snapshot.Shape.VisibleUnits)
            throw new ArgumentException($"The rows must be of shape [rows, {Snapshot.Shape.VisibleUnits}], and are [{string.Join(", ", visible.shape)}].", nameof(visible));
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
