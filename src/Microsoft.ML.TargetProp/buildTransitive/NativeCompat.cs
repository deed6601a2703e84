// Compiled by MSBuild for .NET Standard 2.0 (see NativeCompat.targets), and by the tests.
#nullable enable
using System;
using System.Collections.Generic;
using System.IO;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;

namespace Microsoft.ML.TargetProp.Build
{
    /// <summary>The result of <see cref="NativeCompat.Weaken"/>.</summary>
    public enum NativeCompatResult
    {
        /// <summary>The library does not request the version, or its request is already optional.</summary>
        NotNeeded,

        /// <summary>The request is now optional.</summary>
        Weakened,

        /// <summary>The library uses the version, or has an unknown format. It is unchanged.</summary>
        Refused,
    }

    /// <summary>
    /// Marks a Linux library's request for a version of another library as weak.
    /// <para>
    /// A shared library lists the versions that it needs of other libraries (DT_VERNEED). The loader rejects it if one of them is
    /// missing, unless the request has the flag VER_FLG_WEAK. With GCC 13, every program that includes &lt;iostream&gt; requests
    /// GLIBCXX_3.4.32, because it references _ZSt21ios_base_library_initv, an empty function. If this is the only symbol of the
    /// version, and no relocation refers to it, the library never calls code of that version. Setting the flag is then safe, and the
    /// library loads on systems with the C++ library of GCC 12.
    /// </para>
    /// The formats are those of the System V ABI and of GNU symbol versioning in the Linux Standard Base.
    /// </summary>
    public static class NativeCompat
    {
        /// <summary>The version that TorchSharp's library requests and older systems lack.</summary>
        public const string Version = "GLIBCXX_3.4.32";

        /// <summary>The only symbol of that version that may be referenced.</summary>
        public const string Symbol = "_ZSt21ios_base_library_initv";

        private const ushort WeakFlag = 2;

        /// <summary>Sets the flag in <paramref name="image"/>, the bytes of a shared library, if that is safe. Changes at most one bit.</summary>
        /// <param name="image">The library.</param>
        /// <param name="version">The version to make optional.</param>
        /// <param name="symbol">The only symbol that may be bound to the version.</param>
        /// <param name="reason">The reason for a refusal, or the empty string.</param>
        public static NativeCompatResult Weaken(byte[] image, string version, string symbol, out string reason)
        {
            reason = "";
            try
            {
                var library = new ElfLibrary(image);
                List<ElfLibrary.VersionRequest> requests = library.Requests().FindAll(r => r.Name == version);
                if (requests.TrueForAll(r => (r.Flags & WeakFlag) != 0))
                    return NativeCompatResult.NotNeeded;
                if (requests.Count > 1)
                {
                    reason = "it requests " + version + " of more than one library";
                    return NativeCompatResult.Refused;
                }

                var bound = library.UndefinedSymbolsOf(requests[0].Index);
                foreach (KeyValuePair<long, string> other in bound)
                {
                    if (other.Value == symbol)
                        continue;
                    reason = "it uses '" + other.Value + "' of " + version;
                    return NativeCompatResult.Refused;
                }
                foreach (long relocated in library.RelocatedSymbols())
                {
                    if (!bound.TryGetValue(relocated, out string? name))
                        continue;
                    reason = "a relocation refers to '" + name + "' of " + version;
                    return NativeCompatResult.Refused;
                }

                library.SetFlags(requests[0], (ushort)(requests[0].Flags | WeakFlag));
                return NativeCompatResult.Weakened;
            }
            catch (InvalidDataException e)
            {
                reason = e.Message;
                return NativeCompatResult.Refused;
            }
        }

