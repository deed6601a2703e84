using Microsoft.ML.Runtime;

namespace Microsoft.ML.TargetProp.MLNet;

/// <summary>Refuses a model that could not be stored, before it is trained.</summary>
internal static class ModelSize
{
    /// <summary>Most numbers of a model: a stored model is one array (docs/model-format.md), less some room for names.</summary>
    private static readonly long MostNumbers = (Array.MaxLength - (64 << 20)) / sizeof(float);

    /// <summary>Refuses a vector that is too long for a model.</summary>
    /// <exception cref="InvalidOperationException">The vector is too long.</exception>
    public static void CheckInput(IExceptionContext host, string column, int slots)
    {
        if (slots > LayerLimits.MaxUnits)
            throw host.Except($"Column '{column}' has {slots} slots; a model reads {LayerLimits.MaxUnits} at most. Select or combine slots before this step.");
    }

    /// <summary>Refuses a model that is too large.</summary>
    /// <param name="host">The source of the exception.</param>
    /// <param name="numbers">The numbers that the model stores.</param>
    /// <param name="description">The model, as the subject of a sentence.</param>
    /// <param name="remedy">Advice for the user, a sentence.</param>
    /// <exception cref="InvalidOperationException">The model is too large; the message says by how much.</exception>
    public static void Check(IExceptionContext host, long numbers, string description, string remedy)
    {
        if (numbers > MostNumbers)
            throw host.Except($"{description} has {numbers} numbers to store; a model holds {MostNumbers} at most. {remedy}");
    }
}
