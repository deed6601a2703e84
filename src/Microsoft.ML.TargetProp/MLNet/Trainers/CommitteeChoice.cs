using Microsoft.ML.TargetProp.Supervised;

namespace Microsoft.ML.TargetProp.MLNet;

/// <summary>Plans the networks of a model: their shapes, encodings, and differences.</summary>
/// <param name="options">Checked options.</param>
/// <param name="data">What is known of the training rows.</param>
/// <param name="encoder">Learns encodings of the training rows.</param>
internal sealed class CommitteeChoice(TargetPropOptions options, DataFacts data, FeatureEncoder encoder)
{
    /// <summary>The plan of every member.</summary>
    /// <param name="outputs">A shape with the outputs and the signal of every member.</param>
    /// <param name="seed">The seed of the parts of the rows.</param>
    /// <returns>The plans, and the parts of the rows that members leave out; null when all learn from all rows.</returns>
    public (IReadOnlyList<MemberPlan> Plans, RowParts? Parts) Plan(NetworkShape outputs, int seed)
    {
        if (!data.IsTable)
            return ([.. Enumerable.Range(0, ClassifierOptions.Members.Of(options, data)).Select(m => PlanOf(outputs, null, m))], null);
        var recipe = TableRecipe.For(data);
        if (ClassifierOptions.LeavesOutRows(options, data))
        {
            var parts = Enumerable.Range(0, recipe.Parts);
            return (
                [.. recipe.Candidates.SelectMany((candidate, c) => parts.Select(part => PlanOf(outputs, candidate, c) with { LeftOut = part }))],
                new RowParts(data.Rows, recipe.Parts, seed));
        }
        return ([.. Enumerable.Range(0, ClassifierOptions.Members.Of(options, data)).Select(m => PlanOf(outputs, recipe.Candidates[m % recipe.Candidates.Count], m))], null);
    }

    private MemberPlan PlanOf(NetworkShape outputs, TableCandidate? candidate, int number)
    {
        var encoding = encoder.Learn(options.FeatureEncoding, candidate);
        var shape = outputs with
        {
            InputUnits = encoding?.Inputs ?? data.Columns,
            HiddenUnits = ClassifierOptions.HiddenUnits.Of(options, data),
            Activation = options.Activation ?? (outputs.Signal.IsContinuous ? candidate?.Activation : null) ?? ClassifierOptions.Activation.Of(options, data),
        };
        return new(shape, encoding, options.WeightDecay ?? candidate?.WeightDecay ?? 0, options.InputDropout ?? candidate?.InputDropout ?? (data.AreSparse ? TextRecipe.InputDropout : 0)) { Candidate = number };
    }
}
