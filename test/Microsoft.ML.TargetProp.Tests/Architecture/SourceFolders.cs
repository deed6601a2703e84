using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

namespace Microsoft.ML.TargetProp.Tests.Architecture;

/// <summary>Finds the source folder of every type of an assembly in its debug information.</summary>
internal static class SourceFolders
{
    /// <summary>The kind of debug information that lists the documents of a type without method bodies (portable PDB, "TypeDefinitionDocuments").</summary>
    private static readonly Guid TypeDefinitionDocuments = new("932E74BC-DBA9-4478-8D46-0F32A7BAB3D3");

    /// <param name="assembly">Path of the .dll. Its .pdb is in the same folder.</param>
    /// <param name="sourceRoot">The part of a source path before the folder, for example "/src/Library/".</param>
    /// <returns>
    /// The folder of every outermost type below the root, by metadata token; empty at the root itself. Types that the compiler adds have no
    /// source and are missing.
    /// </returns>
    public static Dictionary<int, string> Read(string assembly, string sourceRoot)
    {
        using var image = new PEReader(File.OpenRead(assembly));
        MetadataReader types = image.GetMetadataReader();
        using MetadataReaderProvider provider = MetadataReaderProvider.FromPortablePdbStream(File.OpenRead(Path.ChangeExtension(assembly, ".pdb")));
        MetadataReader pdb = provider.GetMetadataReader();
        var folders = new Dictionary<int, string>();
        foreach (TypeDefinitionHandle handle in types.TypeDefinitions.Where(h => !types.GetTypeDefinition(h).IsNested))
        {
            string[] found = [.. Documents(types, pdb, handle).Select(d => Folder(pdb.GetString(d.Name), sourceRoot)).OfType<string>().Distinct()];
            if (found.Length > 1)
                throw new InvalidOperationException($"{types.GetString(types.GetTypeDefinition(handle).Name)} has sources in several folders: {string.Join(", ", found)}. Expected one folder.");
            if (found.Length == 1)
                folders[MetadataTokens.GetToken(handle)] = found[0];
        }
        return folders;
    }

    private static IEnumerable<Document> Documents(MetadataReader types, MetadataReader pdb, TypeDefinitionHandle handle)
    {
        TypeDefinition type = types.GetTypeDefinition(handle);
        foreach (MethodDefinitionHandle method in type.GetMethods())
        {
            MethodDebugInformation information = pdb.GetMethodDebugInformation(method);
            foreach (SequencePoint point in information.GetSequencePoints())
                yield return pdb.GetDocument(point.Document);
        }
        foreach (CustomDebugInformationHandle h in pdb.GetCustomDebugInformation(handle))
        {
            CustomDebugInformation information = pdb.GetCustomDebugInformation(h);
            if (pdb.GetGuid(information.Kind) != TypeDefinitionDocuments)
                continue;
            BlobReader rows = pdb.GetBlobReader(information.Value);
            while (rows.RemainingBytes > 0)
                yield return pdb.GetDocument(MetadataTokens.DocumentHandle(rows.ReadCompressedInteger()));
        }
        foreach (TypeDefinitionHandle nested in type.GetNestedTypes())
            foreach (Document document in Documents(types, pdb, nested))
                yield return document;
    }

    private static string? Folder(string document, string sourceRoot)
    {
        string path = document.Replace('\\', '/');
        int start = path.LastIndexOf(sourceRoot, StringComparison.Ordinal);
        if (start < 0)
            return null;
        string[] parts = path[(start + sourceRoot.Length)..].Split('/');
        return parts[0] is "obj" or "bin" ? null : parts.Length == 1 ? "" : parts[0];
    }
}
