using System.Globalization;
using Microsoft.ML.Runtime;
using Microsoft.ML.TargetProp.Supervised;

namespace Microsoft.ML.TargetProp.MLNet;

/// <summary>What options may be; a breach names the option, its value, and the range.</summary>
internal static class OptionRule
{
    public static void NotEmpty(IExceptionContext host, string option, string? value) =>
        Require(host, !string.IsNullOrEmpty(value), option, value is null ? "null" : "empty", "the name of a column");

    public static void NotEmptyOrNull(IExceptionContext host, string option, string? value, string range) => Require(host, value != "", option, "empty", range);

    public static void Defined<T>(IExceptionContext host, string option, T value) where T : struct, Enum =>
        Require(host, Enum.IsDefined(value), option, value, "one of " + string.Join(", ", Enum.GetNames<T>()));

    public static void AtLeastOne(IExceptionContext host, string option, int? value) =>
        Require(host, value is null or >= 1, option, value ?? 0, "1 or more");

    public static void Fraction(IExceptionContext host, string option, double value) =>
        Number(host, option, value, v => v is >= 0 and < 1, "a number from 0 to below 1");

    public static void Number(IExceptionContext host, string option, double value, Func<double, bool> allowed, string range) =>
        Require(host, double.IsFinite(value) && allowed(value), option, value, range);

    /// <exception cref="ArgumentOutOfRangeException">It does not hold.</exception>
    public static void Require(IExceptionContext host, bool holds, string option, object value, string range)
    {
        if (!holds)
            throw host.ExceptUserArg(option, string.Create(CultureInfo.InvariantCulture, $"{option} is {value}; allowed: {range}."));
    }

    /// <summary>Units of each hidden layer; null leaves them open.</summary>
    public static void Layers(IExceptionContext host, string option, int[]? units)
    {
        if (units is null)
            return;
        Require(host, units.Length is >= 1 and <= LayerLimits.MaxLayers, option, $"{units.Length} layers", $"1 to {LayerLimits.MaxLayers} layers");
        foreach (var count in units)
            Require(host, count is >= 1 and <= LayerLimits.MaxUnits, option, $"a layer of {count} units", $"1 to {LayerLimits.MaxUnits} units in every layer");
    }

    /// <summary>The options that say which rows to validate with, and when to stop.</summary>
    public static void Validation(IExceptionContext host, IDataView? validationSet, double validationFraction, int earlyStoppingPatience)
    {
        Fraction(host, "ValidationFraction", validationFraction);
        Require(host, earlyStoppingPatience >= 0, "EarlyStoppingPatience", earlyStoppingPatience, "0 (off) or more epochs");
        Require(host, validationFraction == 0 || validationSet is null, "ValidationFraction", validationFraction, "0 when ValidationSet is given");
    }

    /// <summary>The same, once it is known whether <c>Fit</c> was given validation rows.</summary>
    public static void ValidationRows(IExceptionContext host, bool areGiven, double validationFraction, int earlyStoppingPatience)
    {
        if (earlyStoppingPatience > 0 && !areGiven && validationFraction == 0)
            throw host.ExceptUserArg("EarlyStoppingPatience", $"EarlyStoppingPatience is {earlyStoppingPatience}, but there are no validation rows. Pass validation data to Fit, or set ValidationSet or ValidationFraction.");
        if (validationFraction > 0 && areGiven)
            throw host.ExceptUserArg("ValidationFraction", string.Create(CultureInfo.InvariantCulture, $"ValidationFraction is {validationFraction}, but validation data were given as well. Use one of the two."));
    }
}
