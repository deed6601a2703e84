using System.Buffers.Binary;
using Microsoft.Build.Utilities;
using Microsoft.ML.TargetProp.Build;
using Microsoft.ML.TargetProp.Tests.Supervised;

namespace Microsoft.ML.TargetProp.Tests.Packaging;

/// <summary>Tests the change of TorchSharp's Linux library for systems with an older C++ library.</summary>
public sealed class NativeCompatTests
{
    private static byte[] Original() => File.ReadAllBytes(Repository.OriginalNativeLibrary);

    private static NativeCompatResult Weaken(byte[] image, out string reason)
        => NativeCompat.Weaken(image, NativeCompat.Version, NativeCompat.Symbol, out reason);

    private static int[] Differences(byte[] a, byte[] b)
    {
        Assert.Equal(a.Length, b.Length);
        return [.. Enumerable.Range(0, a.Length).Where(i => a[i] != b[i])];
    }

    [Fact]
    public void Exactly_one_bit_changes()
    {
        byte[] original = Original(), image = Original();

        Assert.Equal(NativeCompatResult.Weakened, Weaken(image, out string reason));

        Assert.Equal("", reason);
        int at = Assert.Single(Differences(original, image));
        Assert.Equal(2, original[at] ^ image[at]); // VER_FLG_WEAK
        Assert.Equal(NativeCompatResult.NotNeeded, Weaken(image, out _));
        Assert.Equal([at], Differences(original, image));
    }

    [Fact]
    public void A_library_that_uses_another_symbol_of_the_version_is_refused()
    {
        byte[] image = Original();
        var elf = new ElfLibrary(image);
        int index = elf.Requests().Single(r => r.Name == NativeCompat.Version).Index;
        int other = elf.Requests().Single(r => r.Name == "GLIBCXX_3.4.30").Index;
        (long symbol, string name) = elf.UndefinedSymbolsOf(other).First();
        int versions = TableAt(image, 0x6ffffff0);
        BinaryPrimitives.WriteUInt16LittleEndian(image.AsSpan(versions + 2 * (int)symbol), (ushort)index);
        byte[] before = (byte[])image.Clone();

        Assert.Equal(NativeCompatResult.Refused, Weaken(image, out string reason));

        Assert.Contains(name, reason, StringComparison.Ordinal);
        Assert.Empty(Differences(before, image));
    }

    [Theory]
    [InlineData(7)]  // DT_RELA: addresses in data
    [InlineData(23)] // DT_JMPREL: calls
    public void A_library_that_calls_the_symbol_is_refused(int table)
    {
        byte[] image = Original();
        var elf = new ElfLibrary(image);
        long symbol = elf.UndefinedSymbolsOf(elf.Requests().Single(r => r.Name == NativeCompat.Version).Index).Single().Key;
        BinaryPrimitives.WriteUInt32LittleEndian(image.AsSpan(TableAt(image, table) + 12), (uint)symbol);
        byte[] before = (byte[])image.Clone();

        Assert.Equal(NativeCompatResult.Refused, Weaken(image, out string reason));

        Assert.Contains("relocation", reason, StringComparison.Ordinal);
        Assert.Contains(NativeCompat.Symbol, reason, StringComparison.Ordinal);
        Assert.Empty(Differences(before, image));
    }

    [Fact]
    public void A_library_that_does_not_request_the_version_is_not_changed()
    {
        byte[] image = Original();

        Assert.Equal(NativeCompatResult.NotNeeded, NativeCompat.Weaken(image, "GLIBCXX_9.9.9", NativeCompat.Symbol, out _));
        Assert.Empty(Differences(Original(), image));
    }

    [Fact]
    public void A_damaged_library_never_fails_the_build()
    {
        byte[] original = Original();
        foreach (int length in new[] { 0, 3, 63, 64, 500, 0x3f8f0, 0x3fb00, original.Length / 2 })
            Assert.Equal(NativeCompatResult.Refused, Weaken(original[..length], out _));

        // Random bytes in all parts that are read: headers, version lists, symbols and dynamic section.
        var random = new Random(1);
        int[] parts = [0, 64, TableAt(original, 0x6ffffffe), TableAt(original, 0x6ffffff0), TableAt(original, 6), DynamicAt(original)];
        foreach (int part in parts)
        {
            for (int i = 0; i < 100; i++)
            {
                byte[] image = (byte[])original.Clone();
                int at = part + random.Next(512);
                image[at] ^= (byte)(1 + random.Next(255));
                byte[] before = (byte[])image.Clone();
                NativeCompatResult result = Weaken(image, out _);
                Assert.Equal(result == NativeCompatResult.Weakened ? 1 : 0, before.AsSpan().CommonPrefixLength(image) < image.Length ? 1 : 0);
            }
        }
    }

    [LinuxFact]
    public void The_loader_of_this_machine_tells_whether_it_provides_a_version()
    {
        // The default constructor of std::string exists since GCC 3.4.
        Assert.True(NativeCompat.SystemProvides("libstdc++.so.6", "_ZNSsC1Ev", "GLIBCXX_3.4"));
        Assert.False(NativeCompat.SystemProvides("libstdc++.so.6", "_ZNSsC1Ev", "GLIBCXX_9.9.9"));
        Assert.Null(NativeCompat.SystemProvides("libdoesnotexist.so.1", "_ZNSsC1Ev", "GLIBCXX_3.4"));
    }

