using Microsoft.ML.TargetProp.Tests.Packaging;

namespace Microsoft.ML.TargetProp.Tests.Support;

/// <summary>Loads a model and transforms a table in a new process that references only ML.NET.</summary>
internal static class FreshProcess
{
    /// <summary>The rows of a column of the transformed table, as the bits of every number.</summary>
    public static string[] Transform(MLContext ml, ITransformer model, IDataView rows, string column)
    {
        using var folder = new TemporaryFolder();
        string zip = folder["model.zip"], table = folder["table.idv"], result = folder["result.txt"];
        ml.Model.Save(model, rows.Schema, zip);
        using (FileStream stream = File.Create(table))
            ml.Data.SaveAsBinary(rows, stream);

        string tests = Path.Combine(AppContext.BaseDirectory, typeof(FreshProcess).Assembly.GetName().Name!);
        string helper = tests + ".LoadHelper.dll";
        DotNet.Run(folder.Path, "exec", "--runtimeconfig", tests + ".runtimeconfig.json", "--depsfile", tests + ".deps.json", helper, zip, table, result, column);
        return File.ReadAllLines(result);
    }

    public static string Bits(float[] row) => string.Join(' ', row.Select(v => BitConverter.SingleToInt32Bits(v).ToString("x8")));
}
