using Microsoft.ML.Data;
using Microsoft.ML.TargetProp.Tests.Support;

namespace Microsoft.ML.TargetProp.Tests.MLNet;

/// <summary>Tests the output of an inpainter for a table with gaps.</summary>
public sealed class InpaintingTests(GapModel gaps) : IClassFixture<GapModel>
{
    private readonly MLContext _ml = gaps.Context;

    private readonly Measured[] _rows = Gaps.Rows(1000, seed: 2);

    [Fact]
    public void Observed_entries_do_not_change_and_no_gap_remains()
    {
        Filled[] filled = Gaps.Read(_ml, gaps.Transformer.Transform(gaps.Table));

        foreach ((Measured before, Filled after) in _rows.Zip(filled))
        {
            Assert.Equal(before.Name, after.Name);
            for (int slot = 0; slot < 4; slot++)
            {
                if (float.IsNaN(before.Measures[slot]))
                    Assert.True(float.IsFinite(after.Completed[slot]));
                else
                    Assert.Equal(BitConverter.SingleToInt32Bits(before.Measures[slot]), BitConverter.SingleToInt32Bits(after.Completed[slot]));
            }
        }
    }

    [Fact]
    public void Imputed_values_have_a_much_lower_error_than_the_mean()
    {
        IDataView mean = _ml.Transforms.ReplaceMissingValues("Completed", "Measures", Microsoft.ML.Transforms.MissingValueReplacingEstimator.ReplacementMode.Mean)
            .Fit(gaps.Table).Transform(gaps.Table);

        double theirs = Error(Gaps.Read(_ml, mean)), ours = Error(Gaps.Read(_ml, gaps.Transformer.Transform(gaps.Table)));

        Assert.InRange(ours, 0, 0.4 * theirs);
    }

    [Fact]
    public void The_uncertainty_is_0_for_observed_and_positive_for_imputed_entries()
    {
        Filled[] filled = Gaps.Read(_ml, gaps.Transformer.Transform(gaps.Table));

        foreach ((Measured before, Filled after) in _rows.Zip(filled))
        {
            for (int slot = 0; slot < 4; slot++)
                Assert.Equal(float.IsNaN(before.Measures[slot]), after.Uncertainty[slot] > 0);
        }
    }

    [Fact]
    public void The_objective_of_a_row_equals_that_of_the_model_and_is_low_for_an_anomaly()
    {
        float[][] rows = [[1, 1, 2, 10], [1, 1, -2, 10]];
        IDataView view = _ml.Data.LoadFromEnumerable(rows.Select(r => new Measured { Measures = r }));

        float[] objective = [.. gaps.Transformer.Transform(view).GetColumn<float>("Objective")];

        Assert.Equal(gaps.Transformer.Model.Objective(rows).Select(o => (float)o.Total), objective);
        Assert.True(objective[1] < objective[0] - 5, $"{objective[0]} {objective[1]}");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(1000)]
    public void The_code_of_a_row_equals_the_inferred_code_and_has_the_width_of_the_last_layer(int count)
    {
        IDataView codes = gaps.Transformer.Transform(_ml.Data.TakeRows(gaps.Table, count));

        float[][] inferred = gaps.Transformer.Model.Infer([.. _rows.Take(count).Select(r => r.Measures)]);

        Assert.Equal(new VectorDataViewType(NumberDataViewType.Single, 3), codes.Schema["Code"].Type);
        Assert.False(codes.Schema["Code"].HasSlotNames());
        Assert.All(inferred.Zip(codes.GetColumn<float[]>("Code")), p => Assert.All(p.First.Zip(p.Second), v => Assert.Equal(v.First, v.Second, 1e-5f)));
        Assert.Equal(count, codes.GetColumn<float[]>("Code").Count());
    }

