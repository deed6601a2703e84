using System.Globalization;
using System.Reflection;

namespace Microsoft.ML.TargetProp.Samples.Experiments.Host;

/// <summary>An option of the trainer with a value from the command line, such as <c>LearningRate=0.001</c> or <c>HiddenUnits=7x240</c>.</summary>
/// <param name="Name">A field of <see cref="TargetPropOptions"/>, or of its group, such as <c>Feedback.Noise</c>.</param>
/// <param name="Value">Its value as text.</param>
internal sealed record OptionSetting(string Name, string Value)
{
    /// <summary>Reads <c>Name=Value</c>; throws <see cref="SampleException"/> if there is no such option or it cannot take the value.</summary>
    public static OptionSetting Parse(string text)
    {
        string[] parts = text.Split('=', 2);
        if (parts.Length != 2)
        {
            throw new SampleException($"Found '{text}', expected NAME=VALUE, for example LearningRate=0.001.");
        }

        OptionSetting setting = new(parts[0].Trim(), parts[1].Trim());
        setting.ApplyTo(new TargetPropMulticlassTrainer.Options());
        return setting;
    }

    /// <summary>Sets the option.</summary>
    public void ApplyTo(TargetPropOptions options)
    {
        (_, object group, FieldInfo? field) = Fields(options).FirstOrDefault(f => f.Name == Name);
        if (field is null)
        {
            throw new SampleException($"The trainer has no option '{Name}' that can be set here. There are: {string.Join(", ", Fields(options).Select(f => f.Name))}.");
        }

        try
        {
            field.SetValue(group, Convert(Value, Nullable.GetUnderlyingType(field.FieldType) ?? field.FieldType));
        }
        catch (Exception e) when (e is FormatException or OverflowException or ArgumentException)
        {
            throw new SampleException($"The option {Name} cannot take '{Value}'.", e);
        }
    }

    /// <summary>All options that are numbers, choices or layers, and the augmentation, as text.</summary>
    public static IReadOnlyDictionary<string, string> Describe(TargetPropOptions options)
    {
        Dictionary<string, string> described = Fields(options).ToDictionary(f => f.Name, f => Text(f.Field.GetValue(f.Group)));
        described[nameof(options.Augmentation)] = options.Augmentation is { } pictures
            ? string.Join(", ", Plain(pictures).Select(f => $"{f.Name} = {Text(f.GetValue(pictures))}"))
            : "none";
        return described;
    }

    private static IEnumerable<(string Name, object Group, FieldInfo Field)> Fields(TargetPropOptions options) =>
        Plain(options).Where(f => f.DeclaringType == typeof(TargetPropOptions) && f.Name != nameof(TargetPropOptions.Seed)).Select(f => (f.Name, (object)options, f))
            .Concat(Plain(options.Feedback).Select(f => ($"{nameof(options.Feedback)}.{f.Name}", (object)options.Feedback, f)));

    private static IEnumerable<FieldInfo> Plain(object group) =>
        group.GetType().GetFields(BindingFlags.Public | BindingFlags.Instance).Where(f => IsPlain(Nullable.GetUnderlyingType(f.FieldType) ?? f.FieldType));

    private static bool IsPlain(Type type) =>
        type.IsEnum || type == typeof(int) || type == typeof(double) || type == typeof(bool) || type == typeof(int[]);

    private static string Text(object? value) => value switch
    {
        null => "default",
        int[] layers => string.Join(',', layers),
        _ => System.Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };

    private static object? Convert(string text, Type type)
    {
        if (text == "default")
        {
            return type == typeof(int[]) ? null : throw new FormatException();
        }

        return type.IsEnum ? Enum.Parse(type, text)
            : type == typeof(int[]) ? Layers(text)
            : System.Convert.ChangeType(text, type, CultureInfo.InvariantCulture);
    }

    /// <summary>Reads "500,300" and "3x500".</summary>
    private static int[] Layers(string text) => [.. text.Split(',').SelectMany(part =>
    {
        string[] words = part.Split('x');
        int[] numbers = [.. words.Select(w => int.Parse(w, NumberStyles.None, CultureInfo.InvariantCulture))];
        return numbers.Length switch
        {
            1 => [numbers[0]],
            2 => Enumerable.Repeat(numbers[1], numbers[0]),
            _ => throw new FormatException(),
        };
    })];
}