        /// <summary>
        /// Asks the loader of this machine whether <paramref name="library"/> provides <paramref name="symbol"/> in
        /// <paramref name="version"/>. Null if the machine has no such library or no GNU loader.
        /// </summary>
        public static bool? SystemProvides(string library, string symbol, string version)
        {
            try
            {
                return Ask(InLibc.dlopen, InLibc.dlvsym);
            }
            catch (EntryPointNotFoundException)
            {
                // Before glibc 2.34, these functions are in libdl.
            }
            catch (DllNotFoundException)
            {
                return null;
            }
            try
            {
                return Ask(InLibdl.dlopen, InLibdl.dlvsym);
            }
            catch (Exception e) when (e is EntryPointNotFoundException || e is DllNotFoundException)
            {
                return null;
            }

            // The library stays loaded, because the .NET runtime uses it as well.
            bool? Ask(Func<string, int, IntPtr> open, Func<IntPtr, string, string, IntPtr> find)
            {
                const int lazy = 1;
                IntPtr handle = open(library, lazy);
                if (handle == IntPtr.Zero)
                    return null;
                return find(handle, symbol, version) != IntPtr.Zero;
            }
        }

        private static class InLibc
        {
            [DllImport("libc.so.6", BestFitMapping = false, ThrowOnUnmappableChar = true)]
            internal static extern IntPtr dlopen([MarshalAs(UnmanagedType.LPStr)] string file, int mode);

            [DllImport("libc.so.6", BestFitMapping = false, ThrowOnUnmappableChar = true)]
            internal static extern IntPtr dlvsym(IntPtr handle, [MarshalAs(UnmanagedType.LPStr)] string symbol, [MarshalAs(UnmanagedType.LPStr)] string version);
        }

        private static class InLibdl
        {
            [DllImport("libdl.so.2", BestFitMapping = false, ThrowOnUnmappableChar = true)]
            internal static extern IntPtr dlopen([MarshalAs(UnmanagedType.LPStr)] string file, int mode);

            [DllImport("libdl.so.2", BestFitMapping = false, ThrowOnUnmappableChar = true)]
            internal static extern IntPtr dlvsym(IntPtr handle, [MarshalAs(UnmanagedType.LPStr)] string symbol, [MarshalAs(UnmanagedType.LPStr)] string version);
        }
    }

    /// <summary>Reads the parts of a 64-bit little-endian ELF shared library that the loader uses.</summary>
    internal sealed class ElfLibrary
    {
        private const int NeededVersions = 0x6ffffffe, NeededVersionCount = 0x6fffffff, SymbolVersions = 0x6ffffff0, GnuHash = 0x6ffffef5,
            Hash = 4, Strings = 5, Symbols = 6, Relocations = 7, RelocationsSize = 8, ShortRelocations = 17, JumpsSize = 2, JumpsKind = 20, Jumps = 23;

        private const int SymbolWidth = 24, RelocationWidth = 24;

        private readonly byte[] _image;
        private readonly List<(long Address, long Offset, long Size)> _segments = new List<(long, long, long)>();
        private readonly Dictionary<long, long> _dynamic = new Dictionary<long, long>();

        internal ElfLibrary(byte[] image)
        {
            _image = image;
            if (image.Length < 64 || U32(0) != 0x464c457f || image[4] != 2 || image[5] != 1)
                throw new InvalidDataException("it is not a 64-bit little-endian ELF file");

            long headers = I64(0x20);
            int width = U16(0x36), count = U16(0x38);
            long dynamicAt = -1, dynamicSize = 0;
            for (int i = 0; i < count; i++)
            {
                long at = headers + (long)i * width;
                uint kind = U32(at);
                if (kind == 1)
                    _segments.Add((I64(at + 16), I64(at + 8), I64(at + 32)));
                else if (kind == 2)
                    (dynamicAt, dynamicSize) = (I64(at + 8), I64(at + 32));
            }
            if (dynamicAt < 0)
                throw new InvalidDataException("it is not a shared library");
            for (long at = dynamicAt; at < dynamicAt + dynamicSize && I64(at) != 0; at += 16)
                _dynamic[I64(at)] = I64(at + 8);
        }

        internal sealed class VersionRequest
        {
            internal VersionRequest(string name, int index, ushort flags, long flagsAt)
            {
                Name = name;
                Index = index;
                Flags = flags;
                FlagsAt = flagsAt;
            }

            internal string Name { get; }
            internal int Index { get; }
            internal ushort Flags { get; }
            internal long FlagsAt { get; }
        }

