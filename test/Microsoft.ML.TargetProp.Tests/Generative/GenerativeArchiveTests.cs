using System.Buffers.Binary;
using Microsoft.ML.TargetProp.Core;
using Microsoft.ML.TargetProp.Generative;
using Microsoft.ML.TargetProp.Tests.Supervised;

namespace Microsoft.ML.TargetProp.Tests.Generative;

/// <summary>A generative model as bytes: everything comes back. Values that no model has are refused even when the checksum is right.</summary>
public sealed class GenerativeArchiveTests
{
    private const int HeaderLength = 16, ChecksumLength = 32;

    private static byte[] Write(GenerativeSnapshot model)
    {
        using var stream = new MemoryStream();
        GenerativeArchive.Write(stream, model);
        return stream.ToArray();
    }

    private static GenerativeSnapshot Read(byte[] bytes)
    {
        using var stream = new MemoryStream(bytes);
        return GenerativeArchive.Read(stream);
    }

    /// <summary>The bytes of a model with changed content and the right checksum.</summary>
    private static byte[] Changed(Action<byte[]> change)
    {
        byte[] content = Write(TestModels.Mixed())[HeaderLength..^ChecksumLength];
        change(content);
        using var stream = new MemoryStream();
        ArchiveContainer.Write(stream, "TPGENERA", 1, w => w.Write(content));
        return stream.ToArray();
    }

    [Theory]
    [InlineData("1", "1", TargetPropActivation.Tanh, 1)]
    [InlineData("00", "3,5,2", TargetPropActivation.Elu, 3)]
    [InlineData("101", "7,2", TargetPropActivation.Sigmoid, 2)]
    public void A_model_comes_back_bit_for_bit(string columns, string hidden, TargetPropActivation activation, int components)
    {
        GenerativeShape shape = new([.. columns.Select(c => (TargetPropVisibleUnits)(c - '0'))], [.. hidden.Split(',').Select(int.Parse)], activation);
        GenerativeSnapshot model = TestModels.Random(7, shape, components);

        byte[] archive = Write(model);
        GenerativeSnapshot back = Read(archive);

        Assert.Equal(archive, Write(back));
        Assert.Equal(model.Settings, back.Settings);
        Assert.Equal(model.Shape.Visible, back.Shape.Visible);
        Assert.Equal(model.Inference[^1].Weight, back.Inference[^1].Weight);
        Assert.Equal(model.Generation[0].Bias, back.Generation[0].Bias);
        Assert.Equal(model.GenerationVariances[0], back.GenerationVariances[0]);
        Assert.Equal(model.Prior.Components[^1].Factor, back.Prior.Components[^1].Factor);
        // The activation of mixed columns is not stored: the kinds of the columns determine it.
        Assert.Equal(model.Generation[0].Shape.Activation.Code, back.Generation[0].Shape.Activation.Code);
    }

    [Theory]
    [InlineData("0110", "40,30", 1)]
    [InlineData("0", "50", 3)]
    [InlineData("00000000000000000000", "5,4,40", 2)]
    public void The_count_of_numbers_is_what_the_archive_takes(string columns, string hidden, int components)
    {
        GenerativeShape shape = new([.. columns.Select(c => (TargetPropVisibleUnits)(c - '0'))], [.. hidden.Split(',').Select(int.Parse)], TargetPropActivation.Tanh);
        GenerativeSnapshot model = TestModels.Random(7, shape, components);
        int[] rounds = [7, 5];
        MapSnapshot Map(LayerMapShape s) => new(s, new float[s.Inputs * s.Outputs], new float[s.Outputs]);
        model = model with
        {
            Completion = new(0, 0, new(new float[columns.Length], new float[columns.Length * columns.Length]),
                [.. CompletionNetwork.InferenceShapes(columns.Length, rounds, Microsoft.ML.TargetProp.Core.Activation.Of(TargetPropActivation.Relu)).Select(Map)],
                [.. CompletionNetwork.RefillShapes(columns.Length, rounds).Select(Map)], new float[2], new float[columns.Length]),
        };

        long numbers = GenerativeArchive.CountNumbers(shape, components) + CompletionArchive.CountNumbers(columns.Length, rounds);

        // Besides the numbers: header, checksum, shape and settings.
        Assert.InRange(Write(model).Length - 4 * numbers, 0, 250);
    }

