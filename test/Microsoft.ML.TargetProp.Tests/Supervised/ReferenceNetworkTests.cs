namespace Microsoft.ML.TargetProp.Tests.Supervised;

/// <summary>Tests the reference itself: its updates are the numerical derivatives of the losses in docs/algorithm.md.</summary>
public sealed class ReferenceNetworkTests
{
    private const double Little = 1e-5;

    [Theory]
    [InlineData(TargetPropActivation.Tanh)]
    [InlineData(TargetPropActivation.Sigmoid)]
    [InlineData(TargetPropActivation.Relu)]
    [InlineData(TargetPropActivation.LeakyRelu)]
    [InlineData(TargetPropActivation.Elu)]
    public void The_update_of_a_layer_is_the_derivative_of_its_squared_error(TargetPropActivation activation)
    {
        var random = new Random(3);
        ReferenceMap map = RandomMap(random, 4, 3, ReferenceUnit.Of(activation));
        double[][] below = Rows(random, 5, 4), target = Rows(random, 5, 3);
        var batch = new ReferenceBatch(below, new int[5], [1, 0.5, 0, 2, 1.5]);

        ReferenceUpdate update = ReferenceNetwork.SquaredErrorUpdate(map, below, target, batch);

        double Loss() => Enumerable.Range(0, 5).Average(r => batch.Weight(r) * Reference.SquaredDistance(map.Apply(below[r]), target[r]));
        AgreesWithDifferences(map, update, Loss);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_updates_of_back_propagation_and_of_the_output_layer_are_derivatives_of_the_log_loss(bool logistic)
    {
        var random = new Random(4);
        ReferenceUnit tanh = ReferenceUnit.Of(TargetPropActivation.Tanh);
        ReferenceMap[] forward = [RandomMap(random, 4, 5, tanh), RandomMap(random, 5, 3, tanh), RandomMap(random, 3, logistic ? 1 : 3, ReferenceUnit.Identity)];
        var network = new ReferenceNetwork(forward, [RandomMap(random, 3, 5, tanh)], logistic);
        var batch = new ReferenceBatch(Rows(random, 4, 4), [0, 1, 1, logistic ? 0 : 2], [1, 0.5, 0, 2.5]);
        double Loss() => Enumerable.Range(0, 4).Average(r => batch.Weight(r) * network.Loss(network.Activities(batch.Features[r])[3], batch.Labels[r]));

        ReferenceUpdate[] updates = network.BackpropagationUpdates(batch);

        for (int i = 0; i < 3; i++)
            AgreesWithDifferences(forward[i], updates[i], Loss);
        AgreesWithDifferences(forward[2], network.TargetPropUpdates(batch, 0.1)[2], Loss);
    }

    [Fact]
    public void The_first_target_is_a_gradient_step_at_the_last_hidden_layer()
    {
        var random = new Random(5);
        ReferenceUnit tanh = ReferenceUnit.Of(TargetPropActivation.Tanh);
        ReferenceMap top = RandomMap(random, 3, 4, ReferenceUnit.Identity);
        var network = new ReferenceNetwork([RandomMap(random, 2, 3, tanh), top], [], logistic: false);
        double[] x = [0.3, -1.2], h = network.Activities(x)[1];

        double[] target = network.Targets(x, 2, 0.25)[1];

        for (int j = 0; j < 3; j++)
        {
            double Moved(double by) => network.Loss(top.Apply([.. h.Select((v, k) => k == j ? v + by : v)]), 2);
            Assert.Equal(h[j] - 0.25 * (Moved(Little) - Moved(-Little)) / (2 * Little), target[j], 1e-8);
        }
    }

    private static ReferenceMap RandomMap(Random random, int inputs, int outputs, ReferenceUnit unit)
        => new(Rows(random, outputs, inputs), Rows(random, 1, outputs)[0], unit);

    private static double[][] Rows(Random random, int rows, int columns)
        => [.. Enumerable.Range(0, rows).Select(_ => Enumerable.Range(0, columns).Select(_ => LearningCase.Normal(random)).ToArray())];

    private static void AgreesWithDifferences(ReferenceMap map, ReferenceUpdate update, Func<double> loss)
    {
        foreach ((double[] values, double[] derivatives) in map.Weight.Append(map.Bias).Zip(update.Weight.Append(update.Bias)))
            for (int k = 0; k < values.Length; k++)
            {
                double kept = values[k];
                values[k] = kept + Little;
                double above = loss();
                values[k] = kept - Little;
                double below = loss();
                values[k] = kept;
                Assert.Equal((above - below) / (2 * Little), derivatives[k], 1e-7);
            }
    }
}
