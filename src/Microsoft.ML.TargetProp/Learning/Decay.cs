using TorchSharp;
using Microsoft.ML.TargetProp.Networks;

namespace Microsoft.ML.TargetProp.Learning;

/// <summary>Decoupled weight decay: weights shrink, biases do not.</summary>
internal static class Decay
{
    /// <summary>W ← (1 − <paramref name="amount"/>) W for every weight matrix.</summary>
    public static void Apply(ParameterBuffer parameters, double amount)
    {
        if (amount == 0)
            return;
        foreach (var map in parameters.Maps)
            map.Weight.Scale(1 - amount);
    }
}
