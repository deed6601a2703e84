using Microsoft.ML.TargetProp.Core;
using Microsoft.ML.TargetProp.Supervised;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Tests.Supervised;

/// <summary>Several networks in one model: their average, their weights, and their independence.</summary>
public sealed class CommitteeTests
{
    [Theory]
    [InlineData(3)]
    [InlineData(1)]
    public void The_score_of_a_committee_is_the_weighted_mean_of_probabilities(int outputs)
    {
        float[] weights = [1, 3, 0.5f];
        NetworkSnapshot[] members = [.. weights.Select((w, i) => Weighted(TestNetworks.Random(4, [5, 3], outputs, TargetPropActivation.Tanh, standardized: true, seed: i + 1), w))];
        float[] row = [0.3f, -2, 5, 1];

        double[] expected = new double[Math.Max(2, outputs)];
        for (int m = 0; m < members.Length; m++)
        {
            double[] p = Probabilities([members[m]], row);
            for (int k = 0; k < p.Length; k++)
                expected[k] += weights[m] / weights.Sum() * p[k];
        }

        Assert.All(expected.Zip(Probabilities(members, row)), pair => Assert.Equal(pair.First, pair.Second, 1e-5));
        Assert.All(expected.Zip(BatchProbabilities(members, row)), pair => Assert.Equal(pair.First, pair.Second, 1e-5));
    }

    [Fact]
    public void Networks_are_read_as_they_were_written()
    {
        NetworkSnapshot[] members = [.. new[] { 2f, 0.25f }.Select((w, i) => Weighted(TestNetworks.Random(3, [4, 2 + i], 3, (TargetPropActivation)i, standardized: true, seed: i + 1), w))];
        using var stored = new MemoryStream();
        using (var writer = new BinaryWriter(stored, System.Text.Encoding.UTF8, leaveOpen: true))
            NetworkArchive.Write(writer, members);
        stored.Position = 0;

        IReadOnlyList<NetworkSnapshot> read = NetworkArchive.Read(new BinaryReader(stored));

        Assert.Equal(members.Select(m => m.Weight), read.Select(m => m.Weight));
        for (int i = 0; i < members.Length; i++)
            TestNetworks.AssertSame(members[i], read[i]);
    }

    [Fact]
    public void The_first_member_is_the_network_that_is_trained_alone_and_all_members_differ()
    {
        using Examples examples = Problems.Spirals(3, 40).ToExamples();
        var plan = new MemberPlan(new(2, [12, 10], 3, TargetPropActivation.Tanh, OutputKind.Softmax), null, WeightDecay: 0.1, InputDropout: 0);
        ClassifierTrainer trainer = new(Settings.Default with { MaxEpochs = 3 }, null, () => { });

        NetworkSnapshot alone = trainer.Run([plan], examples, null).Members[0];
        IReadOnlyList<NetworkSnapshot> three = trainer.Run([plan, plan, plan], examples, null).Members;

        float[][] bits = [.. three.Select(ClassifierTrainerTests.Bits)];
        Assert.Equal(ClassifierTrainerTests.Bits(alone), bits[0]);
        Assert.NotEqual(bits[0], bits[1]);
        Assert.NotEqual(bits[1], bits[2]);
        Assert.Equal(bits, trainer.Run([plan, plan, plan], examples, null).Members.Select(ClassifierTrainerTests.Bits));
    }

    [Fact]
    public void A_member_learns_nothing_from_the_rows_that_it_leaves_out()
    {
        ReferenceBatch spirals = Problems.Spirals(3, 40);
        RowParts parts = Parts(120, 4, seed: 5);
        var shape = new NetworkShape(2, [12, 10], 3, TargetPropActivation.Relu, OutputKind.Softmax);
        MemberPlan[] plans = [.. Enumerable.Range(0, 4).Select(part => new MemberPlan(shape, null, 0.1, 0) { LeftOut = part })];
        float[][] Train(HashSet<long> changed)
        {
            using Examples examples = spirals.ToExamples();
            using Examples others = new(
                examples.Features.clone(), tensor(examples.Labels.data<long>().Select((label, row) => changed.Contains(row) ? (label + 1) % 3 : label).ToArray()), null);
            return [.. new ClassifierTrainer(Settings.Default with { MaxEpochs = 2 }, null, () => { }).Run(plans, others, null, parts).Members.Select(ClassifierTrainerTests.Bits)];
        }

        float[][] before = Train([]), after = Train([.. parts.In(2)]);

        Assert.Equal(before[2], after[2]);
        Assert.NotEqual(before[0], after[0]);
        Assert.NotEqual(before[1], after[1]);
        Assert.NotEqual(before[3], after[3]);
    }

    [Fact]
    public void Parts_hold_every_row_once_and_about_as_many_each()
    {
        RowParts parts = Parts(103, 4, seed: 1);

        long[][] rows = [.. Enumerable.Range(0, 4).Select(parts.In)];

        Assert.Equal(Enumerable.Range(0, 103).Select(r => (long)r), rows.SelectMany(r => r).Order());
        Assert.All(rows, part => Assert.InRange(part.Length, 25, 26));
        Assert.Equal([0, 2], parts.PlacesOutside([rows[0][3], rows[1][0], rows[2][9]], 1).Select(place => (int)place));
    }

