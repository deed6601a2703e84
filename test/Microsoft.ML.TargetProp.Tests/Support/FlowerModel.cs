using Microsoft.ML.Data;
using Microsoft.ML.Transforms;

namespace Microsoft.ML.TargetProp.Tests.Support;

/// <summary>A classifier of the flowers. It is trained once for all tests of a class, which must not change it.</summary>
public sealed class FlowerModel : IDisposable
{
    public FlowerModel()
    {
        Table = Context.Data.LoadFromEnumerable(Tables.Flowers());
        Chain = (TransformerChain<KeyToValueMappingTransformer>)Models.TextPipeline(Context, Models.Small(epochs: 40).With(o => (o.Activation, o.Feedback.Interval) = (TargetPropActivation.Tanh, 1))).Fit(Table);
        Transformer = Chain.OfType<TargetPropMulticlassTransformer>().Single();
        KeyTable = Models.FlowersWithKeys(Context);
    }

    public MLContext Context { get; } = new(seed: 1);

    /// <summary>150 flowers with text labels.</summary>
    public IDataView Table { get; }

    /// <summary>150 flowers with key labels.</summary>
    public IDataView KeyTable { get; }

    /// <summary>The pipeline from text label to text prediction.</summary>
    public TransformerChain<KeyToValueMappingTransformer> Chain { get; }

    /// <summary>The classifier in the pipeline.</summary>
    public TargetPropMulticlassTransformer Transformer { get; }

    public void Dispose() => Chain.Dispose();
}
