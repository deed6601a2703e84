using System.Globalization;
using System.Reflection;
using System.Text;
using Microsoft.ML.Data;

namespace Microsoft.ML.TargetProp.Tests.Support;

/// <summary>
/// Writes schemas and rows as text, with the bits of every number, so that a test can compare them and show a difference.
/// </summary>
internal static class ViewText
{
    /// <summary>One line per column: name, type, and annotations with their values.</summary>
    public static List<string> Schema(DataViewSchema schema) => [.. schema.Select(c => $"{c.Name}: {c.Type}{(c.IsHidden ? " hidden" : "")} {Annotations(c)}")];

    /// <summary>One line per row: position, id, and the values of the given columns, or of all columns.</summary>
    public static List<string> Rows(IDataView view, params string[] columns)
    {
        var wanted = view.Schema.Where(c => columns.Length == 0 || columns.Contains(c.Name)).ToArray();
        using DataViewRowCursor cursor = view.GetRowCursor(wanted);
        return Rows(cursor, wanted);
    }

    /// <summary>The remaining rows of a cursor, one line per row.</summary>
    public static List<string> Rows(DataViewRowCursor cursor, params DataViewSchema.Column[] columns)
    {
        Func<string>[] cells = [.. columns.Select(c => Cell(cursor, c))];
        ValueGetter<DataViewRowId> getId = cursor.GetIdGetter();
        var rows = new List<string>();
        DataViewRowId id = default;
        while (cursor.MoveNext())
        {
            getId(ref id);
            rows.Add($"{cursor.Position} {id} {string.Join(' ', cells.Select((cell, i) => $"{columns[i].Name}={cell()}"))}");
        }
        return rows;
    }

    public static Func<string> Cell(DataViewRow row, DataViewSchema.Column column)
    {
        Type raw = column.Type.RawType;
        bool isVector = raw.IsGenericType && raw.GetGenericTypeDefinition() == typeof(VBuffer<>);
        MethodInfo method = typeof(ViewText).GetMethod(isVector ? nameof(VectorCell) : nameof(ValueCell), BindingFlags.NonPublic | BindingFlags.Static)!;
        return (Func<string>)method.MakeGenericMethod(isVector ? raw.GetGenericArguments()[0] : raw).Invoke(null, [row, column])!;
    }

    private static string Annotations(DataViewSchema.Column column)
    {
        DataViewSchema.Annotations annotations = column.Annotations;
        var text = new List<string>();
        foreach (DataViewSchema.Column annotation in annotations.Schema.OrderBy(a => a.Name, StringComparer.Ordinal))
        {
            Type raw = annotation.Type.RawType;
            MethodInfo method = typeof(ViewText).GetMethod(nameof(AnnotationValue), BindingFlags.NonPublic | BindingFlags.Static)!.MakeGenericMethod(raw);
            // ML.NET numbers the sets of scores, so this value differs between two equal schemas.
            object value = annotation.Name == "ScoreColumnSetId" ? "" : method.Invoke(null, [annotations, annotation.Name])!;
            text.Add($"{annotation.Name}: {annotation.Type} = {value}");
        }
        return "{" + string.Join("; ", text) + "}";
    }

    private static string AnnotationValue<T>(DataViewSchema.Annotations annotations, string name)
    {
        T value = default!;
        annotations.GetValue(name, ref value);
        return Text(value);
    }

    private static Func<string> ValueCell<T>(DataViewRow row, DataViewSchema.Column column)
    {
        ValueGetter<T> getter = row.GetGetter<T>(column);
        T value = default!;
        return () =>
        {
            getter(ref value);
            return Text(value);
        };
    }

    private static Func<string> VectorCell<T>(DataViewRow row, DataViewSchema.Column column)
    {
        ValueGetter<VBuffer<T>> getter = row.GetGetter<VBuffer<T>>(column);
        VBuffer<T> value = default;
        return () =>
        {
            getter(ref value);
            return Text(value);
        };
    }

    private static string Text<T>(T value) => value switch
    {
        float number => Number(number),
        double number => BitConverter.DoubleToInt64Bits(number).ToString("x16", CultureInfo.InvariantCulture),
        VBuffer<float> vector => Vector(vector),
        VBuffer<double> vector => Vector(vector),
        VBuffer<int> vector => Vector(vector),
        VBuffer<uint> vector => Vector(vector),
        VBuffer<ReadOnlyMemory<char>> vector => Vector(vector),
        _ => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "",
    };

    private static string Number(float number) => BitConverter.SingleToInt32Bits(number).ToString("x8", CultureInfo.InvariantCulture);

    private static string Vector<T>(VBuffer<T> vector)
    {
        var text = new StringBuilder();
        text.Append(vector.Length).Append('[');
        foreach (T value in vector.DenseValues())
            text.Append(Text(value)).Append(' ');
        return text.Append(']').ToString();
    }
}
