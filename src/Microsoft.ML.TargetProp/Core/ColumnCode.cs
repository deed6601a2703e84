namespace Microsoft.ML.TargetProp.Core;

/// <summary>The form of a column's code.</summary>
internal enum ColumnForm : byte
{
    /// <summary>No input: the column is constant in training.</summary>
    Omitted = 0,

    /// <summary>One input, (x − offset) · scale, clamped to ±1: a column of two values.</summary>
    Flag = 1,

    /// <summary>One input, z / √(1 + (z / 3)²) with z = (x − offset) · scale.</summary>
    Clipped = 2,

    /// <summary>One input for each piece between two edges.</summary>
    Pieces = 3,

    /// <summary>One input, (x − offset) · scale, clamped to ±<see cref="Standardization.Limit"/>.</summary>
    Standardized = 4,
}

/// <summary>The code of one column: how its value becomes inputs of a network.</summary>
/// <param name="Form">The form.</param>
/// <param name="HasGaps">True when the column has missing values in training. The code then has one more input, the last.</param>
/// <param name="Offset">
/// The middle of the column: its median, mean, or the middle of its two values. A gap counts as this value where training saw none.
/// </param>
/// <param name="Scale">The factor of the forms that have one, otherwise 0.</param>
/// <param name="Edges">The edges of the pieces, ascending; otherwise none.</param>
internal sealed record ColumnCode(ColumnForm Form, bool HasGaps, float Offset, float Scale, float[] Edges)
{
    /// <summary>Inputs of the code.</summary>
    public int Inputs => (HasGaps ? 1 : 0) + Form switch { ColumnForm.Omitted => 0, ColumnForm.Pieces => Edges.Length - 1, _ => 1 };

    /// <summary>Encodes a value: a gap is −1 or 1 in the last input and 0 in the others, docs/algorithm.md (12.3).</summary>
    /// <param name="value">The value of the column; NaN for a gap.</param>
    /// <param name="inputs">The inputs of the column.</param>
    public void Apply(float value, Span<float> inputs)
    {
        var isGap = float.IsNaN(value);
        if (HasGaps)
        {
            inputs[^1] = isGap ? 1 : -1;
            inputs = inputs[..^1];
            if (isGap)
            {
                inputs.Clear();
                return;
            }
        }
        var x = isGap ? Offset : value;
        switch (Form)
        {
            case ColumnForm.Flag:
                inputs[0] = Math.Clamp(Scaled(x), -1, 1);
                break;
            case ColumnForm.Standardized:
                inputs[0] = Math.Clamp(Scaled(x), -Standardization.Limit, Standardization.Limit);
                break;
            case ColumnForm.Clipped:
                inputs[0] = SmoothlyClipped(x);
                break;
            case ColumnForm.Pieces:
                InPieces(x, inputs);
                break;
        }
    }

    private float Scaled(float x) => (x - Offset) * Scale;

    /// <summary>
    /// z / √(1 + (z / 3)²) with z = (x − median) / interquartile range, docs/algorithm.md (12.2). In double precision, so that the square of a huge
    /// value does not overflow.
    /// </summary>
    private float SmoothlyClipped(float x)
    {
        var z = ((double)x - Offset) * Scale;
        return double.IsInfinity(z) ? 3 * Math.Sign(z) : (float)(z / Math.Sqrt(1 + z * z / 9));
    }

    /// <summary>
    /// 2 (x − e_j) / (e_{j+1} − e_j) − 1 for the piece from edge e_j to e_{j+1}, held to [−1, 1], docs/algorithm.md (12.1): 1 in the pieces below x,
    /// −1 in those above, and in between where x lies.
    /// </summary>
    private void InPieces(float x, Span<float> inputs)
    {
        var place = Array.BinarySearch(Edges, x);
        var piece = Math.Clamp(place >= 0 ? place : ~place - 1, 0, inputs.Length - 1);
        inputs[..piece].Fill(1);
        inputs[piece] = Math.Clamp((float)(2 * ((double)x - Edges[piece]) / ((double)Edges[piece + 1] - Edges[piece]) - 1), -1, 1);
        inputs[(piece + 1)..].Fill(-1);
    }
}
