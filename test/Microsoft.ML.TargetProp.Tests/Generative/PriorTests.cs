using Microsoft.ML.TargetProp.Core;
using Microsoft.ML.TargetProp.Generative;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Tests.Generative;

/// <summary>Mixture priors and the Parzen window.</summary>
public sealed class PriorTests
{
    [Fact]
    public void A_mixture_finds_groups_and_gives_them_their_weight()
    {
        using var scope = NewDisposeScope();
        using var random = new RandomSource(1, CPU);
        Tensor codes = random.NormalLike(zeros(400, 2), 0.1);
        codes.narrow(0, 0, 100).add_(tensor(new[] { 2f, 0 }));
        codes.narrow(0, 100, 300).add_(tensor(new[] { -1f, 1 }));

        PriorParameters prior = MixturePrior.Fit(codes, 2, random);

        PriorComponent[] components = [.. prior.Components.OrderBy(c => c.Weight)];
        Assert.Equal(0.25, components[0].Weight, 1e-3);
        Assert.Equal(2, components[0].Mean[0], 0.05);
        Assert.Equal(1, components[1].Mean[1], 0.05);
        Assert.Equal(codes.mean([0L])[0].ToDouble(), prior.Moments().Mean[0].ToDouble(), 1e-4);
        // The centre of a group is likely, and the space between the groups is not.
        using var live = new CodePrior(prior, CPU);
        Tensor at = live.LogDensity(tensor(new[,] { { 2f, 0 }, { 0.5f, 0.5f } }));
        Assert.True(at[0].ToDouble() > at[1].ToDouble() + 2, $"{at[0].ToDouble()} {at[1].ToDouble()}");
    }

    [Fact]
    public void Small_groups_borrow_the_spread_of_other_groups_and_not_the_distance_between_them()
    {
        using var scope = NewDisposeScope();
        using var random = new RandomSource(1, CPU);
        const int units = 8, groups = 6, rows = 10;
        const double deviation = 0.1;
        Tensor centres = zeros(groups, units);
        for (int g = 0; g < groups; g++)
            centres[g, g] = tensor(5f);

        PriorParameters prior = MixturePrior.Fit(random.NormalLike(zeros(groups * rows, units), deviation).add_(centres.repeat(rows, 1)), 4 * groups, random);

        // Each row of the factor L of L Lᵀ has the length of its unit's deviation.
        double[] deviations = [.. prior.Components.SelectMany(c => c.Factor.Chunk(units).Select(line => Math.Sqrt(line.Sum(v => (double)v * v))))];
        Assert.All(deviations, d => Assert.InRange(d, 0.2 * deviation, 2 * deviation));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Fewer_rows_than_components_still_make_a_prior(int rows)
    {
        using var scope = NewDisposeScope();
        using var random = new RandomSource(1, CPU);

        PriorParameters prior = MixturePrior.Fit(random.NormalLike(zeros(rows, 4), 1), 10, random);

        Assert.InRange(prior.Components.Count, 1, rows);
        Assert.Equal(1, prior.Components.Sum(c => c.Weight), 1e-5);
        Assert.All(prior.Components.SelectMany(c => c.Factor.Concat(c.Mean)), v => Assert.True(float.IsFinite(v)));
    }

    [Fact]
    public void Training_can_end_with_a_mixture_that_an_archive_keeps()
    {
        using var scope = NewDisposeScope();
        using var random = new RandomSource(2, CPU);
        GenerativeShape shape = new([TargetPropVisibleUnits.Gaussian, TargetPropVisibleUnits.Gaussian], [3], TargetPropActivation.Tanh);
        GenerativeSettings settings = new() { MaxEpochs = 2, BatchSize = 10, LearningRate = 0.01, Seed = 1, Prior = TargetPropCodePrior.Mixture, PriorComponents = 4 };
        GenerativeSnapshot model = GenerativeTrainer.Run(shape, random.NormalLike(zeros(60, 2), 1), settings, null, () => { }).Model;
        using var stream = new MemoryStream();

        GenerativeArchive.Write(stream, model);
        stream.Position = 0;

        Assert.InRange(model.Prior.Components.Count, 2, 4);
        Assert.Equal(model.Prior.Components[^1].Mean, GenerativeArchive.Read(stream).Prior.Components[^1].Mean);
    }
}
