// Compiled by MSBuild for .NET Standard 2.0 (see FriendAccess.targets), and by the tests.
#nullable enable
using System;
using System.IO;
using System.Text;
using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;

namespace Microsoft.ML.TargetProp.Build
{
    /// <summary>
    /// Makes the internal types, methods and fields of an assembly visible, by setting the visibility bits in its metadata tables
    /// (ECMA-335, II.22 to II.24). No other byte changes.
    /// <list type="bullet">
    /// <item>internal and protected internal become public,</item>
    /// <item>private protected becomes protected, so that overriding members do not have to be public,</item>
    /// <item>private stays private.</item>
    /// </list>
    /// </summary>
    public static class FriendAccess
    {
        // Numbers of the metadata tables that precede the three changed tables or determine the width of their rows.
        private const int Module = 0x00, TypeRef = 0x01, TypeDef = 0x02, FieldPtr = 0x03, Field = 0x04, MethodPtr = 0x05,
            MethodDef = 0x06, Param = 0x08, ModuleRef = 0x1A, TypeSpec = 0x1B, AssemblyRef = 0x23, TableCount = 64;

        /// <summary>Changes <paramref name="image"/>, the bytes of a managed assembly, in place.</summary>
        /// <returns>The number of types, methods and fields that became more visible.</returns>
        public static int Widen(byte[] image)
        {
            int tables = FindTables(image);
            byte heapSizes = image[tables + 6];
            ulong present = BitConverter.ToUInt64(image, tables + 8);
            var rows = new int[TableCount];
            int position = tables + 24;
            for (int table = 0; table < TableCount; table++)
            {
                if ((present >> table & 1) == 0)
                    continue;
                rows[table] = BitConverter.ToInt32(image, position);
                position += 4;
            }
            if ((heapSizes & 0x40) != 0)
                position += 4; // an extra word of uncompressed metadata

            int text = (heapSizes & 1) != 0 ? 4 : 2;
            int guid = (heapSizes & 2) != 0 ? 4 : 2;
            int blob = (heapSizes & 4) != 0 ? 4 : 2;
            int Index(int table) => rows[table] > 0xFFFF ? 4 : 2;
            int Coded(int tagBits, params int[] of)
            {
                foreach (int table in of)
                    if (rows[table] >= 1 << (16 - tagBits))
                        return 4;
                return 2;
            }

            int moduleWidth = 2 + text + 3 * guid;
            int typeRefWidth = Coded(2, Module, ModuleRef, AssemblyRef, TypeRef) + 2 * text;
            int typeDefWidth = 4 + 2 * text + Coded(2, TypeDef, TypeRef, TypeSpec) + Index(Field) + Index(MethodDef);
            int fieldWidth = 2 + text + blob;
            int methodWidth = 4 + 2 + 2 + text + blob + Index(Param);

            int types = position + rows[Module] * moduleWidth + rows[TypeRef] * typeRefWidth;
            int fields = types + rows[TypeDef] * typeDefWidth + rows[FieldPtr] * Index(Field);
            int methods = fields + rows[Field] * fieldWidth + rows[MethodPtr] * Index(MethodDef);

            int changed = 0;
            for (int i = 1; i < rows[TypeDef]; i++) // row 0 is <Module>, whose visibility has no meaning
                changed += Set(image, types + i * typeDefWidth, WidenType);
            for (int i = 0; i < rows[Field]; i++)
                changed += Set(image, fields + i * fieldWidth, WidenMember);
            for (int i = 0; i < rows[MethodDef]; i++)
                changed += Set(image, methods + i * methodWidth + 6, WidenMember); // after RVA (4) and ImplFlags (2)
            return changed;
        }

        private static int Set(byte[] image, int flagsAt, Func<int, int> widen)
        {
            // In all three tables, the three lowest bits of the flags hold the visibility.
            int old = image[flagsAt] & 7, wide = widen(old);
            image[flagsAt] = (byte)(image[flagsAt] & ~7 | wide);
            return old == wide ? 0 : 1;
        }

        /// <summary>TypeAttributes: 0 internal, 1 public; nested: 2 public, 3 private, 4 protected, 5 internal, 6 private protected, 7 protected internal.</summary>
        private static int WidenType(int visibility)
        {
            switch (visibility)
            {
                case 0: return 1;
                case 5: case 7: return 2;
                case 6: return 4;
                default: return visibility;
            }
        }

