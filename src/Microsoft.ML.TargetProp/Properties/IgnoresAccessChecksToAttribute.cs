namespace System.Runtime.CompilerServices;

/// <summary>
/// Tells the .NET runtime that this assembly may use the internal members of another one. The runtime knows the attribute by
/// this name but the class libraries do not declare it. eng/friend-access writes one for each assembly it prepares.
/// </summary>
[AttributeUsage(AttributeTargets.Assembly, AllowMultiple = true)]
internal sealed class IgnoresAccessChecksToAttribute(string assemblyName) : Attribute
{
    /// <summary>The simple name of the assembly whose internals are used.</summary>
    public string AssemblyName { get; } = assemblyName;
}
