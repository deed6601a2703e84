using System.Security.Cryptography;

namespace Microsoft.ML.TargetProp.Samples.Experiments.Data;

/// <summary>The digits that a study learns and is measured on.</summary>
internal sealed record StudyDigits
{
    private const int DrawnTrain = 12_000;
    private const int DrawnTest = 2_000;
    private const int QuickTrain = 3_000;
    private const int QuickTest = 1_000;

    // Of the 60,000 training labels of MNIST, in their order.
    private const string MnistLabels = "1FEBA77C";

    /// <summary>What they are, for people to read. No folder: results are shown to others.</summary>
    public required string Name { get; init; }

    /// <summary>What they are measured on, for people to read.</summary>
    public required string MeasuredOn { get; init; }

    /// <summary>To learn from.</summary>
    public required DigitSet Train { get; init; }

    /// <summary>To be measured on: the test set, or rows held out of the training set.</summary>
    public required DigitSet Test { get; init; }

    /// <summary>Name, rows and a digest of the bytes: two data sets with the same text are the same.</summary>
    public string Identity => $"{Name}, {Train.Count} + {Test.Count} rows, {Digest(Train)} {Digest(Test)}";

    /// <summary>
    /// MNIST where there is a folder with it, else digits drawn by code. With <paramref name="validate"/> a sixth of the training set
    /// (10,000 of MNIST's rows, the last ones) is held out and takes the place of the test set.
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
