namespace Microsoft.ML.TargetProp.Samples.Experiments.Data.Tables;

/// <summary>Well-known tables that consist of all cases of a rule, so code can list them.</summary>
internal static class RuleTables
{
    /// <summary>Weights and distances on both sides of a balance (Siegler 1976): 625 cases; it tips left, tips right or balances.</summary>
    public static Table BalanceScale { get; } = new("balance-scale", "625 cases of a balance, 4 columns, 3 classes; 437 rows to learn from", random => random.Split(BalanceCases()));

    /// <summary>All boards at the end of a game that x begins (Aha 1991); the class is whether x has won.</summary>
    public static Table TicTacToe { get; } = new("tic-tac-toe", "958 final boards, 9 cells as 27 columns, 2 classes; 670 rows to learn from", random => random.Split(TicTacToeCases()));

    /// <summary>The second problem of the monks (Thrun and others 1991); the class is whether exactly two of six attributes have their first value.</summary>
    public static Table Monks { get; } = new("monks", "432 cases, 6 attributes as 17 columns, 2 classes by counting; 302 rows to learn from", random => random.Split(MonkCases()));

    internal static IReadOnlyList<(double[] Features, string Label)> BalanceCases() =>
    [
        .. Cases(5, 5, 5, 5).Select(c =>
        {
            (int leftWeight, int leftDistance, int rightWeight, int rightDistance) = (c[0] + 1, c[1] + 1, c[2] + 1, c[3] + 1);
            int turn = (rightWeight * rightDistance) - (leftWeight * leftDistance);
            double[] features = [leftWeight, leftDistance, rightWeight, rightDistance];
            return (features, turn < 0 ? "left" : turn > 0 ? "right" : "balanced");
        }),
    ];

    internal static IReadOnlyList<(double[] Features, string Label)> MonkCases()
    {
        int[] values = [3, 3, 2, 3, 4, 2];
        return
        [
            .. Cases(values).Select(c =>
            {
                double[] features = [.. c.SelectMany((value, i) => Draw.OneHot(value, values[i]))];
                return (features, c.Count(value => value == 0) == 2 ? "two" : "other");
            }),
        ];
    }

    internal static IReadOnlyList<(double[] Features, string Label)> TicTacToeCases()
    {
        HashSet<string> ends = [];
        Play(new string('-', 9), 'x', ends);
        return
        [
            .. ends.Order(StringComparer.Ordinal).Select(board =>
            {
                double[] features = [.. board.SelectMany(cell => Draw.OneHot("xo-".IndexOf(cell, StringComparison.Ordinal), 3))];
                return (features, HasWon(board, 'x') ? "won" : "not won");
            }),
        ];
    }

    private static void Play(string board, char player, HashSet<string> ends)
    {
        char other = player == 'x' ? 'o' : 'x';
        if (HasWon(board, other) || !board.Contains('-', StringComparison.Ordinal))
        {
            ends.Add(board);
            return;
        }

        for (int cell = 0; cell < 9; cell++)
        {
            if (board[cell] == '-')
            {
                Play(string.Concat(board.AsSpan(0, cell), [player], board.AsSpan(cell + 1)), other, ends);
            }
        }
    }

    private static bool HasWon(string board, char player)
    {
        int[][] lines = [[0, 1, 2], [3, 4, 5], [6, 7, 8], [0, 3, 6], [1, 4, 7], [2, 5, 8], [0, 4, 8], [2, 4, 6]];
        return lines.Any(line => line.All(cell => board[cell] == player));
    }

    /// <summary>All combinations of values from 0 to below the given numbers.</summary>
    private static IEnumerable<int[]> Cases(params int[] values)
    {
        IEnumerable<int[]> cases = [[]];
        foreach (int count in values)
        {
            cases = [.. cases.SelectMany(begun => Enumerable.Range(0, count).Select(v => (int[])[.. begun, v]))];
        }

        return cases;
    }
}
