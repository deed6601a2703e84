namespace Microsoft.ML.TargetProp.Samples.Experiments.Data.Tables;

/// <summary>Pictures as rows.</summary>
internal static class PictureTables
{
    /// <summary>Digits drawn by code.</summary>
    public static Table DrawnDigits { get; } = new("drawn-digits", "3,000 pictures of digits drawn by code, 784 columns, 10 classes", random =>
    {
        DigitData digits = Samples.DrawnDigits.Create(trainCount: 3_000, testCount: 2_000, seed: random.Next());
        return new TableSplit(ToRows(digits.Train), ToRows(digits.Test));
    });

    private static TableRows ToRows(DigitSet digits)
    {
        DigitRow[] rows = [.. Enumerable.Range(0, digits.Count).Select(digits.Row)];
        return new TableRows([.. rows.Select(r => r.Features)], [.. rows.Select(r => r.Label)]);
    }
}
