// Loads a model and scores a table in a process that references only ML.NET. Arguments: `MODEL TABLE OUT COLUMN`. The tests start it in
// the folder of their own assemblies, so that ML.NET finds the assembly named in the model. OUT contains the bits of every number of the
// column.
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