        /// <summary>MethodAttributes and FieldAttributes: 1 private, 2 private protected, 3 internal, 4 protected, 5 protected internal, 6 public.</summary>
        private static int WidenMember(int visibility)
        {
            switch (visibility)
            {
                case 3: case 5: return 6;
                case 2: return 4;
                default: return visibility;
            }
        }

        /// <summary>The offset of the "#~" stream: PE headers, then the CLI header, then the metadata root (II.24.2, II.25).</summary>
        private static int FindTables(byte[] image)
        {
            int pe = BitConverter.ToInt32(image, 0x3C);
            int sections = BitConverter.ToUInt16(image, pe + 6);
            int optional = pe + 24;
            int sectionTable = optional + BitConverter.ToUInt16(image, pe + 20);
            bool wide = BitConverter.ToUInt16(image, optional) == 0x20B;
            int cli = ToOffset(image, sectionTable, sections, BitConverter.ToInt32(image, optional + (wide ? 112 : 96) + 14 * 8));
            int root = ToOffset(image, sectionTable, sections, BitConverter.ToInt32(image, cli + 8));
            if (BitConverter.ToUInt32(image, root) != 0x424A5342)
                throw new InvalidDataException("Found no metadata root at the position in the CLI header. Expected a managed assembly.");

            int position = root + 16 + BitConverter.ToInt32(image, root + 12) + 2;
            int streams = BitConverter.ToUInt16(image, position);
            position += 2;
            for (int i = 0; i < streams; i++)
            {
                int offset = BitConverter.ToInt32(image, position);
                int nameAt = position + 8, nameEnd = Array.IndexOf(image, (byte)0, nameAt);
                if (Encoding.ASCII.GetString(image, nameAt, nameEnd - nameAt) == "#~")
                    return root + offset;
                position = nameAt + ((nameEnd - nameAt) / 4 + 1) * 4;
            }
            throw new InvalidDataException("Found no stream '#~' in the metadata. Expected a managed assembly.");
        }

        private static int ToOffset(byte[] image, int sectionTable, int sections, int address)
        {
            for (int i = 0; i < sections; i++)
            {
                int section = sectionTable + i * 40;
                int start = BitConverter.ToInt32(image, section + 12);
                if (address >= start && address < start + BitConverter.ToInt32(image, section + 16))
                    return address - start + BitConverter.ToInt32(image, section + 20);
            }
            throw new InvalidDataException("Found an address outside all sections. Expected a managed assembly.");
        }
    }

    /// <summary>Writes a copy of each assembly with visible internals to a folder.</summary>
    public sealed class WriteFriendAssemblies : Microsoft.Build.Utilities.Task
    {
        /// <summary>The original assemblies.</summary>
        [Required]
        public ITaskItem[] Sources { get; set; } = Array.Empty<ITaskItem>();

        /// <summary>The folder of the copies, which keep their file names.</summary>
        [Required]
        public string Directory { get; set; } = "";

        /// <inheritdoc/>
        public override bool Execute()
        {
            System.IO.Directory.CreateDirectory(Directory);
            foreach (ITaskItem source in Sources)
            {
                string path = source.GetMetadata("FullPath"), copy = Path.Combine(Directory, Path.GetFileName(path));
                try
                {
                    byte[] image = File.ReadAllBytes(path);
                    int changed = FriendAccess.Widen(image);
                    Replace(copy, image);
                    Log.LogMessage(MessageImportance.Low, "{0}: {1} members made visible in {2}", path, changed, copy);
                }
                catch (Exception e) when (e is IOException || e is InvalidDataException || e is UnauthorizedAccessException || e is ArgumentException || e is IndexOutOfRangeException)
                {
                    Log.LogError("Cannot write a copy of {0} with visible internals: {1}", path, e.Message);
                }
            }
            return !Log.HasLoggedErrors;
        }

        /// <summary>Writes a temporary file and renames it, so that a concurrent build never reads a partial file.</summary>
        private static void Replace(string path, byte[] content)
        {
            string temporary = path + "." + Guid.NewGuid().ToString("N") + ".tmp";
            File.WriteAllBytes(temporary, content);
            try
            {
                if (File.Exists(path))
                    File.Replace(temporary, path, null);
                else
                    File.Move(temporary, path);
            }
            catch (IOException) when (File.Exists(path))
            {
                // A concurrent build has written the same bytes.
                File.Delete(temporary);
            }
        }
    }
}
