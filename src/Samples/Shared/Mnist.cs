namespace Microsoft.ML.TargetProp.Samples;

/// <summary>
/// MNIST (LeCun, Cortes, Burges) in its four published IDX files: 60,000 training digits and 10,000 test digits. Other data sets in
/// this format load as well, for example Fashion-MNIST and KMNIST.
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
    /// Finds the folder of the four files: <paramref name="dataOption"/> if given, otherwise the folder in the environment variable
    /// <see cref="DataVariable"/>, otherwise null.
    /// </summary>
    /// <param name="dataOption">The value of --data, or null.</param>
    /// <param name="environment">Reads an environment variable; by default from the process.</param>
    /// <exception cref="SampleException">A folder is given, but the files are not in it.</exception>
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
    /// <exception cref="SampleException">A file is missing or has another content than its name says.</exception>
    public static DigitData Load(string folder) =>
        new("MNIST from " + folder, LoadPart(folder, TrainImages, TrainLabels), LoadPart(folder, TestImages, TestLabels));

    /// <summary>The path of one of the four files in a folder, with or without ".gz"; null if it is missing.</summary>
    internal static string? FindFile(string folder, string name)
    {
        string plain = Path.Combine(folder, name);
        return File.Exists(plain + ".gz") ? plain + ".gz" : File.Exists(plain) ? plain : null;
    }

    private static string Resolve(string named, string source)
    {
        if (string.IsNullOrWhiteSpace(named))
        {
            throw new SampleException($"{source} is empty. Expected a folder with the four MNIST files.");
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
            // A folder with some of the files is probably the right one, so the message lists the missing files.
            string nearest = candidates.MaxBy(c => FileNames.Count(name => FindFile(c, name) is not null))!;
            problem = $"{nearest} lacks {string.Join(", ", FileNames.Where(name => FindFile(nearest, name) is null))}";
        }

        throw new SampleException($"""
            No MNIST files found in '{named}' (from {source}): {problem}.
            Expected {string.Join(", ", FileNames)}, each with or without .gz, in one of
              {string.Join(Environment.NewLine + "  ", candidates.Select(Path.GetFullPath))}
            Give a folder with these four files, or with a subfolder mnist/ that holds them. Quickstart's --download fetches them.
            Without {source} the program draws its own digits.
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
        new($"File '{Path.Combine(folder, name)}' not found, with or without .gz.");
}
