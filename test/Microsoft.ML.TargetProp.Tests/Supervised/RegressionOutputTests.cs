using Microsoft.ML.TargetProp.Core;
using Microsoft.ML.TargetProp.Supervised;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Tests.Supervised;

/// <summary>The losses of a number, their errors and first targets, in closed form and against automatic differentiation.</summary>
public sealed class RegressionOutputTests : IDisposable
{
    private const double Width = 0.8;

    private const double TargetStep = 0.4;

    private static readonly float[] Quantiles = [0.05f, 0.5f, 0.9f];

    private readonly DisposeScope _scope = NewDisposeScope();

    public static TheoryData<TargetPropRegressionLoss> Losses { get; } = [.. Enum.GetValues<TargetPropRegressionLoss>()];

    public void Dispose() => _scope.Dispose();

    [Fact]
    public void The_errors_are_the_difference_its_sign_the_clamped_difference_and_the_side_less_the_probability()
    {
        Tensor outputs = tensor(new float[,] { { 3, 1, 2, 3 }, { 0.5f, -1, 0, 1 } }), labels = tensor(new float[] { 1, 0 });
        double[][] Error(TargetPropRegressionLoss loss) => LearningCase.Doubles(Regression(loss).Error(outputs, labels));

        Assert.Equal([2, 0.5], Error(TargetPropRegressionLoss.Squared).Select(e => e[0]));
        Assert.Equal([1, 1], Error(TargetPropRegressionLoss.Absolute).Select(e => e[0]));
        Assert.Equal([0.8, 0.5], Error(TargetPropRegressionLoss.Huber).Select(e => e[0]), (a, b) => Math.Abs(a - b) < 1e-6);
        Assert.Equal([-0.05, 0.5, 0.1, -0.05, -0.5, 0.1], Error(TargetPropRegressionLoss.Squared).SelectMany(e => e[1..]), (a, b) => Math.Abs(a - b) < 1e-6);
    }

    [Theory]
    [MemberData(nameof(Losses))]
    public void The_error_is_the_gradient_of_the_loss_by_automatic_differentiation(TargetPropRegressionLoss loss)
    {
        Tensor outputs = randn(40, 4, dtype: ScalarType.Float64).mul(2).requires_grad_(), labels = randn(40, dtype: ScalarType.Float64);
        Tensor losses = LossByTorch(loss, outputs, labels);
        losses.sum().backward();

        using (no_grad())
        {
            LearningCase.Agree(LearningCase.Flat(outputs.grad!), LearningCase.Flat(Regression(loss).Error(outputs, labels)), 1e-6);
            double[][] rows = LearningCase.Doubles(outputs);
            double[] known = LearningCase.Flat(labels);
            LearningCase.Agree(LearningCase.Flat(losses), [.. rows.Select((row, r) => Regression(loss).LossOf(row, known[r]))], 1e-6);
        }
    }

    [Theory]
    [MemberData(nameof(Losses))]
    public void Errors_of_rows_in_plain_memory_equal_those_of_tensor_operations(TargetPropRegressionLoss loss)
    {
        Tensor outputs = randn(33, 4).mul(2), labels = randn(33);

        Tensor plain = Regression(loss).Error(outputs, labels), precise = Regression(loss).Error(outputs.to(ScalarType.Float64), labels.to(ScalarType.Float64));

        Assert.True(OutputLayer.ArePlain(outputs, labels));
        Assert.InRange((plain - precise).abs().max().ToDouble(), 0, 1e-6);
    }

    [Theory]
    [MemberData(nameof(Losses))]
    public void The_first_target_is_a_step_down_the_transposed_output_weights_along_the_error(TargetPropRegressionLoss loss)
    {
        using TargetPropNetwork network = Network(loss);
        Batch batch = Rows(9);

        using var random = new RandomSource(1, CPU);
        var pass = ForwardPass.Run(network, batch, dropout: 0, random);
        double[][] targets = LearningCase.Doubles(DifferenceTargetPropagation.FirstTarget(pass, TargetStep));

        double[][] h = LearningCase.Doubles(pass.Activities[2]), a = LearningCase.Doubles(pass.Activities[3]), w = LearningCase.Doubles(network.Forward[2].Weight);
        double[] z = LearningCase.Flat(batch.Labels);
        for (int row = 0; row < h.Length; row++)
        {
            double d = a[row][0] - z[row];
            double[] e =
            [
                loss switch { TargetPropRegressionLoss.Squared => d, TargetPropRegressionLoss.Absolute => Math.Sign(d), _ => Math.Clamp(d, -Width, Width) },
                .. Quantiles.Select((q, k) => (z[row] < a[row][k + 1] ? 1 : 0) - (double)q),
            ];
            double[] expected = [.. h[row].Select((v, j) => v - TargetStep * e.Select((error, k) => w[k][j] * error).Sum())];
            LearningCase.Agree(expected, targets[row], 1e-9);
        }
    }

