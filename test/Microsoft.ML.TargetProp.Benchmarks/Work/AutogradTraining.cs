using Microsoft.ML.TargetProp.Benchmarks.Harness;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Benchmarks.Work;

/// <summary>The same network in plain TorchSharp: nn.Sequential, autograd and optim.Adam.</summary>
internal sealed class AutogradTraining : IDisposable
{
    private readonly NetShape _net;
    private readonly Tensor _features;
    private readonly Tensor _labels;
    private readonly nn.Module<Tensor, Tensor> _network;
    private readonly optim.Optimizer _optimizer;

    public AutogradTraining(SpeedTable table, NetShape net)
    {
        _net = net;
        float[] features = new float[table.Count * table.Columns];
        for (int row = 0; row < table.Count; row++)
        {
            table.Features(row).CopyTo(features, row * table.Columns);
        }

        _features = tensor(features, [table.Count, table.Columns]);
        _labels = tensor(Enumerable.Range(0, table.Count).Select(r => (long)table.Label(r)).ToArray());
        List<nn.Module<Tensor, Tensor>> layers = [];
        for (int i = 1; i <= net.Maps; i++)
        {
            layers.Add(nn.Linear(net.Units(i - 1), net.Units(i)));
            if (i < net.Maps)
            {
                layers.Add(nn.Tanh());
            }
        }

        _network = nn.Sequential(layers);
        _optimizer = optim.Adam(_network.parameters(), lr: 1e-3);
    }

    /// <summary>Runs an epoch in random order, sums the loss as usual, and returns the duration in seconds.</summary>
    public double Epoch() => Clock.Time(() =>
    {
        using DisposeScope epoch = NewDisposeScope();
        Tensor order = randperm(_features.shape[0]);
        double loss = 0;
        for (long start = 0; start < _features.shape[0]; start += _net.BatchSize)
        {
            using DisposeScope step = NewDisposeScope();
            Tensor rows = order.narrow(0, start, Math.Min(_net.BatchSize, _features.shape[0] - start));
            _optimizer.zero_grad();
            Tensor cost = nn.functional.cross_entropy(_network.forward(_features.index_select(0, rows)), _labels.index_select(0, rows));
            cost.backward();
            _optimizer.step();
            loss += cost.item<float>();
        }

        if (!double.IsFinite(loss))
        {
            throw new InvalidOperationException("Training with autograd diverged, so its time is not comparable. Lower the learning rate in AutogradTraining.");
        }
    });

    public void Dispose()
    {
        _optimizer.Dispose();
        _network.Dispose();
        _features.Dispose();
        _labels.Dispose();
    }
}