    [LinuxFact]
    public void Auto_makes_no_copy_on_a_machine_that_provides_the_version()
    {
        using var folder = new TemporaryFolder();
        MakeNativeCompatible task = NewTask(folder, new BuildLog());
        task.OnlyWhereNeeded = true;
        task.Version = "GLIBCXX_3.4";
        task.Symbol = "_ZNSsC1Ev";

        Assert.True(task.Execute());

        Assert.Empty(task.Copies);
        Assert.Empty(task.Replaced);
        Assert.False(Directory.Exists(task.Directory));
    }

    [LinuxFact]
    public void Auto_makes_a_copy_only_if_the_loader_lacks_the_version()
    {
        using var folder = new TemporaryFolder();
        MakeNativeCompatible task = NewTask(folder, new BuildLog());
        task.OnlyWhereNeeded = true;

        Assert.True(task.Execute());

        bool lacking = NativeCompat.SystemProvides("libstdc++.so.6", NativeCompat.Symbol, NativeCompat.Version) == false;
        Assert.Equal(lacking ? 1 : 0, task.Copies.Length);
    }

    [Fact]
    public void The_copy_keeps_the_metadata_and_the_original_is_not_changed()
    {
        using var folder = new TemporaryFolder();
        byte[] original = Original();
        MakeNativeCompatible task = NewTask(folder, new BuildLog());

        Assert.True(task.Execute());

        string copy = Path.Combine(folder["out"], "runtimes", "linux-x64", "native", "libLibTorchSharp.so");
        Assert.Equal(copy, Assert.Single(task.Copies).ItemSpec);
        Assert.Equal("kept", task.Copies[0].GetMetadata("Anything"));
        Assert.Equal(Repository.OriginalNativeLibrary, Assert.Single(task.Replaced).ItemSpec);
        Assert.Single(Differences(original, File.ReadAllBytes(copy)));
        Assert.Equal(original, Original());
        Assert.Equal([copy], Directory.GetFiles(folder["out"], "*", SearchOption.AllDirectories));

        // A second build does not touch the copy, so that later build steps do not copy it again.
        File.SetLastWriteTimeUtc(copy, new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        Assert.True(NewTask(folder, new BuildLog()).Execute());
        Assert.Equal(2020, File.GetLastWriteTimeUtc(copy).Year);
    }

    [Fact]
    public void Concurrent_builds_leave_one_complete_copy()
    {
        using var folder = new TemporaryFolder();
        Parallel.For(0, 16, _ => Assert.True(NewTask(folder, new BuildLog()).Execute()));

        string copy = Assert.Single(Directory.GetFiles(folder["out"], "*", SearchOption.AllDirectories));
        Assert.Single(Differences(Original(), File.ReadAllBytes(copy)));
    }

    [Fact]
    public void A_refusal_is_a_warning_with_the_reason_and_makes_no_copy()
    {
        using var folder = new TemporaryFolder();
        var log = new BuildLog();
        MakeNativeCompatible task = NewTask(folder, log);
        task.Symbol = "_ZNotTheOne";

        Assert.True(task.Execute());

        Assert.Empty(task.Copies);
        Assert.Empty(task.Replaced);
        string message = Assert.Single(log.Warnings).Message!;
        Assert.Contains(NativeCompat.Symbol, message, StringComparison.Ordinal);
        Assert.Contains(NativeCompat.Version, message, StringComparison.Ordinal);
        Assert.Equal("TPROP002", log.Warnings[0].Code);
    }

    private static MakeNativeCompatible NewTask(TemporaryFolder folder, BuildLog log)
    {
        var library = new TaskItem(Repository.OriginalNativeLibrary);
        library.SetMetadata("DestinationSubDirectory", "runtimes/linux-x64/native/");
        library.SetMetadata("Anything", "kept");
        return new MakeNativeCompatible { BuildEngine = log, Libraries = [library], Directory = folder["out"] };
    }

    /// <summary>The file offset of the dynamic section, from the program headers.</summary>
    private static int DynamicAt(byte[] image)
    {
        int headers = (int)BitConverter.ToInt64(image, 0x20);
        for (int i = 0; i < BitConverter.ToUInt16(image, 0x38); i++)
            if (BitConverter.ToUInt32(image, headers + 56 * i) == 2)
                return (int)BitConverter.ToInt64(image, headers + 56 * i + 8);
        throw new InvalidDataException("no dynamic section");
    }

    /// <summary>The file offset of a table in the dynamic section. All tables are in the first segment, where the offset equals the address.</summary>
    private static int TableAt(byte[] image, long tag)
    {
        for (int at = DynamicAt(image); ; at += 16)
            if (BitConverter.ToInt64(image, at) == tag)
                return (int)BitConverter.ToInt64(image, at + 8);
    }
}

/// <summary>A test that runs only on Linux.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class LinuxFactAttribute : FactAttribute
{
    public LinuxFactAttribute()
    {
        if (!OperatingSystem.IsLinux())
            Skip = "This test runs only on Linux.";
    }
}
