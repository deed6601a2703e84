using System.Text;
using Microsoft.ML.Data;
using Microsoft.ML.TargetProp.Core;
using Microsoft.ML.TargetProp.Generative;
using Microsoft.ML.TargetProp.Tests.Support;

namespace Microsoft.ML.TargetProp.Tests.MLNet;

/// <summary>Checks that a saved inpainter loads unchanged, and that a damaged file is rejected.</summary>
public sealed class InpaintingSaveLoadTests(GapModel gaps) : IClassFixture<GapModel>
{
    private const string Stream = "TransformerChain/GenerativeModel";

    private readonly MLContext _ml = gaps.Context;
    private readonly byte[] _zip = Models.Zip(gaps.Context, gaps.Transformer, gaps.Table.Schema);

    [Fact]
    public void A_process_that_references_only_MLNet_loads_the_model_and_imputes_the_same_bits()
    {
        IDataView rows = Gaps.View(_ml, 40, seed: 9);

        string[] theirs = FreshProcess.Transform(_ml, gaps.Transformer, rows, "Completed");

        Assert.Equal(gaps.Transformer.Transform(rows).GetColumn<float[]>("Completed").Select(FreshProcess.Bits), theirs);
    }

    [Theory]
    [InlineData(TargetPropInpaintingOutput.ExpectedValue, 1)]
    [InlineData(TargetPropInpaintingOutput.Sample, 3)]
    public void A_loaded_transformer_is_the_same_in_all_properties(TargetPropInpaintingOutput output, int samples)
    {
        TargetPropInpaintingTransformer model = Gaps.Train(_ml, 3, o =>
        {
            Gaps.AllColumns(o);
            (o.Output, o.SampleCount, o.SampleSeed, o.Completion.Rounds, o.ValidationFraction) = (output, samples, 5, 3, 0.2);
            (o.Activation, o.VisibleUnits) = (TargetPropActivation.Sigmoid, TargetPropVisibleUnits.Gaussian);
        });

        var loaded = (TargetPropInpaintingTransformer)Models.Load(new MLContext(), Models.Zip(_ml, model, gaps.Table.Schema));
        var again = (TargetPropInpaintingTransformer)Models.Load(new MLContext(), Models.Zip(_ml, loaded, gaps.Table.Schema));

        foreach (TargetPropInpaintingTransformer other in new[] { loaded, again })
        {
            Assert.Equivalent(model.Model.TrainingSummary, other.Model.TrainingSummary, strict: true);
            Assert.Equal((4, TargetPropActivation.Sigmoid), (other.Model.SlotCount, other.Model.Activation));
            Assert.Equal([12, 3], other.Model.HiddenUnits);
            Assert.Equal(model.Model.VisibleUnits, other.Model.VisibleUnits);
            Assert.Equal(model.Model.Sample(3, seed: 2), other.Model.Sample(3, seed: 2));
            Assert.Equal(ViewText.Schema(model.Transform(gaps.Table).Schema), ViewText.Schema(other.Transform(gaps.Table).Schema));
            Assert.Equal(ViewText.Rows(model.Transform(gaps.Table)), ViewText.Rows(other.Transform(gaps.Table)));
        }
        // Of 200 rows, one has no observed entry and 40 are validation rows.
        Assert.Equal(159, loaded.Model.TrainingSummary.TrainingRows);
        Assert.NotNull(loaded.Model.TrainingSummary.ValidationError);
    }

    [Fact]
    public void A_file_cut_at_any_position_is_rejected()
    {
        foreach (int length in Enumerable.Range(0, 60).Select(i => i * _zip.Length / 60))
            Assert.NotNull(Record.Exception(() => Models.Load(new MLContext(), _zip[..length])));
    }

    [Fact]
    public void A_flipped_bit_is_detected_or_has_no_effect()
    {
        IDataView rows = Gaps.View(_ml, 3, seed: 9);
        List<string> expected = ViewText.Rows(gaps.Transformer.Transform(rows));
        var random = new Random(5);
        int found = 0;
        for (int i = 0; i < 200; i++)
        {
            byte[] damaged = [.. _zip];
            int bit = random.Next(8 * damaged.Length);
            damaged[bit / 8] ^= (byte)(1 << (bit % 8));
            List<string>? filled = null;
            Exception? error = Record.Exception(() => filled = ViewText.Rows(Models.Load(new MLContext(), damaged).Transform(rows)));
            Assert.True(error is not null || filled!.SequenceEqual(expected), $"bit {bit % 8} of byte {bit / 8} gave another model");
            found += error is null ? 0 : 1;
        }
        Assert.InRange(found, 150, 200);
    }

    [Fact]
    public void Other_content_in_place_of_the_model_is_rejected_with_a_reason()
    {
        Assert.Contains("no stream 'GenerativeModel'", Refusal(_ => null).Message, StringComparison.Ordinal);
        Assert.Contains("truncated", Refusal(c => c[..(c.Length / 2)]).Message, StringComparison.Ordinal);
        Assert.Contains("signature", Refusal(_ => Encoding.ASCII.GetBytes("something else altogether, and long enough for a header")).Message, StringComparison.Ordinal);
        Assert.Contains("checksum", Refusal(c => Changed(c, c.Length / 2)).Message, StringComparison.Ordinal);
        Assert.Contains("later version", Refusal(c => Changed(c, 8)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_invalid_training_summary_is_rejected()
    {
        byte[] content = ModelZip.Read(_zip, Stream)[16..^32];
        // The fields before the versions at the end: counts, seed, error, and the flag of the validation error.
        int versions = new[] { Packaging.Repository.Version, Packaging.Repository.MLNetVersion, Packaging.Repository.TorchSharpVersion }.Sum(v => v.Length + 1);
        int flag = content.Length - versions - 1, counts = flag - 8 - 24;

        Assert.Contains("validation flag is 2", Forged(flag, 2).Message, StringComparison.Ordinal);
        Assert.Contains("impossible counts", Forged(counts, 0).Message, StringComparison.Ordinal);

        FormatException Forged(int place, byte value)
        {
            byte[] changed = [.. content];
            changed[place] = value;
            using var stream = new MemoryStream();
            ArchiveContainer.Write(stream, "TPGENMOD", 1, writer => writer.Write(changed));
            return Refusal(_ => stream.ToArray());
        }
    }

    private FormatException Refusal(Func<byte[], byte[]?> change) =>
        Assert.IsType<FormatException>(ModelZip.Reason(Record.Exception(() => Models.Load(new MLContext(), ModelZip.Rewrite(_zip, Stream, change)))!));

    private static byte[] Changed(byte[] content, int place)
    {
        content[place] ^= 0x40;
        return content;
    }
}
