namespace Microsoft.ML.TargetProp.Samples;

/// <summary>
/// MNIST (LeCun, Cortes, Burges) in its four IDX files, as they are published: 60,000 digits to learn from and 10,000 to test on.
/// Other sets in the same format (Fashion-MNIST, KMNIST) load as well.
/// </summary>
public static class Mnist
{
    /// <summary>The environment variable that names the data folder.</summary>
    public const string DataVariable = "TARGETPROP_DATA";

    internal const string TrainImages = "train-images-idx3-ubyte";
    internal const string TrainLabels = "train-labels-idx1-ubyte";
    internal const string TestImages = "t10k-images-idx3-ubyte";
    internal const string TestLabels = "t10k-labels-idx1-ubyte";

    /// <summary>The names of the four files, without ".gz".</summary>
    public static IReadOnlyList<string> FileNames { get; } = [TrainImages, TrainLabels, TestImages, TestLabels];

    /// <summary>
    /// The folder that holds the four files: <paramref name="dataOption"/> where it is given, else the one that
    /// <see cref="DataVariable"/> names, else none.
    /// </summary>
    /// <param name="dataOption">What the user wrote after --data, if anything.</param>
    /// <param name="environment">Looks up an environment variable; the process's own by default.</param>
    /// <exception cref="SampleException">A folder was named, but the files are not there.</exception>
    public static string? FindFolder(string? dataOption, Func<string, string?>? environment = null)
    {
        if (dataOption is not null)
        {
            return Resolve(dataOption, "--data");
        }

        string? variable = (environment ?? Environment.GetEnvironmentVariable)(DataVariable);
        return string.IsNullOrEmpty(variable) ? null : Resolve(variable, DataVariable);
    }

    /// <summary>Loads the four files of a folder.</summary>
    /// <exception cref="SampleException">A file is missing or is not what its name says.</exception>
    public static DigitData Load(string folder) =>
        new("MNIST from " + folder, LoadPart(folder, TrainImages, TrainLabels), LoadPart(folder, TestImages, TestLabels));

    /// <summary>The path of one of the four files in a folder, gzip'd or not; null where neither is there.</summary>
    internal static string? FindFile(string folder, string name)
    {
        string plain = Path.Combine(folder, name);
        return File.Exists(plain + ".gz") ? plain + ".gz" : File.Exists(plain) ? plain : null;
    }

    private static string Resolve(string named, string source)
    {
        if (string.IsNullOrWhiteSpace(named))
        {
            throw new SampleException($"{source} names no folder.");
        }

        string[] candidates = [Path.Combine(named, "mnist"), named];
        foreach (string candidate in candidates)
        {
            if (FileNames.All(name => FindFile(candidate, name) is not null))
            {
                return candidate;
            }
        }

        string problem;
        if (!Directory.Exists(named))
        {
            problem = File.Exists(named) ? "it is a file, not a folder" : "there is no such folder";
        }
        else
        {
            // Where some files are there, the folder is the right one and the missing names help most.
            string nearest = candidates.MaxBy(c => FileNames.Count(name => FindFile(c, name) is not null))!;
            problem = $"{nearest} lacks {string.Join(", ", FileNames.Where(name => FindFile(nearest, name) is null))}";
        }

        throw new SampleException($"""
            No MNIST files found in '{named}' (named by {source}): {problem}.
            Looked for {string.Join(", ", FileNames)}, each with or without .gz, in
              {string.Join(Environment.NewLine + "  ", candidates.Select(Path.GetFullPath))}
            Name a folder that holds these four files or has them in mnist/, or let --download fetch them.
            Without any of these options the program draws its own digits.
            """);
    }

    private static DigitSet LoadPart(string folder, string imagesName, string labelsName)
    {
        string imagesPath = FindFile(folder, imagesName) ?? throw Missing(folder, imagesName);
        string labelsPath = FindFile(folder, labelsName) ?? throw Missing(folder, labelsName);
        byte[] images = IdxFile.ReadImages(imagesPath);
        byte[] labels = IdxFile.ReadLabels(labelsPath);
        int count = images.Length / DigitSet.PixelCount;
        return labels.Length == count
            ? new DigitSet(images, labels)
            : throw new SampleException($"{labelsPath}: found {labels.Length} labels, expected {count}, one for each picture in {imagesPath}.");
    }

    private static SampleException Missing(string folder, string name) =>
        new($"{Path.Combine(folder, name)}.gz: no such file, with or without .gz.");
}