    [Fact]
    public void The_code_can_be_the_only_optional_column()
    {
        TargetPropInpaintingTransformer model = Gaps.Train(_ml, 2, o => (o.CodeColumnName, o.HiddenUnits) = ("Code", [1]));

        IDataView view = model.Transform(gaps.Table);

        Assert.Equal(["Completed", "Code"], view.Schema.Skip(gaps.Table.Schema.Count).Select(c => c.Name));
        Assert.All(view.GetColumn<float[]>("Code"), code => Assert.True(float.IsFinite(Assert.Single(code))));
    }

    [Fact]
    public void A_row_without_observed_entries_is_completed()
    {
        IDataView view = _ml.Data.LoadFromEnumerable([new Measured { Measures = [float.NaN, float.NaN, float.NaN, float.NaN] }]);

        Filled filled = Assert.Single(Gaps.Read(_ml, gaps.Transformer.Transform(view)));

        Assert.All(filled.Completed, v => Assert.True(float.IsFinite(v)));
        Assert.All(filled.Uncertainty, v => Assert.True(v > 0));
        Assert.Equal(10, filled.Completed[3], 2f);
    }

    [Fact]
    public void Rows_without_gaps_and_empty_views_pass_through()
    {
        IDataView whole = Gaps.View(_ml, 20, missing: 0), none = _ml.Data.FilterRowsByColumn(whole, "Weight", lowerBound: 2);

        Assert.Equal(whole.GetColumn<float[]>("Measures"), gaps.Transformer.Transform(whole).GetColumn<float[]>("Completed"));
        Assert.Empty(Gaps.Read(_ml, gaps.Transformer.Transform(none)));
    }

    [Fact]
    public void A_column_can_be_completed_in_place()
    {
        TargetPropInpaintingTransformer inPlace = Gaps.Train(_ml, 2, o => (o.OutputColumnName, o.InputColumnName) = ("Measures", null));
        TargetPropInpaintingTransformer beside = Gaps.Train(_ml, 2);

        IDataView view = inPlace.Transform(gaps.Table);

        Assert.Equal(beside.Transform(gaps.Table).GetColumn<float[]>("Completed"), view.GetColumn<float[]>("Measures"));
        Assert.Contains(_rows, r => r.Measures.Any(float.IsNaN));
    }

    [Fact]
    public void Slot_names_are_copied_to_the_output()
    {
        IDataView flowers = _ml.Data.LoadFromEnumerable(Tables.Flowers(60));
        IDataView named = _ml.Transforms.Concatenate("Measures", "SepalLength", "SepalWidth", "PetalLength", "PetalWidth").Fit(flowers).Transform(flowers);
        TargetPropInpaintingTransformer model = Gaps.Estimator(_ml, 1, Gaps.AllColumns).Fit(named);

        DataViewSchema schema = model.Transform(named).Schema;

        foreach (string column in new[] { "Completed", "Uncertainty" })
        {
            VBuffer<ReadOnlyMemory<char>> names = default;
            schema[column].GetSlotNames(ref names);
            Assert.Equal(["SepalLength", "SepalWidth", "PetalLength", "PetalWidth"], names.DenseValues().Select(n => n.ToString()));
        }
    }

    [Fact]
    public void Sparse_vectors_are_completed_like_dense_ones()
    {
        var dense = new VBuffer<float>(4, [0, 2, float.NaN, 0]);
        var sparse = new VBuffer<float>(4, 2, [2, float.NaN], [1, 2]);
        IDataView Of(VBuffer<float> vector) => _ml.Data.LoadFromEnumerable([new Buffered { Measures = vector }]);

        Assert.Equal(gaps.Transformer.Transform(Of(dense)).GetColumn<float[]>("Completed"), gaps.Transformer.Transform(Of(sparse)).GetColumn<float[]>("Completed"));
    }

    private double Error(Filled[] filled) => _rows.Zip(filled)
        .SelectMany(p => Enumerable.Range(0, 4).Where(s => float.IsNaN(p.First.Measures[s])).Select(s => Math.Pow(p.First.Truth[s] - p.Second.Completed[s], 2)))
        .Average();

    private sealed class Buffered
    {
        [VectorType(4)]
        public VBuffer<float> Measures { get; set; }
    }
}
