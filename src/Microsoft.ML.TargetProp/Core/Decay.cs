using TorchSharp;

namespace Microsoft.ML.TargetProp.Core;

/// <summary>Decoupled weight decay: weights shrink, biases do not.</summary>
internal static class Decay
{
    /// <summary>W ← (1 − <paramref name="amount"/>) W for every weight matrix.</summary>
    public static void Apply(ParameterBuffer parameters, double amount)
    {
        if (amount == 0)
            return;
        foreach (var map in parameters.Maps)
            map.Weight.ScaleInPlace(1 - amount);
    }
}
