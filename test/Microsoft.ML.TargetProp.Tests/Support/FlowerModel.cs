using Microsoft.ML.Data;
using Microsoft.ML.Transforms;

namespace Microsoft.ML.TargetProp.Tests.Support;

/// <summary>One model of the flowers, trained once for all tests of a class that only look at it.</summary>
public sealed class FlowerModel : IDisposable
{
    public FlowerModel()
    {
        Table = Context.Data.LoadFromEnumerable(Tables.Flowers());
        Chain = (TransformerChain<KeyToValueMappingTransformer>)Models.TextPipeline(Context, Models.Small(epochs: 40)).Fit(Table);
        Transformer = Chain.OfType<TargetPropMulticlassTransformer>().Single();
        KeyTable = Models.FlowersWithKeys(Context);
    }

    public MLContext Context { get; } = new(seed: 1);

    /// <summary>150 flowers with their labels as text.</summary>
    public IDataView Table { get; }

    /// <summary>150 flowers with their labels as keys.</summary>
    public IDataView KeyTable { get; }

    /// <summary>Text label in, text prediction out.</summary>
    public TransformerChain<KeyToValueMappingTransformer> Chain { get; }

    /// <summary>The link of the chain that is ours.</summary>
    public TargetPropMulticlassTransformer Transformer { get; }

    public void Dispose() => Chain.Dispose();
}
