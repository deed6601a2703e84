using System.IO.Compression;

namespace Microsoft.ML.TargetProp.Tests.Support;

/// <summary>Reads and rewrites entries of a model's .zip file.</summary>
internal static class ModelZip
{
    /// <summary>The innermost exception. ML.NET wraps exceptions that are thrown while a model loads.</summary>
    public static Exception Reason(object outcome)
    {
        var error = Assert.IsAssignableFrom<Exception>(outcome);
        while (error is not FormatException && error.InnerException is { } inner)
            error = inner;
        return error;
    }

    /// <summary>Full names of the entries, in the order of the file.</summary>
    public static string[] EntryNames(byte[] zip)
    {
        using var archive = new ZipArchive(new MemoryStream(zip));
        return [.. archive.Entries.Select(e => e.FullName)];
    }

    public static byte[] Read(byte[] zip, string name)
    {
        using var archive = new ZipArchive(new MemoryStream(zip));
        using Stream entry = archive.Entries.Single(e => e.FullName.Replace('\\', '/') == name).Open();
        using var content = new MemoryStream();
        entry.CopyTo(content);
        return content.ToArray();
    }

    /// <summary>Replaces or removes an entry. The checksums of the .zip file stay valid.</summary>
    public static byte[] Rewrite(byte[] zip, string name, Func<byte[], byte[]?> change)
    {
        using var stream = new MemoryStream();
        using (var target = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (string entry in EntryNames(zip))
            {
                byte[]? content = Read(zip, entry.Replace('\\', '/'));
                if (entry.Replace('\\', '/') == name.Replace('\\', '/'))
                    content = change(content);
                if (content is null)
                    continue;
                using Stream output = target.CreateEntry(entry).Open();
                output.Write(content);
            }
        }
        return stream.ToArray();
    }
}
