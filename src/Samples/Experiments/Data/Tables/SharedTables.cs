using System.Globalization;

namespace Microsoft.ML.TargetProp.Samples.Experiments.Data.Tables;

/// <summary>
/// Public tables, which are not part of this repository. They are files NAME.csv in the folder "tables" below the data folder, or in the data folder
/// itself.
/// </summary>
internal sealed class SharedTables
{
    private readonly string? _folder;

    private SharedTables(string? folder)
    {
        _folder = folder;
    }

    /// <summary>Names of the tables with classes.</summary>
    public static IReadOnlyList<string> ClassificationNames { get; } =
        ["spambase", "phoneme", "white-wine", "ionosphere", "german-credit", "pima", "soybean", "banknote", "wheat-seeds", "credit-approval"];

    /// <summary>Names of the tables with a number as label; their files end in "-regression".</summary>
    public static IReadOnlyList<string> RegressionNames { get; } = ["abalone", "housing", "autompg", "servo", "cpu", "air-pollution"];

    /// <summary>Finds the folder.</summary>
    /// <param name="data">The data folder; null for the one in <see cref="Mnist.DataVariable"/>.</param>
    /// <param name="environment">Returns an environment variable; null for those of the process.</param>
    public static SharedTables Find(string? data, Func<string, string?>? environment = null)
    {
        string? folder = data ?? (environment ?? Environment.GetEnvironmentVariable)(Mnist.DataVariable);
        return new SharedTables(string.IsNullOrEmpty(folder) ? null : Directory.Exists(Path.Combine(folder, "tables")) ? Path.Combine(folder, "tables") : folder);
    }

    /// <summary>The tables with classes whose files are there.</summary>
    public IReadOnlyList<Table> Classification => [.. ClassificationNames.Select(FileOf).Where(File.Exists).Select(path => Classes(CsvTable.Read(path)))];

    /// <summary>The tables with a number as label whose files are there.</summary>
    public IReadOnlyList<ValueTable> Regression => [.. RegressionNames.Select(RegressionFile).Where(File.Exists).Select(path => Values(CsvTable.Read(path)))];

    /// <summary>
    /// Tables in which one class is made rare: for each of 50 rows of the other class, one row of it is kept. Which rows are kept differs between splits.
    /// </summary>
    public IReadOnlyList<Table> Rare => [.. new[] { ("spambase", "1"), ("phoneme", "1") }.Where(t => File.Exists(FileOf(t.Item1))).Select(t => Rarefied(CsvTable.Read(FileOf(t.Item1)), t.Item2))];

    /// <summary>What is missing for the study of classes, as a sentence; null if every file is there.</summary>
    public string? MissingForClassification => Missing(ClassificationNames, FileOf);

    /// <summary>What is missing for the study of regression, as a sentence; null if every file is there.</summary>
    public string? MissingForRegression => Missing(RegressionNames, RegressionFile);

    private string FileOf(string name) => Path.Combine(_folder ?? "", name + ".csv");

    private string RegressionFile(string name) => FileOf(name + "-regression");

    private static string? Missing(IReadOnlyList<string> names, Func<string, string> path)
    {
        string[] absent = [.. names.Where(name => !File.Exists(path(name)))];
        string remedy = $"Name a data folder that has the public tables in its folder 'tables', with --data or the environment variable {Mnist.DataVariable}.";
        return absent.Length == 0 ? null
            : absent.Length == names.Count ? $"The public tables are missing, so generated tables alone are measured. {remedy}"
            : $"These public tables are missing: {string.Join(", ", absent)}. {remedy}";
    }

    private static Table Classes(CsvTable table) => new(
        table.Name,
        string.Create(CultureInfo.InvariantCulture, $"{table.Labels.Count:N0} rows, {table.Columns} columns{Features(table)}, {table.Labels.Distinct().Count()} classes{Gaps(table)}"),
        random => new TableRows(table.Features, table.Labels).Split(random)) { FileRows = table.Labels.Count };

    private static ValueTable Values(CsvTable table)
    {
        float[] labels = [.. table.Labels.Select(label => float.Parse(label, CultureInfo.InvariantCulture))];
        return new ValueTable(
            table.Name.Replace("-regression", "", StringComparison.Ordinal),
            string.Create(CultureInfo.InvariantCulture, $"{table.Labels.Count:N0} rows, {table.Columns} columns{Features(table)}{Gaps(table)}"),
            random => new ValueRows(table.Features, labels).Split(random)) { FileRows = table.Labels.Count };
    }

    private static Table Rarefied(CsvTable table, string rare)
    {
        int[] others = [.. Enumerable.Range(0, table.Labels.Count).Where(i => table.Labels[i] != rare)];
        int[] all = [.. Enumerable.Range(0, table.Labels.Count).Where(i => table.Labels[i] == rare)];
        int kept = (int)Math.Round(others.Length / 50.0);
        return new Table(
            table.Name + "-rare",
            string.Create(CultureInfo.InvariantCulture, $"{table.Name} with {kept} rows of class {rare} and the {others.Length:N0} of the other, 1 : 50"),
            random =>
            {
                int[] some = [.. all];
                random.Shuffle(some);
                int[] rows = [.. others, .. some.Take(kept)];
                return new TableRows([.. rows.Select(i => table.Features[i])], [.. rows.Select(i => table.Labels[i])]).Split(random);
            }) { FileRows = others.Length + kept };
    }

    private static string Features(CsvTable table) => table.Features[0].Length == table.Columns ? "" : $" as {table.Features[0].Length} features";

    private static string Gaps(CsvTable table) => table.Gaps == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $", {table.Gaps:N0} gaps");
}