    [Theory]
    [MemberData(nameof(Losses))]
    public void A_row_of_weight_three_counts_as_three_rows(TargetPropRegressionLoss loss)
    {
        using TargetPropNetwork network = Network(loss);
        Batch rows = Rows(4);
        Batch weighted = rows with { Weights = tensor(new double[] { 0.5, 1.5, 1, 1 }).unsqueeze(1) };
        Tensor index = tensor(new long[] { 0, 1, 1, 1, 2, 2, 3, 3 });
        var repeated = new Batch(rows.Features.index_select(0, index), rows.Labels.index_select(0, index), null);

        LearningCase.Agree(Updates(network, repeated), Updates(network, weighted), 1e-9);
        var (a, b) = (network.Shape.Regression!.Sums(network.Logits(repeated.Features), repeated), network.Shape.Regression.Sums(network.Logits(weighted.Features), weighted));
        Assert.Equal(a.Loss / a.Weight, b.Loss / b.Weight, 1e-9);
        Assert.Equal(a.SquaredError / a.Weight, b.SquaredError / b.Weight, 1e-9);
    }

    [Fact]
    public void With_one_hidden_layer_difference_target_propagation_of_every_loss_goes_down_its_gradient()
    {
        // The step from the first target is 2 η0 times back-propagation's, and the output takes the gradient itself.
        foreach (TargetPropRegressionLoss loss in Enum.GetValues<TargetPropRegressionLoss>())
        {
            using TargetPropNetwork network = Network(loss, hidden: [5]);
            Batch batch = Rows(12);
            double[] targets = Updates(network, batch), gradient = Updates(network, batch, new Backpropagation());
            int first = (int)network.Forward[0].Shape.Parameters;

            LearningCase.Agree([.. gradient[..first].Select(g => 2 * TargetStep * g)], targets[..first], 1e-9);
            LearningCase.Agree(gradient[first..], targets[first..], 1e-9);
        }
    }

    [Fact]
    public void Quantiles_are_sorted_and_given_back_in_the_units_of_the_label()
    {
        RegressionOutput regression = Regression(TargetPropRegressionLoss.Squared) with { Scale = new(1000, 20) };
        float[] outputs = [0.5f, 2, -1, 0.25f];

        regression.Finish(outputs);

        Assert.Equal([1010, 980, 1005, 1040], outputs);

        // Shifts of calibration apply to quantiles in order, and may cross them again.
        float[] shifted = [0.5f, 2, -1, 0.25f];
        (regression with { Shifts = [2, 0, -1] }).Finish(shifted);
        Assert.Equal([1010, 1005, 1020, 1020], shifted);
    }

    [Fact]
    public void Sorted_quantiles_never_have_a_larger_loss_whatever_the_label()
    {
        var random = new Random(1);
        RegressionOutput regression = Regression(TargetPropRegressionLoss.Squared);
        for (int i = 0; i < 1000; i++)
        {
            double[] outputs = [.. Enumerable.Range(0, 4).Select(_ => LearningCase.Normal(random))];
            double label = LearningCase.Normal(random);

            Assert.True(regression.LossOf([outputs[0], .. outputs[1..].Order()], label) <= regression.LossOf(outputs, label) + 1e-12);
        }
    }

    [Fact]
    public void The_label_is_centred_on_its_median_and_scaled_by_its_quartiles()
    {
        LabelScale scale = LabelScale.Learn([.. Enumerable.Range(0, 101).Select(i => 500f + i)], TargetPropRegressionLoss.Squared)!;

        Assert.Equal(550, scale.Offset);
        Assert.Equal(50 / 1.349, scale.Spread, 1e-9);
        Assert.Equal(0, scale.Standardize(550));
        Assert.Equal(575f, scale.Restore(scale.Standardize(575)), 1e-4f);
    }

    [Fact]
    public void One_row_far_away_does_not_move_the_scale_of_a_robust_loss()
    {
        float[] labels = [.. Enumerable.Range(0, 1001).Select(i => (float)i), 1e30f];

        Assert.Equal(500 / 1.349, LabelScale.Learn(labels, TargetPropRegressionLoss.Huber)!.Spread, 0.5);
        Assert.Equal(500 / 1.349, LabelScale.Learn(labels, TargetPropRegressionLoss.Absolute)!.Spread, 0.5);
        // The mean moves with such a row, so the squared loss needs a scale on which a step towards it is finite.
        Assert.InRange(LabelScale.Learn(labels, TargetPropRegressionLoss.Squared)!.Standardize(1e30f), 100, 200);
    }

