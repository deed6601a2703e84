namespace Microsoft.ML.TargetProp.MLNet;

/// <summary>A way to train a network on a table. The members of a committee differ in it.</summary>
/// <param name="Pieces">Pieces of a column with many values; null for smooth clipping.</param>
/// <param name="Activation">The activation of the hidden units.</param>
/// <param name="WeightDecay">The weight decay.</param>
/// <param name="InputDropout">The probability that an input is set to zero.</param>
internal sealed record TableCandidate(int? Pieces, TargetPropActivation Activation, double WeightDecay, double InputDropout);

/// <summary>
/// What is chosen for tables, by their size. Tables differ in what they want: a few columns with a wiggly border want little decay, many weak columns
/// much; some want pieces, some numbers. No function of rows and columns tells them apart. So the members of a committee differ, and on small tables
/// held-out rows weigh them. Chosen on validation folds of ten public tables for classes and six for numbers.
/// </summary>
internal sealed record TableRecipe
{
    /// <summary>From this many rows on, all members learn from all rows and count alike.</summary>
    public const int MediumRows = 2000;

    /// <summary>From this many rows on, all members read pieces, and train longer.</summary>
    public const int ManyRows = 20_000;

    /// <summary>Smaller tables have no rows to hold out.</summary>
    public const int FewestRows = 20;

    /// <summary>The parts of the rows that members of a small table leave out in turn.</summary>
    private const int PartsOfFewRows = 4;

    /// <summary>With fewer inputs in all, each of them matters, and none is dropped.</summary>
    private const int ManyInputs = 16;

    /// <summary>More pieces in all make a network slow, and the first layer large.</summary>
    private const int MostPieces = 500;

    /// <summary>Units of the hidden layers.</summary>
    public required int[] HiddenUnits { get; init; }

    /// <summary>Mini-batches in all.</summary>
    public required int Steps { get; init; }

    /// <summary>Rows of a mini-batch.</summary>
    public required int BatchSize { get; init; }

    /// <summary>Dropout of hidden units.</summary>
    public double Dropout { get; init; }

    /// <summary>The candidates. A committee of more members takes them in turn.</summary>
    public required IReadOnlyList<TableCandidate> Candidates { get; init; }

    /// <summary>Parts of the rows that members leave out; 1 when all learn from all rows.</summary>
    public int Parts { get; init; } = 1;

    /// <summary>Networks in all.</summary>
    public int Members => Candidates.Count * Parts;

    /// <summary>The recipe for a table.</summary>
    public static TableRecipe For(DataFacts data)
    {
        var dropped = data.Columns < ManyInputs ? 0 : 0.1;
        if (data.Rows >= ManyRows)
        {
            // Many rows teach the borders of pieces better than a smooth function of a number does.
            TableCandidate inPieces = new(PiecesFor(data), TargetPropActivation.Tanh, 0.1, data.IsNumber ? 0 : 0.1);
            return new() { HiddenUnits = [128, 128], Steps = 8000, BatchSize = 128, Candidates = [inPieces, inPieces, inPieces, inPieces] };
        }
        if (data.IsNumber)
        {
            return new()
            {
                HiddenUnits = [128, 128],
                Steps = data.Rows < MediumRows ? 1000 : 4000,
                BatchSize = data.Rows < MediumRows ? 32 : 64,
                Candidates = Alternating(PiecesFor(data), decay: 0.3, ofPieces: 0, ofNumbers: 0),
            };
        }
        if (data.Rows < MediumRows)
        {
            return new()
            {
                HiddenUnits = [64, 64],
                // Of many classes each has few rows, and takes longer.
                Steps = Math.Min(600, 420 + 20 * data.Outputs),
                BatchSize = 32,
                Dropout = 0.2,
                Candidates =
                [
                    new(16, TargetPropActivation.Relu, 0.1, 0.1),
                    new(8, TargetPropActivation.Relu, 3, 0.1),
                    new(null, TargetPropActivation.Relu, 0.3, dropped),
                    new(null, TargetPropActivation.Tanh, 1, 0),
                ],
                Parts = data.Rows < FewestRows ? 1 : PartsOfFewRows,
            };
        }
        return new()
        {
            HiddenUnits = [128, 128],
            Steps = 4000,
            BatchSize = 64,
            Candidates = Alternating(PiecesFor(data), decay: 0.1, ofPieces: 0.1, ofNumbers: dropped),
        };
    }

    /// <summary>Two members that read pieces, and two that read numbers.</summary>
    private static TableCandidate[] Alternating(int pieces, double decay, double ofPieces, double ofNumbers)
    {
        TableCandidate inPieces = new(pieces, TargetPropActivation.Tanh, decay, ofPieces), inNumbers = new(null, TargetPropActivation.Tanh, decay, ofNumbers);
        return [inPieces, inNumbers, inPieces, inNumbers];
    }

    /// <summary>Finer pieces where there are rows to learn them from, and few columns.</summary>
    private static int PiecesFor(DataFacts data)
    {
        var pieces = data.Rows is >= MediumRows and < ManyRows ? 32 : 16;
        while (pieces > 8 && pieces * data.MeasuredColumns > MostPieces)
            pieces /= 2;
        return pieces;
    }
}
