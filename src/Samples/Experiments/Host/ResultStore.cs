using System.Text.Json;
using System.Text.Json.Serialization;

namespace Microsoft.ML.TargetProp.Samples.Experiments.Host;

/// <summary>
/// The finished trials of a study, in one JSON file that is written anew after each trial. A stopped study continues where it stopped, and
/// no trial is measured twice.
/// </summary>
internal sealed class ResultStore
{
    private static readonly JsonSerializerOptions Json = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,

        // A loss may be infinite, and JSON has no number for infinity.
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private readonly string _path;
    private readonly string _study;
    private readonly List<TrialResult> _results;

    private ResultStore(string path, string study, IEnumerable<TrialResult> results)
    {
        _path = path;
        _study = study;
        _results = [.. results];
    }

    /// <summary>All results, in the order of measurement.</summary>
    public IReadOnlyList<TrialResult> Results => _results;

    /// <summary>Opens a file; a missing file is made with the first result.</summary>
    /// <exception cref="SampleException">The file is damaged, or holds results of another study.</exception>
    public static ResultStore Open(string path, string study)
    {
        if (!File.Exists(path))
        {
            return new ResultStore(path, study, []);
        }

        Document? document;
        try
        {
            document = JsonSerializer.Deserialize<Document>(File.ReadAllText(path), Json);
        }
        catch (JsonException e)
        {
            throw new SampleException($"{path} is damaged: {e.Message} Delete it to measure everything again, or name another folder with --out.", e);
        }

        return document?.Study == study
            ? new ResultStore(path, study, document.Trials)
            : throw new SampleException($"{path} holds results of '{document?.Study}', not of '{study}'. Name another folder with --out.");
    }

    /// <summary>The stored result of a trial, or null.</summary>
    public TrialResult? Find(Trial trial) => _results.FindLast(trial.IsAnsweredBy);

    /// <summary>Stores a result; it is on disk when this returns.</summary>
    public void Add(TrialResult result)
    {
        _results.Add(result);
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(_path))!);

        // Written to a second file first, so nothing is lost if the program is stopped while it writes.
        string temporary = _path + ".part";
        File.WriteAllText(temporary, JsonSerializer.Serialize(new Document { Study = _study, Trials = _results }, Json));
        File.Move(temporary, _path, overwrite: true);
    }

    private sealed record Document
    {
        public required string Study { get; init; }

        public required IReadOnlyList<TrialResult> Trials { get; init; }
    }
}
