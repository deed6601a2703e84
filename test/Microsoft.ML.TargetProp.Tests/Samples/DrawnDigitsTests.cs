using System.Numerics.Tensors;
using Microsoft.ML.TargetProp.Samples;

namespace Microsoft.ML.TargetProp.Tests.Samples;

public class DrawnDigitsTests
{
    [Fact]
    public void The_same_seed_gives_the_same_pictures_for_any_count()
    {
        DigitSet few = DrawnDigits.Draw(20, seed: 5);
        DigitSet many = DrawnDigits.Draw(200, seed: 5);

        for (int i = 0; i < few.Count; i++)
        {
            Assert.Equal(few.Image(i).ToArray(), many.Image(i).ToArray());
        }
    }

    [Fact]
    public void Different_seeds_give_different_pictures()
    {
        DigitSet one = DrawnDigits.Draw(50, seed: 1);
        DigitSet two = DrawnDigits.Draw(50, seed: 2);

        Assert.All(Enumerable.Range(0, 50), i => Assert.NotEqual(one.Image(i).ToArray(), two.Image(i).ToArray()));
    }

    [Fact]
    public void No_two_pictures_are_equal()
    {
        DigitSet digits = DrawnDigits.Draw(2_000);

        Assert.Equal(2_000, Enumerable.Range(0, 2_000).Select(i => Convert.ToHexString(digits.Image(i).Span)).Distinct().Count());
    }

    [Fact]
    public void All_digits_are_equally_frequent()
    {
        DigitData data = DrawnDigits.Create(trainCount: 300, testCount: 100);

        Assert.All(data.Train.Labels.ToArray().CountBy(label => label), pair => Assert.Equal(30, pair.Value));
        Assert.All(data.Test.Labels.ToArray().CountBy(label => label), pair => Assert.Equal(10, pair.Value));
        Assert.Equal(10, data.Test.Labels.ToArray().Distinct().Count());
    }

    [Fact]
    public void Every_picture_has_ink_and_paper_and_soft_edges()
    {
        DigitSet digits = DrawnDigits.Draw(1_000);

        Assert.All(Enumerable.Range(0, 1_000), i =>
        {
            byte[] image = digits.Image(i).ToArray();
            Assert.InRange(image.Count(p => p > 128), 15, 350);
            Assert.InRange(image.Count(p => p == 0), 300, 770);
            Assert.Contains(image, p => p is > 0 and < 128);
        });
    }

    /// <summary>
    /// The nearest class mean is a linear classifier, the nearest picture is not. The digits are only useful as an example for deep
    /// networks if a linear classifier has a much higher error.
    /// </summary>
    [Fact]
    public void A_linear_classifier_has_a_much_higher_error_than_nearest_neighbour()
    {
        DigitData data = DrawnDigits.Create(trainCount: 3_000, testCount: 400);
        float[][] train = Vectors(data.Train);
        float[][] test = Vectors(data.Test);
        float[][] means = [.. Enumerable.Range(0, 10).Select(digit => Mean([.. train.Where((_, i) => data.Train.Labels[i] == digit)]))];

        double linear = Error(test, data.Test, means, index => (byte)index);
        double nearest = Error(test, data.Test, train, index => data.Train.Labels[index]);

        Assert.InRange(nearest, 0, 0.15);
        Assert.True(linear > 2 * nearest, $"nearest mean {linear:P1}, nearest picture {nearest:P1}");
    }

    private static float[][] Vectors(DigitSet digits) => [.. Enumerable.Range(0, digits.Count).Select(i => digits.Row(i).Features)];

    private static float[] Mean(float[][] vectors)
    {
        float[] mean = new float[DigitSet.PixelCount];
        foreach (float[] vector in vectors)
        {
            TensorPrimitives.Add(mean, vector, mean);
        }

        TensorPrimitives.Divide(mean, vectors.Length, mean);
        return mean;
    }

    private static double Error(float[][] test, DigitSet truth, float[][] candidates, Func<int, byte> labelOf)
    {
        int wrong = 0;
        for (int i = 0; i < test.Length; i++)
        {
            float[] picture = test[i];
            int best = Enumerable.Range(0, candidates.Length).MinBy(c => TensorPrimitives.Distance(picture, candidates[c]));
            wrong += labelOf(best) == truth.Labels[i] ? 0 : 1;
        }

        return (double)wrong / test.Length;
    }
}
