using Microsoft.ML.Runtime;
using Microsoft.ML.TargetProp.Generative;
using Microsoft.ML.TargetProp.MLNet;
using Microsoft.ML.TargetProp.Tests.Support;

namespace Microsoft.ML.TargetProp.Tests.MLNet;

/// <summary>Tests the computation of an inpainter's output columns for a batch.</summary>
public sealed class InpaintingColumnsTests(GapModel gaps) : IClassFixture<GapModel>
{
    // Indices of the output columns: completed vector, uncertainty, objective, code.
    private const int Objective = 2, Code = 3;

    [Fact]
    public void Objective_and_code_of_a_row_share_one_inference()
    {
        VectorBatch both = Compute(Objective, Code, out long work), objective = Compute(Objective, Objective, out long ofObjective), code = Compute(Code, Code, out long ofCode);

        Assert.Equal(objective.Output(Objective), both.Output(Objective));
        Assert.Equal(code.Output(Code), both.Output(Code));
        Assert.True(work < ofObjective + ofCode / 2, $"{work} {ofObjective} {ofCode}");
    }

    /// <summary>Computes two columns of the first 30 rows and counts the created tensors.</summary>
    private VectorBatch Compute(int first, int second, out long work)
    {
        TargetPropInpaintingTransformer transformer = gaps.Transformer;
        var settings = new InpaintingSettings("Completed", "Measures", "Uncertainty", "Objective", "Code", null, 1, new CompletionSettings());
        var columns = new InpaintingColumns(((IHostEnvironment)gaps.Context).Register("test"), transformer.Model, settings);
        var batch = new VectorBatch(30, 4, columns.OutputColumns(gaps.Table.Schema["Measures"]), c => c == first || c == second) { Rows = 30 };
        foreach ((Measured row, int i) in Gaps.Rows(30, seed: 4).Select((row, i) => (row, i)))
            row.Measures.CopyTo(batch.Input(i));
        columns.Compute(batch);
        work = LiveTensors.CountCreated(() => columns.Compute(batch));
        return batch;
    }
}