    [Fact]
    public void Equal_rows_are_in_one_part_and_every_part_has_rows_of_every_class()
    {
        ulong[] keys = [.. Enumerable.Range(0, 120).Select(row => (ulong)(row % 40))];
        float[] classes = [.. Enumerable.Range(0, 120).Select(row => row % 40 < 36 ? 0f : 1f)];

        var parts = new RowParts(keys, classes, 4, seed: 1);

        Assert.Equal(40, parts.Distinct);
        long[][] rows = [.. Enumerable.Range(0, 4).Select(parts.In)];
        Assert.All(rows, part => Assert.Equal(30, part.Length));
        Assert.All(rows, part => Assert.Contains(part, row => classes[row] == 1));
        Assert.All(rows, part => Assert.All(part, row => Assert.Contains((row + 40) % 120, part)));
    }

    [Fact]
    public void The_weights_of_a_mixture_raise_its_likelihood_and_find_the_true_one()
    {
        var random = new Random(1);
        // Rows come from the first candidate in 70 % of all cases, from the second in 30 %, and never from the third.
        double[][] likelihoods = [.. Enumerable.Range(0, 4000).Select(_ => random.NextDouble() < 0.7 ? new[] { 0.9, 0.2, 0.1 } : [0.1, 0.8, 0.1])];
        double[] ones = [.. Enumerable.Repeat(1.0, likelihoods.Length)];
        double Likelihood(double[] w) => likelihoods.Average(p => Math.Log(p.Zip(w, (a, b) => a * b).Sum()));

        double[] weights = CandidateWeights.Mixture(likelihoods, ones);

        Assert.Equal(1, weights.Sum(), 1e-9);
        Assert.True(Likelihood(weights) > Likelihood([1.0 / 3, 1.0 / 3, 1.0 / 3]));
        Assert.True(weights[0] > weights[1] && weights[2] < 0.01);
        // A row of weight 2 counts like two rows.
        double[][] twice = [.. likelihoods.Take(10), .. likelihoods.Take(5)];
        Assert.All(CandidateWeights.Mixture(twice, Enumerable.Repeat(1.0, 15).ToArray()).Zip(CandidateWeights.Mixture([.. likelihoods.Take(10)], [2, 2, 2, 2, 2, 1, 1, 1, 1, 1])),
            pair => Assert.Equal(pair.First, pair.Second, 1e-12));
    }

    [Fact]
    public void A_candidate_that_learns_nothing_is_left_out_of_the_model()
    {
        using Examples examples = new(tensor([.. Enumerable.Range(0, 180).SelectMany(row => new[] { row % 3 == 1 ? 1f : -1, row % 3 == 2 ? 1f : -1 })]).view(180, 2),
            tensor(Enumerable.Range(0, 180).Select(row => (long)(row % 3)).ToArray()), null);
        MemberPlan Plan(double decay, int candidate, int part) =>
            new(new(2, [12], 3, TargetPropActivation.Tanh, OutputKind.Softmax), null, decay, 0) { Candidate = candidate, LeftOut = part };
        MemberPlan[] plans = [.. Enumerable.Range(0, 2).SelectMany(part => new[] { Plan(0, 0, part), Plan(90, 1, part) })];

        ClassifierResult result = new ClassifierTrainer(Settings.Default with { MaxEpochs = 60 }, null, () => { }).Run(plans, examples, null, Parts(180, 2, seed: 1));

        Assert.Equal(2, result.Members.Count);
        Assert.True(result.CandidateWeights[0] > 0.99);
    }

    private static RowParts Parts(int rows, int parts, int seed) => new([.. Enumerable.Range(0, rows).Select(row => (ulong)row)], new float[rows], parts, seed);

    private static NetworkSnapshot Weighted(NetworkSnapshot network, float weight) =>
        new(network.Shape, network.Encoding, network.Forward, network.Feedback) { Weight = weight };

    private static double[] Probabilities(NetworkSnapshot[] members, float[] row)
    {
        var scorer = new RowScorer(members);
        row.CopyTo(scorer.Features);
        float[] logits = scorer.Logits().ToArray();
        return Probabilities(members[0].Shape.Output == OutputKind.Softmax, logits);
    }

    private static double[] BatchProbabilities(NetworkSnapshot[] members, float[] row)
    {
        using Committee committee = Committee.FromSnapshots(members, CPU);
        using var scorer = new BatchScorer(committee, members, 2);
        row.CopyTo(scorer.Features(0));
        scorer.Score(1);
        double[] scores = [.. scorer.Scores(0).ToArray().Select(s => (double)s)];
        return members[0].Shape.Output == OutputKind.Softmax ? scores : [Sigmoid(scores[0]), 1 - Sigmoid(scores[0])];
    }

    private static double[] Probabilities(bool softmax, float[] logits)
    {
        if (!softmax)
            return [Sigmoid(logits[0]), 1 - Sigmoid(logits[0])];
        double[] powers = [.. logits.Select(a => Math.Exp(a - logits.Max()))];
        return [.. powers.Select(p => p / powers.Sum())];
    }

    private static double Sigmoid(double a) => 1 / (1 + Math.Exp(-a));
}
