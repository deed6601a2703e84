using System.Security.Cryptography;

namespace Microsoft.ML.TargetProp.Samples.Experiments.Data;

/// <summary>The training and test digits of a study.</summary>
internal sealed record StudyDigits
{
    private const int DrawnTrain = 12_000;
    private const int DrawnTest = 2_000;
    private const int QuickTrain = 3_000;
    private const int QuickTest = 1_000;

    // Digest of the 60,000 training labels of MNIST, in their order.
    private const string MnistLabels = "1FEBA77C";

    /// <summary>Name of the data set in reports; never its folder, since reports are published.</summary>
    public required string Name { get; init; }

    /// <summary>Name of the test rows in reports.</summary>
    public required string MeasuredOn { get; init; }

    /// <summary>The training digits.</summary>
    public required DigitSet Train { get; init; }

    /// <summary>The digits to measure on: the test set, or rows held out of the training set.</summary>
    public required DigitSet Test { get; init; }

    /// <summary>Name, number of rows and a digest of the bytes: equal texts mean equal data sets.</summary>
    public string Identity => $"{Name}, {Train.Count} + {Test.Count} rows, {Digest(Train)} {Digest(Test)}";

    /// <summary>
    /// Loads MNIST if a folder with it is found, and otherwise draws digits by code. With <paramref name="validate"/>, the last sixth of the
    /// training set (10,000 rows of MNIST) is held out and takes the place of the test set.
    /// </summary>
    public static StudyDigits Load(string? folder, bool validate, bool quick)
    {
        string? found = Mnist.FindFolder(folder);
        DigitData data = found is null ? DrawnDigits.Create(DrawnTrain, DrawnTest) : Mnist.Load(found);
        bool mnist = found is not null && Digest(data.Train.Labels) == MnistLabels;
        int held = validate ? data.Train.Count / 6 : 0;
        DigitSet train = data.Train.Slice(0, data.Train.Count - held);
        DigitSet test = validate ? data.Train.Slice(data.Train.Count - held, held) : data.Test;
        return new StudyDigits
        {
            Name = mnist ? "MNIST" : found is null ? "digits drawn by code (not MNIST)" : "digits in MNIST's files",
            MeasuredOn = validate ? "held-out training rows" : "the test set",
            Train = quick ? train.Slice(0, Math.Min(QuickTrain, train.Count)) : train,
            Test = quick ? test.Slice(0, Math.Min(QuickTest, test.Count)) : test,
        };
    }

    private static string Digest(DigitSet digits)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(digits.Labels);
        for (int i = 0; i < digits.Count; i++)
        {
            hash.AppendData(digits.Image(i).Span);
        }

        return Convert.ToHexString(hash.GetHashAndReset().AsSpan(0, 4));
    }

    private static string Digest(ReadOnlySpan<byte> bytes) => Convert.ToHexString(SHA256.HashData(bytes).AsSpan(0, 4));
}
