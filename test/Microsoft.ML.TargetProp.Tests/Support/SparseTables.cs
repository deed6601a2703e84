using Microsoft.ML.Data;
using Microsoft.ML.TargetProp.Core;

namespace Microsoft.ML.TargetProp.Tests.Support;

/// <summary>A sentence and its topic.</summary>
internal sealed class Sentence
{
    public string Text { get; set; } = "";

    public string Topic { get; set; } = "";

    public bool IsFirstTopic { get; set; }
}

/// <summary>Wide tables of which few entries are not zero.</summary>
internal static class SparseTables
{
    /// <summary>Rows with about a tenth of their entries.</summary>
    public static SparseRows Rows(int rows, int columns, int seed)
    {
        var random = new Random(seed);
        return new(columns, [.. Enumerable.Range(0, rows).Select(_ =>
            SparseRow.Of([.. Enumerable.Range(0, columns).Select(_ => random.Next(10) == 0 ? (float)(random.NextDouble() * 2 - 1) : 0)]))]);
    }

    /// <summary>Sentences of two topics. Each topic prefers a third of the words; most words are rare.</summary>
    public static Sentence[] Sentences(int count, int seed = 1)
    {
        var random = new Random(seed);
        string[] words = [.. Enumerable.Range(0, 1500).Select(_ => string.Concat(Enumerable.Range(0, random.Next(4, 10)).Select(_ => (char)random.Next('a', 'z' + 1))))];
        return [.. Enumerable.Range(0, count).Select(_ =>
        {
            var first = random.Next(2) == 0;
            IEnumerable<string> chosen = Enumerable.Range(0, 15).Select(_ =>
            {
                int word = (int)(words.Length * Math.Pow(random.NextDouble(), 3));
                return words[random.Next(3) == 0 ? word - word % 3 + (first ? 0 : 1) : word];
            });
            return new Sentence { Text = string.Join(' ', chosen), Topic = first ? "weather" : "sports", IsFirstTopic = first };
        })];
    }

    /// <summary>A view with the columns Features (sparse, thousands of slots), Label (a key) and IsFirstTopic.</summary>
    public static IDataView Featurized(MLContext ml, Sentence[] sentences, out ITransformer featurizer)
    {
        IDataView view = ml.Data.LoadFromEnumerable(sentences);
        featurizer = ml.Transforms.Text.FeaturizeText("Features", "Text").Append(ml.Transforms.Conversion.MapValueToKey("Label", "Topic")).Fit(view);
        return ml.Data.Cache(featurizer.Transform(view), "Features", "Label", "IsFirstTopic");
    }

    /// <summary>The same rows with vectors that hold their zeros.</summary>
    public static IDataView Densified(MLContext ml, IDataView view)
    {
        int slots = ((VectorDataViewType)view.Schema["Features"].Type).Size;
        var definition = SchemaDefinition.Create(typeof(DenseRow));
        definition["Features"].ColumnType = new VectorDataViewType(NumberDataViewType.Single, slots);
        return ml.Data.LoadFromEnumerable(view.GetColumn<VBuffer<float>>("Features").Zip(view.GetColumn<uint>("Label"), (features, label) =>
            new DenseRow { Features = [.. features.DenseValues()], Label = label - 1 }).ToArray(), definition);
    }

    private sealed class DenseRow
    {
        public float[] Features { get; set; } = [];

        [KeyType(2)]
        public uint Label { get; set; }
    }
}
