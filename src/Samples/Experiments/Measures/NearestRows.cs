using Microsoft.ML.TargetProp.Core;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Samples.Experiments.Measures;

/// <summary>Fills gaps with the mean of the nearest known rows. Distance is the mean squared difference over the entries that both rows have.</summary>
internal static class NearestRows
{
    /// <summary>Number of nearest rows in which donors for a column are searched.</summary>
    private const int Candidates = 300;

    private const int RowsAtOnce = 250;

    /// <param name="known">Rows with donors, NaN where missing.</param>
    /// <param name="rows">Rows to fill, NaN where missing.</param>
    /// <param name="counts">Numbers of nearest rows with the column to average; each gives one result.</param>
    /// <param name="among">Whether <paramref name="rows"/> are the known rows in the same order. A row is then not its own neighbour.</param>
    /// <returns>The filled rows for each number. Without a donor, an entry is the mean of its column.</returns>
    public static float[][,] Fill(float[,] known, float[,] rows, int[] counts, bool among)
    {
        int columns = rows.GetLength(1);
        float[] means = ColumnMeans(known);
        float[][,] filled = [.. counts.Select(_ => (float[,])rows.Clone())];
        using IDisposable guard = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Tensor library = tensor(known);
        Tensor present = library.isnan().logical_not().to(ScalarType.Float32);
        Tensor values = library.nan_to_num();
        for (int start = 0; start < rows.GetLength(0); start += RowsAtOnce)
        {
            using DisposeScope block = NewDisposeScope();
            int length = Math.Min(RowsAtOnce, rows.GetLength(0) - start);
            Tensor some = tensor(rows).narrow(0, start, length);
            Tensor seen = some.isnan().logical_not().to(ScalarType.Float32);
            Tensor x = some.nan_to_num();
            Tensor distance = x.mul(x).mm(present.t()).sub(x.mm(values.t()).Times(2)).Plus(seen.mm(values.mul(values).t()));
            distance = distance.div(seen.mm(present.t())).nan_to_num(double.MaxValue);
            if (among)
            {
                distance[arange(length), arange(start, start + length)] = float.PositiveInfinity;
            }

            int candidates = (int)Math.Min(known.GetLength(0), Math.Max(Candidates, counts.Max()));
            long[] nearest = distance.topk(candidates, 1, largest: false, sorted: true).indexes.data<long>().ToArray();
            Parallel.For(0, length, r =>
            {
                for (int c = 0; c < columns; c++)
                {
                    if (float.IsNaN(rows[start + r, c]))
                    {
                        float[] donors = [.. Enumerable.Range(0, candidates).Select(k => known[nearest[(r * candidates) + k], c]).Where(v => !float.IsNaN(v)).Take(counts.Max())];
                        for (int i = 0; i < counts.Length; i++)
                        {
                            filled[i][start + r, c] = donors.Length == 0 ? means[c] : donors.Take(counts[i]).Average();
                        }
                    }
                }
            });
        }

        return filled;
    }

    /// <summary>The mean of the observed entries of each column.</summary>
    public static float[] ColumnMeans(float[,] rows) =>
        [.. Enumerable.Range(0, rows.GetLength(1)).Select(c => Enumerable.Range(0, rows.GetLength(0)).Select(r => rows[r, c]).Where(v => !float.IsNaN(v)).DefaultIfEmpty().Average())];
}
