using System.Globalization;
using Microsoft.ML.TargetProp.Benchmarks.Harness;
using Microsoft.ML.TargetProp.Benchmarks.Work;
using Microsoft.ML.TargetProp.Samples.Experiments.Reporting;

namespace Microsoft.ML.TargetProp.Benchmarks.Measurements;

/// <summary>
/// Compares an epoch of difference target propagation with its matrix products alone, this library's back-propagation and TorchSharp's
/// autograd.
/// </summary>
internal sealed class TrainingMeasurement : IMeasurement
{
    private const string Target = "difference target propagation";
    private const string Noisy = "the same, with input noise";
    private const string Rare = "the same, feedback learning at every 4th step";
    private const string Back = "back-propagation in this library";
    private const string Autograd = "nn.Sequential, autograd, optim.Adam";
    private const string Products = "matrix products of difference target propagation alone";
    private const string ForwardTargets = "matrix products without feedback learning";
    private const string BackProducts = "matrix products of back-propagation alone";
    private const int RareInterval = 4;

    private readonly NetShape _net;
    private readonly int _rows;
    private readonly int _quickRows;
    private readonly string _suffix;

    /// <param name="name">The name of the measurement.</param>
    /// <param name="net">The network.</param>
    /// <param name="rows">Rows per epoch.</param>
    /// <param name="quickRows">Rows per epoch in a quick run.</param>
    /// <param name="suffix">Suffix of the names of the figures.</param>
    public TrainingMeasurement(string name, NetShape net, int rows, int quickRows, string suffix = "")
    {
        Name = name;
        _net = net;
        _rows = rows;
        _quickRows = quickRows;
        _suffix = suffix;
    }

    public string Name { get; }

    public Findings Run(BenchmarkContext context)
    {
        int rows = context.Quick ? _quickRows : _rows;
        int steps = rows / _net.BatchSize;
        rows = steps * _net.BatchSize;
        SpeedTable table = new(rows, _net.Inputs, _net.Outputs);
        using BareProducts products = new(StepProducts.TargetPropagation(_net, feedbackLearns: true));
        using BareProducts forwardTargets = new(StepProducts.TargetPropagation(_net, feedbackLearns: false));
        using BareProducts backProducts = new(StepProducts.Backpropagation(_net));
        using AutogradTraining autograd = new(table, _net);
        Rounds times = Rounds.Run(
            context.Rounds,
            context.Progress,
            new Candidate(Target, () => LibraryEpoch.Seconds(table, _net, TargetPropLearningRule.DifferenceTargetPropagation)),
            new Candidate(Products, () => Clock.Time(() => products.Run(steps))),
            new Candidate(Back, () => LibraryEpoch.Seconds(table, _net, TargetPropLearningRule.Backpropagation)),
            new Candidate(Autograd, autograd.Epoch),
            new Candidate(BackProducts, () => Clock.Time(() => backProducts.Run(steps))),
            new Candidate(Noisy, () => LibraryEpoch.Seconds(table, _net, TargetPropLearningRule.DifferenceTargetPropagation, inputNoise: 1)),
            new Candidate(Rare, () => LibraryEpoch.Seconds(table, _net, TargetPropLearningRule.DifferenceTargetPropagation, feedbackInterval: RareInterval)),
            new Candidate(ForwardTargets, () => Clock.Time(() => forwardTargets.Run(steps))));

        // One step in four includes the products of feedback learning.
        double rareProducts = (times.Seconds(Products) + ((RareInterval - 1) * times.Seconds(ForwardTargets))) / RareInterval;
        MarkdownTable result = new("one epoch", "seconds", "µs per row", "time of its products / its time");
        Add(Target, times.Ratio(Products, Target));
        Add(Noisy, times.Ratio(Products, Noisy));
        Add(Rare, rareProducts / times.Seconds(Rare));
        Add(Back, times.Ratio(BackProducts, Back));
        Add(Autograd, times.Ratio(BackProducts, Autograd));
        Add(Products, 1);
        Add(BackProducts, 1);
        return new Findings
        {
            Title = $"Training, {_net}, batch {_net.BatchSize.ToString(CultureInfo.InvariantCulture)}",
            Text = string.Create(
                CultureInfo.InvariantCulture,
                $"An epoch of {rows:N0} rows, {steps:N0} steps; medians of {context.Rounds} rounds. The products of a step with feedback learning take {products.Operations / _net.BatchSize / 1e6:0.000} MFLOP per row, those of back-propagation {backProducts.Operations / _net.BatchSize / 1e6:0.000} MFLOP; alone they ran at {products.Operations * steps / times.Seconds(Products) / 1e9:0} and {backProducts.Operations * steps / times.Seconds(BackProducts) / 1e9:0} GFLOP/s."),
            Tables = [result],
            Figures =
            [
                new Figure("training-of-products" + _suffix, times.Ratio(Products, Target)),
                new Figure("dtp-over-backprop" + _suffix, times.Ratio(Target, Back)),
                new Figure("dtp-over-autograd" + _suffix, times.Ratio(Target, Autograd)),
                new Figure("backprop-of-products" + _suffix, times.Ratio(BackProducts, Back)),
                new Figure("epoch-seconds" + _suffix, times.Seconds(Target)),
            ],
        };

        void Add(string name, double ofProducts) => result.Add(
            name,
            times.Seconds(name).ToString("0.000", CultureInfo.InvariantCulture),
            (times.Seconds(name) / rows * 1e6).ToString("0.00", CultureInfo.InvariantCulture),
            ofProducts.ToString("0.00", CultureInfo.InvariantCulture));
    }
}
