using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Generative;

/// <summary>
/// The maps that complete rows, live on a device. Round r infers a code from what is there, h_r = f_r(x_{r−1}, h_{r−1}), and refills what is
/// missing from it, x_r = x_{r−1} + g_r(h_r). The first round reads which entries are missing in the place of an earlier code.
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

    public int Rounds => Inference.Maps.Count;

    public static IReadOnlyList<LayerMapShape> InferenceShapes(int columns, IReadOnlyList<int> hiddenUnits, Activation activation) =>
        [.. hiddenUnits.Select((units, r) => new LayerMapShape(r, r + 1, columns + (r == 0 ? columns : hiddenUnits[r - 1]), units, activation))];

    public static IReadOnlyList<LayerMapShape> RefillShapes(int columns, IReadOnlyList<int> hiddenUnits) =>
        [.. hiddenUnits.Select((units, r) => new LayerMapShape(r + 1, 0, units, columns, Activation.Identity))];

    /// <summary>What f of a round reads.</summary>
    /// <param name="rows">As they are filled by now, <c>[rows, columns]</c>.</param>
    /// <param name="missing">True where they were missing.</param>
    /// <param name="code">Of the round before; null in the first.</param>
    public static Tensor Reading(Tensor rows, Tensor missing, Tensor? code)
    {
        using var flags = code is null ? missing.to(rows.dtype) : null;
        return cat([rows, code ?? flags!], 1);
    }

    /// <summary>Rows corrected round by round.</summary>
    /// <param name="start">Rows with their gaps filled to begin with, <c>[rows, columns]</c>.</param>
    /// <param name="missing">True where they were missing.</param>
    /// <param name="rounds">The most rounds; there are no more than there are maps.</param>
    /// <param name="trust">The part of each round's correction that is made; null for all of it.</param>
    public Tensor Completed(Tensor start, Tensor missing, int rounds, IReadOnlyList<float>? trust = null)
    {
        using var scope = NewDisposeScope();
        var x = start.alias();
        Tensor? code = null;
        for (var round = 0; round < Math.Min(rounds, Rounds); round++)
        {
            code = Inference.Maps[round].Apply(Reading(x, missing, code));
            x = Corrected(x, missing, Refill.Maps[round].Apply(code).ScaleInPlace(trust?[round] ?? 1));
        }
        return x.MoveToOuterDisposeScope();
    }

    /// <summary>Remembers the maps as they are now.</summary>
    /// <returns>Brings them back.</returns>
    public Action KeepParameters()
    {
        var (inference, refill) = (Inference.ToArray(), Refill.ToArray());
        return () =>
        {
            Inference.Load(inference);
            Refill.Load(refill);
        };
    }

    /// <summary>Rows with what is missing moved by a correction, held to the range of their columns.</summary>
    public Tensor Corrected(Tensor rows, Tensor missing, Tensor correction)
    {
        using var scope = NewDisposeScope();
        return where(missing, Held(rows.Plus(correction)), rows).MoveToOuterDisposeScope();
    }

    /// <summary>Held to the range of the columns.</summary>
    public Tensor Held(Tensor rows)
    {
        using var raised = rows.maximum(_lowest);
        return raised.minimum(_highest);
    }

    public void Dispose()
    {
        Inference.Dispose();
        Refill.Dispose();
        _lowest.Dispose();
        _highest.Dispose();
    }
}