        /// <summary>The requested versions of other libraries.</summary>
        internal List<VersionRequest> Requests()
        {
            var requests = new List<VersionRequest>();
            if (!_dynamic.ContainsKey(NeededVersions))
                return requests;
            long need = Table(NeededVersions);
            for (long i = Value(NeededVersionCount); i > 0; i--)
            {
                long entry = need + U32(need + 8);
                for (int left = U16(need + 2); left > 0; left--)
                {
                    requests.Add(new VersionRequest(Text(U32(entry + 8)), U16(entry + 6), U16(entry + 4), entry + 4));
                    entry = Next(entry, U32(entry + 12), left);
                }
                need = Next(need, U32(need + 12), i);
            }
            return requests;
        }

        private static long Next(long at, uint step, long left)
            => step > 0 || left == 1 ? at + step : throw new InvalidDataException("its list of versions is truncated");

        internal void SetFlags(VersionRequest request, ushort flags)
        {
            _image[request.FlagsAt] = (byte)flags;
            _image[request.FlagsAt + 1] = (byte)(flags >> 8);
        }

        /// <summary>Numbers and names of the symbols that are bound to the version with this index.</summary>
        internal Dictionary<long, string> UndefinedSymbolsOf(int versionIndex)
        {
            var found = new Dictionary<long, string>();
            long versions = Table(SymbolVersions), symbols = Table(Symbols), count = UndefinedSymbolLimit();
            for (long i = 1; i < count; i++)
                if ((U16(versions + 2 * i) & 0x7fff) == versionIndex)
                    found.Add(i, Text(U32(symbols + SymbolWidth * i)));
            return found;
        }

        /// <summary>Undefined symbols have numbers below this. The GNU hash table holds only defined symbols, which come last.</summary>
        private long UndefinedSymbolLimit()
        {
            if (_dynamic.ContainsKey(GnuHash))
                return U32(Table(GnuHash) + 4);
            return U32(Table(Hash) + 4);
        }

        /// <summary>Numbers of the symbols that relocations refer to.</summary>
        internal IEnumerable<long> RelocatedSymbols()
        {
            if (_dynamic.ContainsKey(ShortRelocations) || (_dynamic.ContainsKey(JumpsKind) && Value(JumpsKind) != Relocations))
                throw new InvalidDataException("its relocations have an unsupported format");
            foreach ((int table, int size) in new[] { (Relocations, RelocationsSize), (Jumps, JumpsSize) })
            {
                if (!_dynamic.ContainsKey(table))
                    continue;
                long at = Table(table), end = at + Value(size);
                for (; at < end; at += RelocationWidth)
                    yield return U32(at + 12);
            }
        }

        private long Value(int tag)
            => _dynamic.TryGetValue(tag, out long value) ? value : throw new InvalidDataException("its dynamic section lacks entry " + tag);

        /// <summary>The file offset of a table whose address is in the dynamic section.</summary>
        private long Table(int tag)
        {
            long address = Value(tag);
            foreach ((long start, long offset, long size) in _segments)
                if (address >= start && address < start + size)
                    return address - start + offset;
            throw new InvalidDataException("an address in its dynamic section is outside all segments");
        }

        private string Text(long index)
        {
            long start = Table(Strings) + index, end = start;
            while (At(end, 1)[end] != 0)
                end++;
            return Encoding.ASCII.GetString(_image, (int)start, (int)(end - start));
        }

        private ushort U16(long at) => BitConverter.ToUInt16(At(at, 2), (int)at);
        private uint U32(long at) => BitConverter.ToUInt32(At(at, 4), (int)at);
        private long I64(long at) => BitConverter.ToInt64(At(at, 8), (int)at);

        private byte[] At(long at, int width)
            => at >= 0 && at <= _image.Length - width ? _image : throw new InvalidDataException("it is truncated or damaged");
    }

    /// <summary>Writes compatible copies of TorchSharp's Linux library and returns the items that they replace.</summary>
    public sealed class MakeNativeCompatible : Microsoft.Build.Utilities.Task
    {
        /// <summary>The original libraries.</summary>
        [Required]
        public ITaskItem[] Libraries { get; set; } = Array.Empty<ITaskItem>();

