// Loads a model and scores a table in a process that knows ML.NET and nothing else: `MODEL TABLE OUT COLUMN`. The tests start it beside
// their own assemblies, so that ML.NET can find the one that the model names. OUT holds every number of the column bit by bit.
using Microsoft.ML;
using Microsoft.ML.Data;

var ml = new MLContext();
ITransformer model = ml.Model.Load(args[0], out _);
IDataView scored = model.Transform(ml.Data.LoadFromBinary(args[1]));
IEnumerable<string> scores = scored.Schema[args[3]].Type is VectorDataViewType
    ? scored.GetColumn<float[]>(args[3]).Select(row => string.Join(' ', row.Select(Bits)))
    : scored.GetColumn<float>(args[3]).Select(Bits);
File.WriteAllLines(args[2], scores);

static string Bits(float score) => BitConverter.SingleToInt32Bits(score).ToString("x8", null);
