using Microsoft.ML.TargetProp.Autoencoder;
using Microsoft.ML.TargetProp.Core;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.TargetProp.Tests.Autoencoder;

/// <summary>Compares the target code and the two local updates of a layer pair with docs/algorithm.md (7.1), (7.2) and (7.3) in double precision.</summary>
public sealed class AutoencoderLearningTests : IDisposable
{
    private const int Inputs = 3;
    private const int Codes = 4;
    private const int Rows = 5;

    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly IDisposable _guard = no_grad();
    private readonly ParameterBuffer _encoder;
    private readonly ParameterBuffer _decoder;
    private readonly double[,] _input;
    private readonly double[,] _read;

    public AutoencoderLearningTests()
    {
        var random = new Random(3);
        var shape = new AutoencoderShape(Inputs, [Codes], TargetPropActivation.Tanh);
        _encoder = new(shape.Encoders(), CPU, ScalarType.Float64);
        _decoder = new(shape.Decoders(), CPU, ScalarType.Float64);
        foreach (LayerMap map in _encoder.Maps.Concat(_decoder.Maps))
        {
            map.Weight.copy_(tensor(Draw(random, (int)map.Weight.shape[0], (int)map.Weight.shape[1])));
            map.Bias.copy_(tensor(Enumerable.Range(0, (int)map.Bias.shape[0]).Select(_ => random.NextDouble() - 0.5).ToArray()));
        }
        _input = Draw(random, Rows, Inputs);
        _read = Draw(random, Rows, Inputs);
    }

    [Fact]
    public void The_target_is_the_code_of_the_input_plus_its_reconstruction_error()
    {
        Tensor reconstruction = _decoder.Maps[0].Apply(_encoder.Maps[0].Apply(tensor(_input)));

        Tensor target = AutoencoderLearning.TargetCode(_encoder.Maps[0], tensor(_input), tensor(_input), reconstruction);

        for (int r = 0; r < Rows; r++)
        {
            double[] x = Row(_input, r), again = G(F(x));
            Near(F([.. x.Zip(again, (a, b) => 2 * a - b)]), target, r);
        }
    }

    [Fact]
    public void With_input_noise_the_target_uses_the_reconstruction_error_of_the_clean_input()
    {
        Tensor reconstruction = _decoder.Maps[0].Apply(_encoder.Maps[0].Apply(tensor(_read)));

        Tensor target = AutoencoderLearning.TargetCode(_encoder.Maps[0], tensor(_read), tensor(_input), reconstruction);

        for (int r = 0; r < Rows; r++)
        {
            double[] x = Row(_input, r), read = Row(_read, r), again = G(F(read));
            Near(F([.. Enumerable.Range(0, Inputs).Select(i => read[i] + x[i] - again[i])]), target, r);
        }
    }

    [Fact]
    public void The_encoder_follows_the_gradient_of_its_own_squared_error()
    {
        var random = new Random(8);
        double[,] target = Draw(random, Rows, Codes);
        ParameterBuffer update = _encoder.NewLike();

        AutoencoderLearning.Encoder(update.Maps[0], _encoder.Maps[0].Apply(tensor(_read)), tensor(target), tensor(_read));

        for (int unit = 0; unit < Codes; unit++)
        {
            double[] delta = [.. Enumerable.Range(0, Rows).Select(r => Slope(F(Row(_read, r))[unit]) * (F(Row(_read, r))[unit] - target[r, unit]) * 2 / Rows)];
            for (int i = 0; i < Inputs; i++)
                Assert.Equal(Enumerable.Range(0, Rows).Sum(r => delta[r] * _read[r, i]), update.Maps[0].Weight[unit, i].ToDouble(), 1e-12);
            Assert.Equal(delta.Sum(), update.Maps[0].Bias[unit].ToDouble(), 1e-12);
        }
    }

    [Fact]
    public void The_decoder_follows_the_gradient_of_its_denoising_error()
    {
        var random = new Random(9);
        double[,] disturbed = Draw(random, Rows, Codes);
        ParameterBuffer update = _decoder.NewLike();

        AutoencoderLearning.Decoder(_decoder.Maps[0], update.Maps[0], tensor(disturbed), tensor(_input));

        for (int unit = 0; unit < Inputs; unit++)
        {
            double[] delta = [.. Enumerable.Range(0, Rows).Select(r => (G(Row(disturbed, r))[unit] - _input[r, unit]) * 2 / Rows)];
            for (int i = 0; i < Codes; i++)
                Assert.Equal(Enumerable.Range(0, Rows).Sum(r => delta[r] * disturbed[r, i]), update.Maps[0].Weight[unit, i].ToDouble(), 1e-12);
            Assert.Equal(delta.Sum(), update.Maps[0].Bias[unit].ToDouble(), 1e-12);
        }
    }

    [Fact]
    public void The_encoder_update_is_zero_if_the_decoder_returns_the_input()
    {
        Tensor code = _encoder.Maps[0].Apply(tensor(_input));
        ParameterBuffer update = _encoder.NewLike();

        Tensor target = AutoencoderLearning.TargetCode(_encoder.Maps[0], tensor(_input), tensor(_input), reconstruction: tensor(_input));
        AutoencoderLearning.Encoder(update.Maps[0], code, target, tensor(_input));

        Assert.All(update.ToArray(), u => Assert.Equal(0, u, 1e-15f));
    }

    private double[] F(double[] x) => [.. Affine(_encoder.Maps[0], x).Select(Math.Tanh)];

    private double[] G(double[] h) => Affine(_decoder.Maps[0], h);

    private static double Slope(double output) => 1 - output * output;

    private static double[] Affine(LayerMap map, double[] x) =>
        [.. Enumerable.Range(0, map.Shape.Outputs).Select(u => map.Bias[u].ToDouble() + x.Select((v, i) => v * map.Weight[u, i].ToDouble()).Sum())];

    private static double[,] Draw(Random random, int rows, int columns)
    {
        var values = new double[rows, columns];
        for (int r = 0; r < rows; r++)
        {
            for (int c = 0; c < columns; c++)
                values[r, c] = 2 * random.NextDouble() - 1;
        }
        return values;
    }

    private static double[] Row(double[,] values, int row) => [.. Enumerable.Range(0, values.GetLength(1)).Select(c => values[row, c])];

    private static void Near(double[] expected, Tensor rows, int row)
    {
        for (int i = 0; i < expected.Length; i++)
            Assert.Equal(expected[i], rows[row, i].ToDouble(), 1e-12);
    }

    public void Dispose()
    {
        _encoder.Dispose();
        _decoder.Dispose();
        _scope.Dispose();
        _guard.Dispose();
    }
}