        /// <summary>The folder of the copies. Each keeps its subfolder in the output (DestinationSubDirectory).</summary>
        [Required]
        public string Directory { get; set; } = "";

        /// <summary>Whether to do nothing if this machine provides the version.</summary>
        public bool OnlyWhereNeeded { get; set; }

        /// <summary>The version to make optional.</summary>
        public string Version { get; set; } = NativeCompat.Version;

        /// <summary>The symbol that shows whether this machine provides the version, and the only one that may be bound to it.</summary>
        public string Symbol { get; set; } = NativeCompat.Symbol;

        /// <summary>The copies, with the metadata of the originals.</summary>
        [Output]
        public ITaskItem[] Copies { get; set; } = Array.Empty<ITaskItem>();

        /// <summary>The originals that have a copy.</summary>
        [Output]
        public ITaskItem[] Replaced { get; set; } = Array.Empty<ITaskItem>();

        /// <inheritdoc/>
        public override bool Execute()
        {
            if (OnlyWhereNeeded && NativeCompat.SystemProvides("libstdc++.so.6", Symbol, Version) != false)
            {
                Log.LogMessage(MessageImportance.Low, "This machine provides {0}, or its loader does not answer. Native libraries are not changed.", Version);
                return true;
            }

            var copies = new List<ITaskItem>();
            var replaced = new List<ITaskItem>();
            foreach (ITaskItem library in Libraries)
            {
                string path = library.GetMetadata("FullPath");
                string copy = Path.Combine(Directory, library.GetMetadata("DestinationSubDirectory"), Path.GetFileName(path));
                try
                {
                    byte[] image = File.ReadAllBytes(path);
                    switch (NativeCompat.Weaken(image, Version, Symbol, out string reason))
                    {
                        case NativeCompatResult.Weakened:
                            Replace(copy, image);
                            var item = new TaskItem(copy);
                            library.CopyMetadataTo(item);
                            copies.Add(item);
                            replaced.Add(library);
                            Log.LogMessage(MessageImportance.Low, "{0}: {1} made optional in {2}", path, Version, copy);
                            break;
                        case NativeCompatResult.Refused:
                            Log.LogWarning(null, "TPROP002", null, null, 0, 0, 0, 0,
                                "{0} is not changed, because {2}. It may not load on systems without {1}. "
                                + "To silence this warning, set TargetPropNativeCompat to 'never'.", path, Version, reason);
                            break;
                    }
                }
                catch (Exception e) when (e is IOException || e is UnauthorizedAccessException)
                {
                    Log.LogError(null, "TPROP003", null, null, 0, 0, 0, 0, "Cannot write {0}, the compatible copy of {1}: {2}", copy, path, e.Message);
                }
            }
            Copies = copies.ToArray();
            Replaced = replaced.ToArray();
            return !Log.HasLoggedErrors;
        }

        /// <summary>
        /// Does not touch a file with the same content, so that later build steps do not copy it again. Otherwise writes a temporary file
        /// and renames it, so that a concurrent build never reads a partial file.
        /// </summary>
        private static void Replace(string path, byte[] content)
        {
            if (File.Exists(path) && Same(File.ReadAllBytes(path), content))
                return;
            System.IO.Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            string temporary = path + "." + Guid.NewGuid().ToString("N") + ".tmp";
            File.WriteAllBytes(temporary, content);
            try
            {
                if (File.Exists(path))
                    File.Replace(temporary, path, null);
                else
                    File.Move(temporary, path);
            }
            catch (IOException) when (File.Exists(path) && Same(File.ReadAllBytes(path), content))
            {
                File.Delete(temporary); // a concurrent build has written the same bytes
            }
        }

        private static bool Same(byte[] a, byte[] b)
        {
            if (a.Length != b.Length)
                return false;
            for (int i = 0; i < a.Length; i++)
                if (a[i] != b[i])
                    return false;
            return true;
        }
    }
}