    [Fact]
    public void Cut_off_anywhere_or_with_any_bit_flipped_it_is_refused()
    {
        byte[] archive = Write(TestModels.Random(7, new([TargetPropVisibleUnits.Gaussian], [2], TargetPropActivation.Tanh)));

        for (int length = 0; length < archive.Length; length++)
            Assert.Throws<FormatException>(() => Read(archive[..length]));
        for (int bit = 0; bit < 8 * archive.Length; bit++)
        {
            archive[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.Throws<FormatException>(() => Read(archive));
            archive[bit / 8] ^= (byte)(1 << (bit % 8));
        }
    }

    // The fields of the mixed model: 3 columns, their kinds, activation, 2 layers of 4 and 3, 9 floats of scale, then the settings.
    private const int Columns = 0, Kinds = 4, Activation = 7, Layers = 8, Hidden1 = 12, Offsets = 20, Iterations = 56, Step = 60, FirstWeight = 101;
    private const int InferenceVariances = FirstWeight + 4 * (12 + 4 + 12 + 3 + 12 + 3 + 12 + 4), PriorForm = InferenceVariances + 4 * (4 + 3 + 3 + 4), Components = PriorForm + 1;
    private const int FirstComponent = Components + 4, Factor = FirstComponent + 4 + 12;

    [Theory]
    [InlineData(Columns, 0, "number of columns is 0")]
    [InlineData(Columns, int.MaxValue, "number of columns is 2147483647")]
    [InlineData(Layers, 51, "number of hidden layers is 51")]
    [InlineData(Hidden1, -2, "units of hidden layer 1 is -2")]
    [InlineData(Hidden1, 1 << 24, "weights of inference map 1")]
    [InlineData(Iterations, 0, "Iterations is 0")]
    [InlineData(Iterations, 51, "Iterations is 51")]
    [InlineData(Components, 0, "number of components of the prior is 0")]
    [InlineData(Components, int.MaxValue, "number of components of the prior is 2147483647")]
    [InlineData(Components, 3, "weight of component 3 of the prior")]
    public void Numbers_that_no_model_has_are_named(int at, int value, string complaint) =>
        Assert.Contains(complaint, Complaint(c => BinaryPrimitives.WriteInt32LittleEndian(c.AsSpan(at), value)), StringComparison.Ordinal);

    [Theory]
    [InlineData(Kinds + 1, 2, "kind of a column is 2")]
    [InlineData(Activation, 254, "activation is 254")]
    [InlineData(PriorForm, 2, "form of the prior is 2")]
    [InlineData(PriorForm, 1, "number of components of the prior is 2")]
    public void Bytes_that_mean_nothing_are_named(int at, byte value, string complaint) =>
        Assert.Contains(complaint, Complaint(c => c[at] = value), StringComparison.Ordinal);

    [Theory]
    [InlineData(Offsets, float.NaN, "offsets of the columns is NaN")]
    [InlineData(FirstWeight, float.PositiveInfinity, "weights of inference map 1")]
    [InlineData(InferenceVariances, 0f, "variances of inference map 1 is 0")]
    [InlineData(InferenceVariances + 4 * 7, -1f, "variances of generative map 1 is -1")]
    [InlineData(FirstComponent, 0f, "weight of component 1 of the prior is 0")]
    [InlineData(Factor, 0f, "factor of component 1 of the prior is 0")]
    [InlineData(Factor + 4, 0.5f, "factor of component 1 of the prior is 0.5")]
    public void Values_that_no_model_has_are_named(int at, float value, string complaint) =>
        Assert.Contains(complaint, Complaint(c => BinaryPrimitives.WriteSingleLittleEndian(c.AsSpan(at), value)), StringComparison.Ordinal);

    [Fact]
    public void A_step_that_inference_refuses_is_named() =>
        Assert.Contains("Step is NaN", Complaint(c => BinaryPrimitives.WriteDoubleLittleEndian(c.AsSpan(Step), double.NaN)), StringComparison.Ordinal);

    private static string Complaint(Action<byte[]> change)
    {
        string message = Assert.Throws<FormatException>(() => Read(Changed(change))).Message;
        Assert.StartsWith("The model is damaged: ", message, StringComparison.Ordinal);
        return message;
    }
}
