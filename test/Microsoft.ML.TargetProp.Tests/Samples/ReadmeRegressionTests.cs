using Microsoft.ML.Data;
using Microsoft.ML.TargetProp.Tests.Support;

namespace Microsoft.ML.TargetProp.Tests.Samples;

/// <summary>The code of the README on regression compiles, and does what the text says.</summary>
public sealed class ReadmeRegressionTests
{
    [Fact]
    public void The_code_predicts_a_number_and_its_quantiles()
    {
        var mlContext = new MLContext(seed: 1);
        IDataView trainData = Waves.View(mlContext), testData = Waves.View(mlContext, seed: 2);

        // README: begin
        var trainer = mlContext.Regression.Trainers.TargetPropRegression(new TargetPropRegressionTrainer.Options { Quantiles = [0.05f, 0.5f, 0.95f] });
        var model = trainer.Fit(trainData);
        RegressionMetrics metrics = mlContext.Regression.Evaluate(model.Transform(testData));
        // README: end

        Assert.InRange(metrics.RSquared, 0.9, 1);
        Assert.Equal(3, model.Model.Quantiles.Count);
    }

    [Fact]
    public void The_readme_has_the_code_of_this_test()
    {
        string[] test = File.ReadAllLines(Path.Combine(Packaging.Repository.Root, "test/Microsoft.ML.TargetProp.Tests/Samples/ReadmeRegressionTests.cs"));
        string[] readme = File.ReadAllLines(Path.Combine(Packaging.Repository.Root, "README.md"));
        string[] code = [.. test.SkipWhile(l => l.Trim() != "// README: begin").Skip(1).TakeWhile(l => l.Trim() != "// README: end").Select(l => l.Trim())];

        Assert.Equal(3, code.Length);
        Assert.Equal(code, readme.SkipWhile(l => l != code[0]).Take(code.Length));
    }
}
