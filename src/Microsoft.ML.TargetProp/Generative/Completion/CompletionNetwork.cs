using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Generative;

/// <summary>
/// The completion maps on a device. Each round infers a code from the row and corrects the missing entries from it. In place of the previous
/// round's code, the first round reads which entries are missing.
/// </summary>
internal sealed class CompletionNetwork : IDisposable
{
    private readonly Tensor _lowest;
    private readonly Tensor _highest;

    public CompletionNetwork(IReadOnlyList<TargetPropVisibleUnits> visible, IReadOnlyList<int> hiddenUnits, Activation activation, Device device)
    {
        Inference = new(InferenceShapes(visible.Count, hiddenUnits, activation), device);
        Refill = new(RefillShapes(visible.Count, hiddenUnits), device);
        Tensor Bounds(float logistic, float gaussian) =>
            tensor([.. visible.Select(v => v == TargetPropVisibleUnits.Logistic ? logistic : gaussian)], device: device).DetachFromDisposeScope();
        _lowest = Bounds(0, -Standardization.Limit);
        _highest = Bounds(1, Standardization.Limit);
    }

    /// <summary>f_1 to f_R.</summary>
    public ParameterBuffer Inference { get; }

    /// <summary>g_1 to g_R.</summary>
    public ParameterBuffer Refill { get; }

    /// <summary>R, the number of rounds.</summary>
    public int Rounds => Inference.Maps.Count;

    public static IReadOnlyList<LayerMapShape> InferenceShapes(int columns, IReadOnlyList<int> hiddenUnits, Activation activation) =>
        [.. hiddenUnits.Select((units, r) => new LayerMapShape(r, r + 1, columns + (r == 0 ? columns : hiddenUnits[r - 1]), units, activation))];

    public static IReadOnlyList<LayerMapShape> RefillShapes(int columns, IReadOnlyList<int> hiddenUnits) =>
        [.. hiddenUnits.Select((units, r) => new LayerMapShape(r + 1, 0, units, columns, Activation.Identity))];

    /// <summary>The rows after all rounds, docs/algorithm.md (10.3): h_r = f_r(x_{r−1}, h_{r−1}), x_r = x_{r−1} + g_r(h_r) at the missing entries.</summary>
    /// <param name="start">Rows with their gaps filled by the Gaussian, <c>[rows, columns]</c>.</param>
    /// <param name="missing">True at missing entries.</param>
    /// <param name="rounds">Most rounds; never more than <see cref="Rounds"/>.</param>
    /// <param name="stepScale">For each round, the part of the correction that is applied; null for all of it.</param>
    public Tensor Completed(Tensor start, Tensor missing, int rounds, IReadOnlyList<float>? stepScale = null)
    {
        using var scope = NewDisposeScope();
        var x = start.alias();
        Tensor? code = null;
        for (var round = 0; round < Math.Min(rounds, Rounds); round++)
        {
            (_, code, var correction) = Round(round, x, missing, code);
            x = Corrected(x, missing, correction.ScaleInPlace(stepScale?[round] ?? 1));
        }
        return x.MoveToOuterDisposeScope();
    }

    /// <summary>The maps of one round of (10.3).</summary>
    /// <param name="round">r − 1.</param>
    /// <param name="rows">x_{r−1}, <c>[rows, columns]</c>.</param>
    /// <param name="missing">True at missing entries.</param>
    /// <param name="code">h_{r−1}; null in the first round.</param>
    /// <returns>The input of f_r, its output h_r, and the correction g_r(h_r).</returns>
    public (Tensor Input, Tensor Code, Tensor Correction) Round(int round, Tensor rows, Tensor missing, Tensor? code)
    {
        using var flags = code is null ? missing.to(rows.dtype) : null;
        var input = cat([rows, code ?? flags!], 1);
        var next = Inference.Maps[round].Apply(input);
        return (input, next, Refill.Maps[round].Apply(next));
    }

    /// <summary>Adds a correction to the missing entries and clamps them to the range of their columns; a new tensor.</summary>
    public Tensor Corrected(Tensor rows, Tensor missing, Tensor correction)
    {
        using var scope = NewDisposeScope();
        return where(missing, Clamped(rows.Plus(correction)), rows).MoveToOuterDisposeScope();
    }

    /// <summary>The rows clamped to the range of their columns; a new tensor.</summary>
    public Tensor Clamped(Tensor rows)
    {
        using var raised = rows.maximum(_lowest);
        return raised.minimum(_highest);
    }

    /// <summary>Copies the parameters as they are now.</summary>
    /// <returns>Restores the copy.</returns>
    public Action KeepParameters()
    {
        var (inference, refill) = (Inference.ToArray(), Refill.ToArray());
        return () =>
        {
            Inference.Load(inference);
            Refill.Load(refill);
        };
    }

    public void Dispose()
    {
        Inference.Dispose();
        Refill.Dispose();
        _lowest.Dispose();
        _highest.Dispose();
    }
}
