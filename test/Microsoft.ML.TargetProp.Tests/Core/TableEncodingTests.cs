using Microsoft.ML.TargetProp.Core;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Tests.Core;

/// <summary>The codes of columns: pieces between quantiles, smooth clipping, flags and gaps.</summary>
public sealed class TableEncodingTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Fact]
    public void The_pieces_of_a_column_hold_about_as_many_rows_each_and_cover_it()
    {
        float[] values = [.. Enumerable.Range(0, 1600).Select(i => i * i / 100f)];

        ColumnCode code = Learn(16, values);

        Assert.Equal(ColumnForm.Pieces, code.Form);
        Assert.Equal((17, values[0], values[^1]), (code.Edges.Length, code.Edges[0], code.Edges[^1]));
        for (int j = 0; j < 16; j++)
            Assert.InRange(values.Count(v => v >= code.Edges[j] && v < code.Edges[j + 1]), 98, 102);
    }

    [Theory]
    [InlineData(-7, new float[] { -1, -1, -1 })]
    [InlineData(0, new float[] { -1, -1, -1 })]
    [InlineData(0.5, new float[] { 0, -1, -1 })]
    [InlineData(1, new float[] { 1, -1, -1 })]
    [InlineData(2.5, new float[] { 1, 0.5f, -1 })]
    [InlineData(3, new float[] { 1, 1, -1 })]
    [InlineData(100, new float[] { 1, 1, 1 })]
    public void A_value_fills_the_pieces_below_it_and_a_part_of_its_own(float value, float[] inputs)
    {
        // A column of few values has an edge at each of them.
        ColumnCode code = Learn(16, 0, 1, 3, 11, 0, 1, 3, 11);

        Assert.Equal([0, 1, 3, 11], code.Edges);
        Assert.Equal(inputs, Encode(code, value));
    }

    [Fact]
    public void Where_most_rows_have_one_value_the_edges_come_from_the_others()
    {
        // 92 % zeros, as in a column of capital gains. Plain quantiles would all be 0.
        float[] values = [.. Enumerable.Repeat(0f, 9200), .. Enumerable.Range(1, 800).Select(i => (float)i)];

        ColumnCode code = Learn(16, values);

        Assert.InRange(code.Edges.Length, 10, 17);
        Assert.True(code.Edges.Count(edge => edge > 0) >= 9);
        Assert.InRange(code.Edges[code.Edges.Length / 2], 300, 500);
    }

    [Fact]
    public void A_smoothly_clipped_value_follows_its_formula_and_never_leaves_its_range()
    {
        float[] values = [.. Enumerable.Range(0, 101).Select(i => (float)i)];

        ColumnCode code = Learn(null, values);

        Assert.Equal((50f, 1f / 50), (code.Offset, code.Scale));
        foreach (float x in new float[] { -400, 0, 37, 50, 99, 1000 })
        {
            double z = (x - 50) / 50;
            Assert.Equal(z / Math.Sqrt(1 + z * z / 9), Encode(code, x)[0], 1e-6);
        }
        Assert.All(new[] { 1e38f, -1e38f, float.MaxValue }, x => Assert.InRange(Encode(code, x)[0], -3, 3));
    }

    [Fact]
    public void Two_values_become_a_flag_and_a_constant_column_no_input()
    {
        TableEncoding encoding = TableEncoding.Learn(Columns([5, 9, 5, 9], [2, 2, 2, 2], [1, 2, 3, 4]), pieces: null);

        Assert.Equal([ColumnForm.Flag, ColumnForm.Omitted, ColumnForm.Clipped], encoding.Codes.Select(c => c.Form));
        Assert.Equal(2, encoding.Inputs);
        Assert.Equal([-1f, 0.5f, 1f, 1f], new[] { 5f, 8f, 9f, 1e38f }.Select(x => Encode(encoding.Codes[0], x)[0]));
    }

    [Fact]
    public void A_gap_is_an_input_of_its_own_where_training_saw_gaps_and_the_median_elsewhere()
    {
        TableEncoding encoding = TableEncoding.Learn(Columns([1, float.NaN, 3, 4, 9], [1, 2, 3, 4, 5]), pieces: 2);

        Assert.Equal([true, false], encoding.Codes.Select(c => c.HasGaps));
        Assert.Equal(1, Encode(encoding.Codes[0], float.NaN)[^1]);
        Assert.All(Encode(encoding.Codes[0], float.NaN)[..^1], input => Assert.Equal(0, input));
        Assert.Equal(-1, Encode(encoding.Codes[0], 3)[^1]);
        Assert.Equal(Encode(encoding.Codes[1], 3), Encode(encoding.Codes[1], float.NaN));
    }

    [Fact]
    public void A_column_without_any_value_tells_only_that_it_is_empty()
    {
        TableEncoding encoding = TableEncoding.Learn(Columns([float.NaN, float.NaN], [1, 2]), pieces: 16);

        Assert.Equal([1f], Encode(encoding.Codes[0], float.NaN));
        Assert.Equal([-1f], Encode(encoding.Codes[0], 17));
    }

    [Fact]
    public void Where_missing_values_are_errors_a_gap_makes_every_input_of_its_row_NaN_and_no_other_row()
    {
        TableEncoding encoding = TableEncoding.Learn(Columns([1, 2, 3], [4, 5, 7]), pieces: 2, acceptsGaps: false);

        float[] inputs = encoding.Encode(Columns([1, float.NaN, 3], [4, 5, 7]), CPU).ToFloats();

        Assert.All(inputs.Chunk(encoding.Inputs).ElementAt(1), input => Assert.True(float.IsNaN(input)));
        Assert.DoesNotContain(inputs.Chunk(encoding.Inputs).ElementAt(0), float.IsNaN);
        Assert.DoesNotContain(inputs.Chunk(encoding.Inputs).ElementAt(2), float.IsNaN);
    }

    [Theory]
    [InlineData(16)]
    [InlineData(null)]
    public void Huge_values_of_both_signs_stay_finite(int? pieces)
    {
        TableEncoding encoding = TableEncoding.Learn(Columns([-1e38f, 0, 1e38f, 3e38f, -3e38f]), pieces);

        float[] inputs = encoding.Encode(Columns([-3.4e38f, 3.4e38f, 1, 0, -1]), CPU).ToFloats();

        Assert.All(inputs, input => Assert.InRange(input, -3, 3));
    }

    [Theory]
    [InlineData(16, 7)]
    [InlineData(16, 5000)]
    [InlineData(null, 5000)]
    public void Rows_of_a_batch_get_the_inputs_of_single_rows(int? pieces, int rows)
    {
        var random = new Random(1);
        float[][] columns = [.. Enumerable.Range(0, 5).Select(c => Enumerable.Range(0, rows).Select(_ => random.Next(10) == 0 ? float.NaN : (float)(random.NextDouble() * (c + 1))).ToArray())];
        Tensor table = Columns(columns);
        TableEncoding encoding = TableEncoding.Learn(table, pieces);

        float[][] batch = [.. encoding.Encode(table, CPU).ToFloats().Chunk(encoding.Inputs)];

        var single = new float[encoding.Inputs];
        foreach (int r in new[] { 0, rows / 2, rows - 1 })
        {
            encoding.Apply([.. columns.Select(c => c[r])], single);
            Assert.Equal(single, batch[r]);
        }
    }

    [Fact]
    public void Standardisation_learns_from_the_values_that_are_there()
    {
        Standardization without = Standardization.Learn(Columns([1, 2, 3, 6], [5, 5, 5, 5]));
        Standardization with = Standardization.Learn(Columns([1, 2, float.NaN, 3, 6, float.NaN], [5, 5, 5, 5, 5, 5]));

        Assert.Equal(without.Offset, with.Offset);
        Assert.Equal(without.Scale, with.Scale);
    }

    [Fact]
    public void Encodings_are_read_as_they_were_written_and_shared_ones_stay_shared()
    {
        TableEncoding pieces = TableEncoding.Learn(Columns([1, 2, 3, 4, float.NaN], [0, 1, 0, 1, 0]), pieces: 2);
        var standardization = new Standardization([1, 2], [3, 4]) { FillsGaps = true };
        using var stored = new MemoryStream();
        using (var writer = new BinaryWriter(stored, System.Text.Encoding.UTF8, leaveOpen: true))
        {
            EncodingArchive.Write(writer, pieces, []);
            EncodingArchive.Write(writer, standardization, [pieces]);
            EncodingArchive.Write(writer, pieces, [pieces, standardization]);
            EncodingArchive.Write(writer, null, [pieces]);
        }
        stored.Position = 0;
        using var reader = new BinaryReader(stored);

        var first = Assert.IsType<TableEncoding>(EncodingArchive.Read(reader, pieces.Inputs, []));
        var second = Assert.IsType<Standardization>(EncodingArchive.Read(reader, 2, [first]));
        ColumnEncoding? third = EncodingArchive.Read(reader, pieces.Inputs, [first, second]);
        ColumnEncoding? none = EncodingArchive.Read(reader, 2, [first]);

        Assert.Equal(pieces.Codes.Select(c => (c.Form, c.HasGaps, c.Offset, c.Scale)), first.Codes.Select(c => (c.Form, c.HasGaps, c.Offset, c.Scale)));
        Assert.Equal(pieces.Codes.SelectMany(c => c.Edges), first.Codes.SelectMany(c => c.Edges));
        Assert.True(second.FillsGaps);
        Assert.Same(first, third);
        Assert.Null(none);
    }

    private static ColumnCode Learn(int? pieces, params float[] values) => TableEncoding.Learn(Columns(values), pieces).Codes[0];

    private static float[] Encode(ColumnCode code, float value)
    {
        var inputs = new float[code.Inputs];
        code.Apply(value, inputs);
        return inputs;
    }

    /// <summary>A table of columns, <c>[rows, columns]</c>.</summary>
    private static Tensor Columns(params float[][] columns) =>
        tensor([.. Enumerable.Range(0, columns[0].Length).SelectMany(r => columns.Select(c => c[r]))]).view(columns[0].Length, columns.Length);
}
