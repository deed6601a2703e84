using System.Reflection;
using Microsoft.ML.Data;
using Microsoft.ML.TargetProp.Tests.Support;

namespace Microsoft.ML.TargetProp.Tests.MLNet;

/// <summary>
/// The tests that ML.NET applies to its own estimators: the output schema is as announced, a saved transformer loads unchanged, and invalid
/// data are rejected everywhere with one of two exceptions.
/// </summary>
public sealed class EstimatorWorkoutTests
{
    private readonly MLContext _ml = new(seed: 1);

    public enum TaskOf
    {
        Multiclass,
        Binary,
        Regression,
        Quantiles,
    }

    public static TheoryData<TaskOf> All { get; } = [.. Enum.GetValues<TaskOf>()];

    public static TheoryData<string> Wrong { get; } = ["no features", "text features", "double features", "scalar features", "variable features"];

    public static TheoryData<string> WrongInTraining { get; } = ["no label", "wrong label", "no weight", "wrong weight"];

    [Theory]
    [MemberData(nameof(All))]
    public void The_output_schema_is_as_announced(TaskOf task)
    {
        IDataView table = Table(task);
        IEstimator<ITransformer> trainer = Trainer(task);
        SchemaShape promised = trainer.GetOutputSchema(SchemaShape.Create(table.Schema));

        SchemaShape delivered = SchemaShape.Create(trainer.Fit(table).GetOutputSchema(table.Schema));

        Assert.Equal(promised.Select(c => c.Name).Order(StringComparer.Ordinal), delivered.Select(c => c.Name).Order(StringComparer.Ordinal));
        foreach (SchemaShape.Column column in promised)
        {
            Assert.True(delivered.TryFindColumn(column.Name, out SchemaShape.Column found));
            Assert.True(found.IsCompatibleWith(column), $"{column.Name} has something that was not announced");
            Assert.True(column.IsCompatibleWith(found), $"{column.Name} lacks something that was announced");
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void For_key_labels_with_and_without_values_the_output_schema_is_as_announced(bool named)
    {
        IDataView table = named
            ? Models.FlowersWithKeys(_ml)
            : _ml.Data.LoadFromEnumerable(Tables.Flowers().Select(f => new NamelessRow { Label = (uint)f.Kind / 10, Features = f.Features, Weight = 1 }));
        IEstimator<ITransformer> trainer = Trainer(TaskOf.Multiclass);

        SchemaShape promised = trainer.GetOutputSchema(SchemaShape.Create(table.Schema));
        SchemaShape delivered = SchemaShape.Create(trainer.Fit(table).GetOutputSchema(table.Schema));

        foreach (string name in new[] { "Score", "PredictedLabel" })
        {
            Assert.True(promised.TryFindColumn(name, out SchemaShape.Column expected) & delivered.TryFindColumn(name, out SchemaShape.Column found));
            Assert.Equal(expected.Annotations.Select(a => a.Name).Order(StringComparer.Ordinal), found.Annotations.Select(a => a.Name).Order(StringComparer.Ordinal));
            Assert.True(found.IsCompatibleWith(expected) && expected.IsCompatibleWith(found), name);
        }
    }

    [Theory]
    [InlineData("text")]
    [InlineData("integers")]
    [InlineData("keys without values")]
    [InlineData("flags")]
    [InlineData("numbers")]
    public void The_output_columns_are_those_of_a_trainer_of_MLNet(string labels)
    {
        IDataView table = labels switch
        {
            "text" => Models.FlowersWithKeys(_ml),
            "integers" => _ml.Transforms.CopyColumns("Label", "Kind").Append(_ml.Transforms.Conversion.MapValueToKey("Label")).Fit(Models.FlowersWithKeys(_ml)).Transform(Models.FlowersWithKeys(_ml)),
            "flags" => Models.Moons(_ml),
            "numbers" => Waves.View(_ml),
            _ => _ml.Data.LoadFromEnumerable(Tables.Flowers().Select(f => new NamelessRow { Label = (uint)f.Kind / 10, Features = f.Features, Weight = 1 })),
        };
        (IEstimator<ITransformer> linear, TaskOf task) = labels switch
        {
            "flags" => (_ml.BinaryClassification.Trainers.LbfgsLogisticRegression(), TaskOf.Binary),
            "numbers" => (_ml.Regression.Trainers.LbfgsPoissonRegression(), TaskOf.Regression),
            _ => ((IEstimator<ITransformer>)_ml.MulticlassClassification.Trainers.LbfgsMaximumEntropy(), TaskOf.Multiclass),
        };

        DataViewSchema theirs = linear.Fit(table).GetOutputSchema(table.Schema), ours = Trainer(task).Fit(table).GetOutputSchema(table.Schema);

        Assert.Equal(ViewText.Schema(theirs), ViewText.Schema(ours));
    }

    [Theory]
    [MemberData(nameof(All))]
    public void A_loaded_transformer_has_the_same_schema_and_values(TaskOf task)
    {
        IDataView table = Table(task);
        ITransformer transformer = Trainer(task).Fit(table);

        ITransformer loaded = Models.Load(_ml, Models.Zip(_ml, transformer, table.Schema), out DataViewSchema inputSchema);

        DataViewSchema schema = transformer.GetOutputSchema(table.Schema);
        Assert.Equal(ViewText.Schema(table.Schema), ViewText.Schema(inputSchema));
        Assert.Equal(ViewText.Schema(schema), ViewText.Schema(loaded.GetOutputSchema(table.Schema)));
        Assert.Equal(ViewText.Schema(schema), ViewText.Schema(transformer.Transform(table).Schema));
        Assert.Equal(ViewText.Schema(schema), ViewText.Schema(loaded.Transform(table).Schema));
        Assert.True(transformer.IsRowToRowMapper && loaded.IsRowToRowMapper);
        IRowToRowMapper mapper = transformer.GetRowToRowMapper(table.Schema);
        Assert.Same(table.Schema, mapper.InputSchema);
        Assert.Equal(ViewText.Schema(schema), ViewText.Schema(mapper.OutputSchema));
        Assert.Equal(ViewText.Rows(transformer.Transform(table)), ViewText.Rows(loaded.Transform(table)));
        // A loaded model can be saved again.
        ITransformer again = Models.Load(_ml, Models.Zip(_ml, loaded, table.Schema));
        Assert.Equal(ViewText.Rows(transformer.Transform(table)), ViewText.Rows(again.Transform(table)));
    }

    [Theory]
    [MemberData(nameof(All))]
    public void A_transformer_needs_only_the_features(TaskOf task)
    {
        IDataView table = Table(task);
        ITransformer transformer = Trainer(task).Fit(table);
        ITransformer loaded = Models.Load(_ml, Models.Zip(_ml, transformer, table.Schema));
        IDataView features = _ml.Transforms.SelectColumns("Features").Fit(table).Transform(table);

        Assert.Equal(ViewText.Rows(transformer.Transform(table), "Score"), ViewText.Rows(transformer.Transform(features), "Score"));
        Assert.Equal(ViewText.Schema(transformer.Transform(features).Schema), ViewText.Schema(loaded.Transform(features).Schema));
        Assert.Equal(ViewText.Rows(transformer.Transform(features)), ViewText.Rows(loaded.Transform(features)));
        // An estimator needs the label.
        MustFail(() => Trainer(task).GetOutputSchema(SchemaShape.Create(features.Schema)));
        MustFail(() => Trainer(task).Fit(features));
    }

    [Theory]
    [MemberData(nameof(Wrong))]
    public void Invalid_features_are_rejected_everywhere(string what)
    {
        foreach (TaskOf task in Enum.GetValues<TaskOf>())
        {
            IDataView table = Table(task), wrong = WrongTable(task, what);
            IEstimator<ITransformer> trainer = Trainer(task);
            ITransformer transformer = trainer.Fit(table);
            ITransformer loaded = Models.Load(_ml, Models.Zip(_ml, transformer, table.Schema));

            MustFail(() => trainer.GetOutputSchema(SchemaShape.Create(wrong.Schema)), "Features");
            MustFail(() => trainer.Fit(wrong), "Features");
            foreach (ITransformer model in new[] { transformer, loaded })
            {
                MustFail(() => model.GetOutputSchema(wrong.Schema), "Features");
                // The binary transformer is a type of ML.NET, whose message does not name the column here.
                string[] named = task == TaskOf.Binary ? [] : ["Features"];
                MustFail(() => model.Transform(wrong), named);
                MustFail(() => model.GetRowToRowMapper(wrong.Schema), named);
            }
        }
    }

    [Theory]
    [MemberData(nameof(WrongInTraining))]
    public void Invalid_labels_and_weights_are_rejected_in_training(string what)
    {
        foreach (TaskOf task in Enum.GetValues<TaskOf>())
        {
            IDataView wrong = WrongTable(task, what);
            IEstimator<ITransformer> trainer = Trainer(task);
            string column = what.EndsWith("label", StringComparison.Ordinal) ? "Label" : "Weight";

            MustFail(() => trainer.GetOutputSchema(SchemaShape.Create(wrong.Schema)), column);
            MustFail(() => trainer.Fit(wrong), column);
            MustFail(() => FitWithValidation(task, Table(task), wrong), column);
        }
    }

    [Theory]
    [MemberData(nameof(All))]
    public void A_transformer_rejects_another_number_of_features(TaskOf task)
    {
        IDataView table = Table(task);
        ITransformer transformer = Trainer(task).Fit(table);
        ITransformer loaded = Models.Load(_ml, Models.Zip(_ml, transformer, table.Schema));
        IDataView wider = _ml.Data.LoadFromEnumerable([new WideRow { Features = new float[9] }]);

        foreach (ITransformer model in new[] { transformer, loaded })
        {
            string trainedOn = task == TaskOf.Multiclass ? "4" : "2";
            string[] named = task == TaskOf.Binary ? ["2", "9"] : ["Features", trainedOn, "9"];
            MustFail(() => model.GetOutputSchema(wider.Schema), "Features", trainedOn, "9");
            MustFail(() => model.Transform(wider), named);
            MustFail(() => model.GetRowToRowMapper(wider.Schema), named);
        }
    }

    private IDataView Table(TaskOf task) => task switch
    {
        TaskOf.Multiclass => Models.FlowersWithKeys(_ml),
        TaskOf.Binary => Models.Moons(_ml),
        _ => Waves.View(_ml),
    };

    private IEstimator<ITransformer> Trainer(TaskOf task) => task switch
    {
        TaskOf.Multiclass => _ml.MulticlassClassification.Trainers.TargetPropClassifier(Models.Small(epochs: 2).With(o => o.ExampleWeightColumnName = "Weight")),
        TaskOf.Binary => _ml.BinaryClassification.Trainers.TargetPropClassifier(Models.SmallBinary(epochs: 2).With(o => o.ExampleWeightColumnName = "Weight")),
        _ => _ml.Regression.Trainers.TargetPropRegression(
            Waves.Small(2, o => (o.ExampleWeightColumnName, o.Quantiles) = ("Weight", task == TaskOf.Quantiles ? [0.1f, 0.9f] : null))),
    };

    private ITransformer FitWithValidation(TaskOf task, IDataView table, IDataView validation) => task switch
    {
        TaskOf.Multiclass => _ml.MulticlassClassification.Trainers.TargetPropClassifier(Models.Small(epochs: 1).With(o => o.ExampleWeightColumnName = "Weight")).Fit(table, validation),
        TaskOf.Binary => _ml.BinaryClassification.Trainers.TargetPropClassifier(Models.SmallBinary(epochs: 1).With(o => o.ExampleWeightColumnName = "Weight")).Fit(table, validation),
        _ => _ml.Regression.Trainers.TargetPropRegression(Waves.Small(1, o => o.ExampleWeightColumnName = "Weight")).Fit(table, validation),
    };

    private IDataView WrongTable(TaskOf task, string what)
    {
        IDataView table = Table(task);
        IEstimator<ITransformer> change = what switch
        {
            "no features" => _ml.Transforms.DropColumns("Features"),
            "text features" => _ml.Transforms.Conversion.ConvertType("Features", outputKind: DataKind.String),
            "double features" => _ml.Transforms.Conversion.ConvertType("Features", outputKind: DataKind.Double),
            "scalar features" => _ml.Transforms.CopyColumns("Features", "Weight"),
            "variable features" => _ml.Transforms.Conversion.ConvertType("Words", "Weight", DataKind.String)
                .Append(_ml.Transforms.Text.TokenizeIntoWords("Words"))
                .Append(_ml.Transforms.Conversion.ConvertType("Features", "Words", DataKind.Single)),
            "no label" => _ml.Transforms.DropColumns("Label"),
            "wrong label" => _ml.Transforms.CopyColumns("Label", task is TaskOf.Multiclass or TaskOf.Binary ? "Weight" : "Features"),
            "no weight" => _ml.Transforms.DropColumns("Weight"),
            _ => _ml.Transforms.CopyColumns("Weight", "Features"),
        };
        return change.Fit(table).Transform(table);
    }

    private static void MustFail(Action action, params string[] mentions)
    {
        Exception? error = Record.Exception(action);
        while (error is TargetInvocationException { InnerException: { } inner })
            error = inner;
        Assert.True(error is ArgumentOutOfRangeException or InvalidOperationException, error?.ToString() ?? "nothing was thrown");
        Assert.All(mentions, m => Assert.Contains(m, error!.Message, StringComparison.Ordinal));
    }

    private sealed class NamelessRow
    {
        [KeyType(3)]
        public uint Label { get; set; }

        [VectorType(4)]
        public float[] Features { get; set; } = [];

        public float Weight { get; set; }
    }

    private sealed class WideRow
    {
        [VectorType(9)]
        public float[] Features { get; set; } = [];
    }
}
