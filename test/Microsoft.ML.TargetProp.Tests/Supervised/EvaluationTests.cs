using Microsoft.ML.TargetProp.Core;
using Microsoft.ML.TargetProp.Supervised;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Tests.Supervised;

/// <summary>Tests losses, errors, and the selection of rows for mini-batches.</summary>
public sealed class EvaluationTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public void Loss_and_error_are_weighted_means_over_all_rows(bool logistic, bool weighted)
    {
        const int Rows = 2345;
        using var it = new LearningCase("5,7", TargetPropActivation.Tanh, logistic, weighted, Rows);
        using var examples = new Examples(it.Batch.Features, it.Batch.Labels, it.Batch.Weights);

        Evaluation measured = Evaluation.Of(new Committee([it.Network]), examples);

        ReferenceNetwork reference = it.Reference;
        double[][] outputs = [.. it.Rows.Features.Select(x => reference.Activities(x)[3])];
        double total = Enumerable.Range(0, Rows).Sum(it.Rows.Weight);
        double loss = Enumerable.Range(0, Rows).Sum(r => it.Rows.Weight(r) * reference.Loss(outputs[r], it.Rows.Labels[r]));
        double mistakes = Enumerable.Range(0, Rows).Sum(r => Class(outputs[r]) == it.Rows.Labels[r] ? 0 : it.Rows.Weight(r));
        Assert.Equal(loss / total, measured.Loss, 1e-9);
        Assert.Equal(mistakes / total, measured.Error, 1e-9);
        Assert.InRange(measured.Error, 0.1, 0.9);

        static int Class(double[] output) => output.Length == 1 ? (output[0] > 0 ? 1 : 0) : Array.IndexOf(output, output.Max());
    }

    [Fact]
    public void The_output_error_is_p_minus_y_and_stays_finite_for_logits_of_any_size()
    {
        Tensor logits = tensor(new float[,] { { 0, 0, 0 }, { 1e4f, -1e4f, 0 }, { -1e4f, 1e4f, 0 }, { 1e38f, 1e38f, -1e38f } });
        Tensor labels = tensor(new long[] { 0, 0, 0, 2 });

        double[][] error = LearningCase.Doubles(OutputLayer.Error(OutputKind.Softmax, logits, labels));

        Assert.Equal([-2 / 3.0, 1 / 3.0, 1 / 3.0], error[0], (a, b) => Math.Abs(a - b) < 1e-6);
        Assert.Equal([0, 0, 0], error[1]);
        Assert.Equal([-1, 1, 0], error[2]);
        Assert.Equal([0.5, 0.5, -1], error[3]);
    }

    [Theory]
    [InlineData(false, 1)]
    [InlineData(false, 2)]
    [InlineData(false, 7)]
    [InlineData(true, 1)]
    public void The_error_against_smoothed_labels_is_p_minus_a_mixture_of_label_and_uniform_distribution(bool logistic, int units)
    {
        const double Smoothing = 0.3;
        OutputKind kind = logistic ? OutputKind.Logistic : OutputKind.Softmax;
        Tensor logits = randn(5, units);
        Tensor labels = logistic ? tensor(new float[] { 1, 0, 0, 1, 1 }) : arange(5).remainder(units);
        double[][] plain = LearningCase.Doubles(OutputLayer.Error(kind, logits, labels));

        double[][] smoothed = LearningCase.Doubles(OutputLayer.Smooth(kind, OutputLayer.Error(kind, logits, labels), labels, Smoothing));

        double[] classes = LearningCase.Flat(labels);
        for (int row = 0; row < plain.Length; row++)
        {
            for (int unit = 0; unit < units; unit++)
            {
                double label = logistic ? classes[row] : unit == (int)classes[row] ? 1 : 0;
                double even = logistic ? 0.5 : 1.0 / units;
                double probability = plain[row][unit] + label;
                Assert.Equal(probability - ((1 - Smoothing) * label + Smoothing * even), smoothed[row][unit], 1e-6);
            }
        }
    }

    [Fact]
    public void Losses_stay_finite_for_logits_of_any_reasonable_size()
    {
        double[] softmax = LearningCase.Flat(OutputLayer.Losses(
            OutputKind.Softmax, tensor(new float[,] { { 0, 0 }, { 1e4f, 0 }, { 0, 1e4f } }), tensor(new long[] { 0, 0, 0 })));
        double[] logistic = LearningCase.Flat(OutputLayer.Losses(
            OutputKind.Logistic, tensor(new float[,] { { 0 }, { 1e4f }, { -1e4f }, { 1e4f }, { 30 }, { 2 } }), tensor(new float[] { 1, 1, 1, 0, 0, 1 })));

        Assert.Equal([Math.Log(2), 0, 1e4], softmax, Near);
        Assert.Equal([Math.Log(2), 0, 1e4, 1e4, 30, Math.Log(1 + Math.Exp(-2))], logistic, Near);

        static bool Near(double a, double b) => Math.Abs(a - b) <= 1e-6 * Math.Max(1, Math.Abs(a));
    }

    [Theory]
    [InlineData(false, 1)]
    [InlineData(false, 100)]
    [InlineData(true, 1)]
    public void Errors_and_sums_of_rows_in_plain_memory_equal_those_of_tensor_operations(bool logistic, int units)
    {
        OutputKind kind = logistic ? OutputKind.Logistic : OutputKind.Softmax;
        const int Rows = 33;
        Tensor logits = randn(Rows, units).mul(8);
        Tensor labels = kind == OutputKind.Softmax ? randint(units, Rows, dtype: ScalarType.Int64) : randint(2, Rows, dtype: ScalarType.Float32);
        var ones = new Batch(logits, labels, ones_like(logits.narrow(1, 0, 1)));
        Tensor precise = logits.to(ScalarType.Float64);

        Tensor error = OutputLayer.Error(kind, logits, labels);
        (double Loss, double Mistakes, double Weight) sums = OutputLayer.Sums(kind, logits, labels);

        Assert.True(OutputLayer.ArePlain(logits, labels));
        Assert.False(OutputLayer.ArePlain(precise, labels));
        Assert.InRange((error - OutputLayer.Error(kind, precise, labels)).abs().max().ToDouble(), 0, 1e-6);
        (double Loss, double Mistakes, double Weight) expected = Evaluation.BatchSums(kind, precise, ones with { Weights = ones.Weights!.to(ScalarType.Float64) });
        Assert.Equal(expected.Loss, sums.Loss, 1e-5 * Math.Max(1, expected.Loss));
        Assert.Equal((expected.Mistakes, expected.Weight), (sums.Mistakes, sums.Weight));
    }

    [Fact]
    public void Selected_rows_keep_their_labels_and_weights_in_the_requested_order()
    {
        using var examples = new Examples(
            arange(10, dtype: ScalarType.Float32).unsqueeze(1), arange(10).mul(10), arange(10, dtype: ScalarType.Float32).mul(100).unsqueeze(1));

        Batch batch = examples.Select(new long[] { 7, 0, 3 });

        Assert.Equal([7, 0, 3], LearningCase.Flat(batch.Features));
        Assert.Equal([70, 0, 30], LearningCase.Flat(batch.Labels));
        Assert.Equal([700, 0, 300], LearningCase.Flat(batch.Weights!));
        Assert.Equal([3, 1], batch.Weights!.shape);
    }

    [Fact]
    public void A_loss_meter_averages_over_the_measured_steps()
    {
        var meter = new LossMeter(2);
        Assert.Empty(meter.Means());

        meter.Add(0, tensor(new float[,] { { 3, 4 }, { 0, 0 } }));
        meter.Add(0, tensor(new float[,] { { 1, 0 } }));
        meter.Add(1, tensor(new float[,] { { 2 } }));

        Assert.Equal([(12.5 + 1) / 2, 4], meter.Means());
    }
}