    [Fact]
    public void Labels_that_are_mostly_equal_have_a_scale_and_labels_that_are_all_equal_have_none()
    {
        float[] mostly = [.. Enumerable.Repeat(0f, 90), .. Enumerable.Repeat(10f, 10)];

        Assert.Equal(3, LabelScale.Learn(mostly, TargetPropRegressionLoss.Huber)!.Spread, 1e-9);
        Assert.Null(LabelScale.Learn([7, 7, 7], TargetPropRegressionLoss.Squared));
        Assert.NotNull(LabelScale.Learn([1e38f, -1e38f, 3e38f, -3e38f], TargetPropRegressionLoss.Squared));
        Assert.NotNull(LabelScale.Learn([0, float.Epsilon], TargetPropRegressionLoss.Squared));
    }

    [Theory]
    [MemberData(nameof(Losses))]
    public void The_archive_gives_back_every_field(TargetPropRegressionLoss loss)
    {
        RegressionOutput regression = Regression(loss) with { Scale = new(-3.25e7, 1e-9), Shifts = [-0.5f, 0, 2.25f] };
        byte[] bytes = Written(w => RegressionArchive.Write(w, regression));

        RegressionOutput read = RegressionArchive.Read(new BinaryReader(new MemoryStream(bytes)));

        Assert.Equal(regression with { Quantiles = [], Shifts = [] }, read with { Quantiles = [], Shifts = [] });
        Assert.Equal(regression.Quantiles, read.Quantiles);
        Assert.Equal(regression.Shifts, read.Shifts);
    }

    [Theory]
    [InlineData(0, 3, "loss is 3")]
    [InlineData(15, 255, "offset of the label is")]
    [InlineData(25, 3, "number of quantiles is")]
    public void A_damaged_archive_is_refused_with_the_field(int at, byte value, string message)
    {
        byte[] bytes = Written(w => RegressionArchive.Write(w, Regression(TargetPropRegressionLoss.Squared) with { Scale = new(double.MaxValue, 1) }));
        (bytes[at], bytes[at == 25 ? 28 : at]) = (value, value);

        Assert.Contains(message, Assert.Throws<FormatException>(() => RegressionArchive.Read(new BinaryReader(new MemoryStream(bytes)))).Message, StringComparison.Ordinal);
    }

    private static RegressionOutput Regression(TargetPropRegressionLoss loss) => new(loss, Width, Quantiles, new(0, 1));

    private static TargetPropNetwork Network(TargetPropRegressionLoss loss, int[]? hidden = null)
    {
        RegressionOutput regression = Regression(loss);
        var shape = new NetworkShape(3, hidden ?? [6, 5], regression.Units, TargetPropActivation.Tanh, OutputKind.Linear) { Regression = regression };
        var network = new TargetPropNetwork(shape, new DifferenceTargetPropagation().FeedbackMaps(shape), null, CPU, ScalarType.Float64);
        network.ForwardParameters.Flat.copy_(randn(network.ForwardParameters.Flat.shape, dtype: ScalarType.Float64));
        network.FeedbackParameters.Flat.copy_(randn(network.FeedbackParameters.Flat.shape, dtype: ScalarType.Float64));
        return network;
    }

    private static Batch Rows(int rows) => new(randn(rows, 3, dtype: ScalarType.Float64), randn(rows, dtype: ScalarType.Float64), null);

    private static double[] Updates(TargetPropNetwork network, Batch batch, LearningRule? rule = null)
    {
        using var random = new RandomSource(1, CPU);
        using ParameterBuffer updates = network.ForwardParameters.NewLike();
        (rule ?? new DifferenceTargetPropagation()).ComputeUpdates(ForwardPass.Run(network, batch, dropout: 0, random), TargetStep, updates, null);
        return [.. updates.Maps.SelectMany(m => LearningCase.Flat(m.Weight).Concat(LearningCase.Flat(m.Bias)))];
    }

    private static Tensor LossByTorch(TargetPropRegressionLoss loss, Tensor outputs, Tensor labels)
    {
        Tensor prediction = outputs.select(1, 0);
        Tensor sum = loss switch
        {
            TargetPropRegressionLoss.Squared => nn.functional.mse_loss(prediction, labels, nn.Reduction.None).mul(0.5),
            TargetPropRegressionLoss.Absolute => nn.functional.l1_loss(prediction, labels, nn.Reduction.None),
            _ => nn.functional.huber_loss(prediction, labels, Width, nn.Reduction.None),
        };
        for (int k = 0; k < Quantiles.Length; k++)
        {
            // The pinball loss as it is usually written: max(τ (z − a), (τ − 1)(z − a)).
            Tensor over = labels - outputs.select(1, k + 1);
            sum += maximum(over * Quantiles[k], over * (Quantiles[k] - 1));
        }
        return sum;
    }

    private static byte[] Written(Action<BinaryWriter> write)
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        write(writer);
        writer.Flush();
        return stream.ToArray();
    }
}
