using Microsoft.ML.Data;
using Microsoft.ML.TargetProp.Samples.Experiments.Data.Tables;

namespace Microsoft.ML.TargetProp.Benchmarks.Work;

/// <summary>Generated tables of any size with the columns of two public ones, so that no data set is needed.</summary>
internal static class MixedTable
{
    public const string Census = "census-like";
    public const string Air = "air-pollution-like";

    private static readonly int[] CensusCategories = [9, 16, 7, 15, 6, 5, 2, 42];

    /// <summary>What a table contains.</summary>
    public static string Describe(string table) => table == Census
        ? "108 columns: 6 numbers, some with a heavy tail or 92 % zeros, and 8 categories as 102 one-hot columns; 2 classes, a quarter of the rows in one"
        : "14 columns: hours and seasons, weather, mostly empty columns, a wind direction as 4 one-hot columns; a skewed number as label";

    /// <summary>Rows of a table.</summary>
    public static IDataView Create(MLContext mlContext, string table, int rows, int seed)
    {
        Random random = new(seed);
        Func<Row> row = table == Census ? CensusRow(random) : AirRow(random);
        Row[] all = [.. Enumerable.Range(0, rows).Select(_ => row())];
        SchemaDefinition schema = SchemaDefinition.Create(typeof(Row));
        schema[nameof(Row.Features)].ColumnType = new VectorDataViewType(NumberDataViewType.Single, all[0].Features.Length);
        return mlContext.Data.LoadFromEnumerable(all, schema);
    }

    private static Func<Row> CensusRow(Random random)
    {
        // The effects are those of the table, not of the rows, so all seeds share them.
        Random effects = new(1);
        double[][] levels = [.. CensusCategories.Select(n => effects.Gaussians(n))];
        return () =>
        {
            double age = 17 + (25 * -Math.Log(1 - random.NextDouble())), hours = 40 + (10 * random.Gaussian());
            double gain = random.NextDouble() < 0.92 ? 0 : Math.Exp(8 + random.Gaussian()), loss = random.NextDouble() < 0.95 ? 0 : 1_500 + (300 * random.Gaussian());
            double years = random.Next(1, 17), weight = Math.Exp(12 + (0.5 * random.Gaussian()));
            int[] categories = [.. CensusCategories.Select(n => Math.Min(random.Next(n), random.Next(n)))];
            double logit = -2.2 + (0.25 * (years - 8)) + (age is > 30 and < 60 ? 1 : -1) + (gain > 5_000 ? 3 : 0) + (hours > 45 ? 0.7 : 0)
                + (0.5 * categories.Select((c, i) => levels[i][c]).Sum()) + (categories[0] < 2 && years > 10 ? 1 : 0);
            float[] features = [(float)age, (float)hours, (float)gain, (float)loss, (float)years, (float)weight, .. categories.SelectMany((c, i) => Draw.OneHot(c, CensusCategories[i])).Select(v => (float)v)];
            return new Row { Features = features, IsTrue = random.NextDouble() < 1 / (1 + Math.Exp(-logit)) };
        };
    }

    private static Func<Row> AirRow(Random random) => () =>
    {
        int year = random.Next(5), month = random.Next(12), day = random.Next(1, 31), hour = random.Next(24), wind = random.Next(4);
        double season = Math.Cos(2 * Math.PI * month / 12), daily = Math.Cos(2 * Math.PI * (hour - 15) / 24);
        double temperature = 12 - (15 * season) + (4 * daily) + (4 * random.Gaussian());
        double dew = temperature - (8 * -Math.Log(1 - random.NextDouble())), pressure = 1_016 + (9 * season) + (5 * random.Gaussian());
        double speed = Math.Exp(1.5 + (1.4 * random.Gaussian()));
        double rain = random.NextDouble() < 0.95 ? 0 : random.Next(1, 20), snow = temperature < 0 && random.NextDouble() < 0.05 ? random.Next(1, 20) : 0;
        double log = 4 + (0.06 * (dew - temperature + 8)) + (0.4 * season) - (0.25 * Math.Log(1 + speed)) - (0.05 * rain) + (wind == 3 ? 0.3 : 0)
            - (hour is > 9 and < 18 ? 0.3 : 0) + (0.5 * random.Gaussian());
        float[] features =
        [
            2_010 + year, month + 1, day, hour, (float)dew, (float)temperature, (float)pressure, .. Draw.OneHot(wind, 4).Select(v => (float)v), (float)speed, (float)snow, (float)rain,
        ];
        return new Row { Features = features, Value = (float)Math.Round(Math.Exp(log)) };
    };

    /// <summary>A row of either table.</summary>
    public sealed class Row
    {
        public float[] Features { get; set; } = [];

        public bool IsTrue { get; set; }

        public float Value { get; set; }
    }
}
