using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Microsoft.ML.TargetProp.Core;

/// <summary>Arithmetic on plain memory in one pass, where the native library would need several calls and several passes.</summary>
internal static class FusedArithmetic
{
    /// <summary>Adds <paramref name="bias"/> to every row.</summary>
    /// <param name="rows"><c>[rows, columns]</c>.</param>
    /// <param name="bias"><c>[columns]</c>.</param>
    public static void AddToRows(Span<float> rows, ReadOnlySpan<float> bias)
    {
        for (var start = 0; start < rows.Length; start += bias.Length)
        {
            var row = rows.Slice(start, bias.Length);
            TensorPrimitives.Add(row, bias, row);
        }
    }

    /// <summary>activity ← activity + step · (goal − now), element by element.</summary>
    public static void Move(Span<float> activity, ReadOnlySpan<float> goal, ReadOnlySpan<float> now, float step)
    {
        var width = Vector256<float>.Count;
        ref var h = ref MemoryMarshal.GetReference(activity);
        ref var g = ref MemoryMarshal.GetReference(goal[..activity.Length]);
        ref var r = ref MemoryMarshal.GetReference(now[..activity.Length]);
        var i = 0;
        for (; i <= activity.Length - width; i += width)
        {
            var move = (Vector256.LoadUnsafe(ref g, (nuint)i) - Vector256.LoadUnsafe(ref r, (nuint)i)) * Vector256.Create(step);
            (Vector256.LoadUnsafe(ref h, (nuint)i) + move).StoreUnsafe(ref h, (nuint)i);
        }
        for (; i < activity.Length; i++)
            activity[i] += (goal[i] - now[i]) * step;
    }

    /// <summary>activity ← activity + step · (goal − now) + pull · (above − activity), element by element.</summary>
    public static void Move(Span<float> activity, ReadOnlySpan<float> goal, ReadOnlySpan<float> now, float step, ReadOnlySpan<float> above, float pull)
    {
        var width = Vector256<float>.Count;
        ref var h = ref MemoryMarshal.GetReference(activity);
        ref var g = ref MemoryMarshal.GetReference(goal[..activity.Length]);
        ref var r = ref MemoryMarshal.GetReference(now[..activity.Length]);
        ref var a = ref MemoryMarshal.GetReference(above[..activity.Length]);
        var i = 0;
        for (; i <= activity.Length - width; i += width)
        {
            var was = Vector256.LoadUnsafe(ref h, (nuint)i);
            var move = (Vector256.LoadUnsafe(ref g, (nuint)i) - Vector256.LoadUnsafe(ref r, (nuint)i)) * Vector256.Create(step);
            move += (Vector256.LoadUnsafe(ref a, (nuint)i) - was) * Vector256.Create(pull);
            (was + move).StoreUnsafe(ref h, (nuint)i);
        }
        for (; i < activity.Length; i++)
            activity[i] += (goal[i] - now[i]) * step + (above[i] - activity[i]) * pull;
    }

    /// <summary>values ← activity where the mask is 0, element by element.</summary>
    public static void Restore(Span<float> values, ReadOnlySpan<float> activity, ReadOnlySpan<float> mask)
    {
        var width = Vector256<float>.Count;
        ref var v = ref MemoryMarshal.GetReference(values);
        ref var h = ref MemoryMarshal.GetReference(activity[..values.Length]);
        ref var m = ref MemoryMarshal.GetReference(mask[..values.Length]);
        var i = 0;
        for (; i <= values.Length - width; i += width)
        {
            var dropped = Vector256.Equals(Vector256.LoadUnsafe(ref m, (nuint)i), Vector256<float>.Zero);
            Vector256.ConditionalSelect(dropped, Vector256.LoadUnsafe(ref h, (nuint)i), Vector256.LoadUnsafe(ref v, (nuint)i)).StoreUnsafe(ref v, (nuint)i);
        }
        for (; i < values.Length; i++)
            values[i] = mask[i] == 0 ? activity[i] : values[i];
    }

    /// <summary>Sums of the columns of a matrix, its rows one after the other; added up in the order of the rows.</summary>
    /// <param name="matrix"><c>[rows, columns]</c>.</param>
    /// <param name="sums"><c>[columns]</c>; overwritten.</param>
    public static void ColumnSums(ReadOnlySpan<float> matrix, Span<float> sums)
    {
        sums.Clear();
        for (var start = 0; start < matrix.Length; start += sums.Length)
            TensorPrimitives.Add(sums, matrix.Slice(start, sums.Length), sums);
    }

    /// <summary>guess ← below − reconstruction + guess, element by element: the difference correction.</summary>
    public static void CorrectByDifference(ReadOnlySpan<float> below, ReadOnlySpan<float> reconstruction, Span<float> guess)
    {
        var width = Vector256<float>.Count;
        ref var g = ref MemoryMarshal.GetReference(guess);
        ref var r = ref MemoryMarshal.GetReference(reconstruction[..guess.Length]);
        ref var h = ref MemoryMarshal.GetReference(below[..guess.Length]);
        var i = 0;
        for (; i <= guess.Length - width; i += width)
        {
            var difference = Vector256.LoadUnsafe(ref g, (nuint)i) - Vector256.LoadUnsafe(ref r, (nuint)i);
            (difference + Vector256.LoadUnsafe(ref h, (nuint)i)).StoreUnsafe(ref g, (nuint)i);
        }
        for (; i < guess.Length; i++)
            guess[i] = guess[i] - reconstruction[i] + below[i];
    }
}
