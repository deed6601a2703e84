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
    /// <returns>The plans, and the parts of the rows that members leave out; null when all learn from all rows.</returns>
    public (IReadOnlyList<MemberPlan> Plans, RowParts? Parts) Plan(NetworkShape outputs)
    {
        if (!data.IsTable)
            return ([.. Enumerable.Range(0, ClassifierOptions.Members.Of(options, data)).Select(m => PlanOf(outputs, null, m))], null);
        var recipe = TableRecipe.For(data);
        if (ClassifierOptions.LeavesOutRows(options, data) && encoder.Parts(recipe.Parts) is { } rows)
        {
            var parts = Enumerable.Range(0, recipe.Parts);
            return ([.. recipe.Candidates.SelectMany((candidate, c) => parts.Select(part => PlanOf(outputs, candidate, c) with { LeftOut = part }))], rows);
        }
        return ([.. Enumerable.Range(0, ClassifierOptions.Members.Of(options, data)).Select(m => PlanOf(outputs, recipe.Candidates[m % recipe.Candidates.Count], m))], null);
    }

    /// <summary>The plan of every network to continue from: its own shape and encoding, and the decay and dropout of the candidate that is most like it.</summary>
    public static IReadOnlyList<MemberPlan> Continue(IReadOnlyList<NetworkSnapshot> start, TargetPropOptions options, DataFacts data)
    {
        MemberPlan PlanOf(NetworkSnapshot member)
        {
            var candidate = data.IsTable && member.Encoding is TableEncoding table ? MostAlike(TableRecipe.For(data).Candidates, table, member.Shape.Activation) : null;
            return new(
                member.Shape, member.Encoding, options.WeightDecay ?? candidate?.WeightDecay ?? 0,
                options.InputDropout ?? candidate?.InputDropout ?? (member.Encoding is SparseEncoding ? TextRecipe.InputDropout : 0));
        }
        return [.. start.Select(PlanOf)];
    }

    private static TableCandidate MostAlike(IReadOnlyList<TableCandidate> candidates, TableEncoding encoding, TargetPropActivation activation)
    {
        var pieces = encoding.Codes.Where(code => code.Form == ColumnForm.Pieces).Select(code => code.Edges.Length - 1).DefaultIfEmpty(0).Max();
        return candidates.MinBy(c => ((c.Pieces is null) == (pieces == 0) ? 0 : 1000) + Math.Abs((c.Pieces ?? 0) - pieces) + (c.Activation == activation ? 0 : 100))!;
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
