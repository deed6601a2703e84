using Microsoft.ML.Runtime;

namespace Microsoft.ML.TargetProp.MLNet;

/// <summary>Refuses a model that could not be stored, before it is trained.</summary>
internal static class ModelSize
{
    /// <summary>Most numbers of a model: a stored model is one array (docs/model-format.md), less some room for names.</summary>
    public static readonly long MaxNumbers = (Array.MaxLength - (64 << 20)) / sizeof(float);

    /// <param name="host">For the error.</param>
    /// <param name="numbers">Numbers that the model stores.</param>
    /// <param name="description">The subject of the message, such as "A network of 5 features".</param>
    /// <param name="remedy">The last sentence of the message: what to change.</param>
    /// <param name="widest">Units of the widest visible or output layer; hidden layers are checked with the options.</param>
    /// <exception cref="InvalidOperationException">The model is too large; the message says by how much.</exception>
    public static void Check(IExceptionContext host, long numbers, string description, string remedy, long widest = 0)
    {
        if (numbers > MaxNumbers || widest > LayerLimits.MaxUnits)
            throw host.Except($"{description} has {numbers} numbers to store; a model holds at most {MaxNumbers}, in layers of at most {LayerLimits.MaxUnits} units. {remedy}");
    }
}
