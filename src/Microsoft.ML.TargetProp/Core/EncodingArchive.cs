using static Microsoft.ML.TargetProp.Core.ArchiveFields;

namespace Microsoft.ML.TargetProp.Core;

/// <summary>A <see cref="ColumnEncoding"/> as bytes (docs/model-format.md). Reading checks every field.</summary>
internal static class EncodingArchive
{
    // *** Binary format ***
    // byte: 0 without an encoding: the network reads the columns as they are
    //       1 standardisation, where a missing value stays NaN; 3 the same, where it becomes 0 (format
    //           version 3, as all that follow). Then
    //           float[columns]: offsets, float[columns]: scales; as many columns as inputs
    //       2 a code for each column; 4 the same, where a missing value makes the row NaN. Then
    //           int: number of columns, then for each
    //               byte: form (ColumnForm), plus 16 when missing values have an input of their own
    //               float: offset, float: scale
    //               int: number of edges, float[]: edges, ascending (pieces have 2 or more, other forms 0)
    //       5 the encoding of an earlier network of the model. Then int: its number, from 0
    //       6 some columns of a sparse table, each with a scale, where a missing value stays NaN; 7 the same, where it becomes 0. Then
    //           int: number of columns, int[inputs]: the columns that become inputs, ascending, float[inputs]: scales

    private const byte None = 0;
    private const byte Standardized = 1;
    private const byte Coded = 2;
    private const byte StandardizedFilled = 3;
    private const byte CodedStrict = 4;
    private const byte Shared = 5;
    private const byte Sparse = 6;
    private const byte SparseFilled = 7;
    private const byte GapFlag = 16;

    /// <summary>Bytes of a column without edges.</summary>
    private const int BytesOfCode = 13;

    /// <summary>Most edges of a column that a file may have. A larger number is damage.</summary>
    private const int MaxEdges = 1 << 16;

    /// <summary>Whether an encoding needs format version 3.</summary>
    public static bool NeedsVersion3(ColumnEncoding? encoding) => encoding is TableEncoding or SparseEncoding or Standardization { FillsGaps: true };

    /// <param name="writer">The archive.</param>
    /// <param name="encoding">The encoding.</param>
    /// <param name="earlier">The encodings of the networks before this one. An encoding that several share is written once.</param>
    public static void Write(BinaryWriter writer, ColumnEncoding? encoding, IReadOnlyList<ColumnEncoding?> earlier)
    {
        for (var i = 0; i < earlier.Count && encoding is not null; i++)
        {
            if (!ReferenceEquals(earlier[i], encoding))
                continue;
            writer.Write(Shared);
            writer.Write(i);
            return;
        }
        switch (encoding)
        {
            case Standardization standardization:
                writer.Write(standardization.FillsGaps ? StandardizedFilled : Standardized);
                WriteFloats(writer, standardization.Offset);
                WriteFloats(writer, standardization.Scale);
                break;
            case TableEncoding table:
                writer.Write(table.AcceptsGaps ? Coded : CodedStrict);
                writer.Write(table.Columns);
                foreach (var code in table.Codes)
                    Write(writer, code);
                break;
            case SparseEncoding sparse:
                writer.Write(sparse.AcceptsGaps ? SparseFilled : Sparse);
                writer.Write(sparse.Columns);
                foreach (var column in sparse.Kept)
                    writer.Write(column);
                WriteFloats(writer, sparse.Scale);
                break;
            default:
                writer.Write(None);
                break;
        }
    }

    /// <param name="reader">The archive.</param>
    /// <param name="inputs">The inputs of the network.</param>
    /// <param name="earlier">The encodings of the networks before this one.</param>
    /// <exception cref="FormatException">A field has a value that no encoding has.</exception>
    public static ColumnEncoding? Read(BinaryReader reader, int inputs, IReadOnlyList<ColumnEncoding?> earlier)
    {
        var kind = reader.ReadByte();
        Check(kind <= SparseFilled, "encoding of the columns", kind);
        if (kind == Shared)
            return ReadShared(reader, inputs, earlier);
        if (kind == None)
            return null;
        if (kind is Standardized or StandardizedFilled)
            return new Standardization(ReadFloats(reader, inputs, "standardisation offsets"), ReadFloats(reader, inputs, "standardisation scales")) { FillsGaps = kind == StandardizedFilled };
        var columns = ReadUnits(reader, "columns");
        if (kind is Sparse or SparseFilled)
            return ReadSparse(reader, columns, inputs, kind == SparseFilled);
        Check(columns <= (reader.BaseStream.Length - reader.BaseStream.Position) / BytesOfCode, "columns", columns);
        var codes = new ColumnCode[columns];
        var made = 0L;
        for (var c = 0; c < codes.Length; c++)
        {
            codes[c] = ReadCode(reader, c);
            made += codes[c].Inputs;
            Check(made <= inputs, "inputs of the encoded columns", made);
        }
        Check(made == inputs, "inputs of the encoded columns", made);
        return new TableEncoding(codes, kind == Coded);
    }

    private static SparseEncoding ReadSparse(BinaryReader reader, int columns, int inputs, bool acceptsGaps)
    {
        Check(inputs <= columns && inputs <= (reader.BaseStream.Length - reader.BaseStream.Position) / (sizeof(int) + sizeof(float)), "inputs of a sparse table", inputs);
        var kept = new int[inputs];
        for (var i = 0; i < inputs; i++)
        {
            kept[i] = reader.ReadInt32();
            Check(kept[i] < columns && kept[i] > (i == 0 ? -1 : kept[i - 1]), $"column of input {i}", kept[i]);
        }
        return new(columns, kept, ReadFloats(reader, inputs, "scales of a sparse table"), acceptsGaps);
    }

    private static ColumnEncoding? ReadShared(BinaryReader reader, int inputs, IReadOnlyList<ColumnEncoding?> earlier)
    {
        var number = reader.ReadInt32();
        Check(number >= 0 && number < earlier.Count && earlier[number]?.Inputs == inputs, "network with the same encoding", number);
        return earlier[number];
    }

    private static void Write(BinaryWriter writer, ColumnCode code)
    {
        writer.Write((byte)((byte)code.Form | (code.HasGaps ? GapFlag : 0)));
        writer.Write(code.Offset);
        writer.Write(code.Scale);
        writer.Write(code.Edges.Length);
        WriteFloats(writer, code.Edges);
    }

    private static ColumnCode ReadCode(BinaryReader reader, int column)
    {
        var kind = reader.ReadByte();
        var form = (ColumnForm)(kind & ~GapFlag);
        Check(Enum.IsDefined(form), $"form of column {column}", kind);
        var (offset, scale) = (reader.ReadSingle(), reader.ReadSingle());
        Check(float.IsFinite(offset), $"offset of column {column}", offset);
        Check(float.IsFinite(scale), $"scale of column {column}", scale);
        var count = reader.ReadInt32();
        Check(form == ColumnForm.Pieces ? count is >= 2 and <= MaxEdges : count == 0, $"number of edges of column {column}", count);
        var edges = ReadFloats(reader, count, $"edges of column {column}");
        for (var e = 1; e < edges.Length; e++)
            Check(edges[e] > edges[e - 1], $"edge {e} of column {column}", edges[e]);
        return new(form, (kind & GapFlag) != 0, offset, scale, edges);
    }
}
