using Mono.Cecil;
using Mono.Cecil.Cil;

namespace Microsoft.ML.TargetProp.Tests.Architecture;

/// <summary>A use of one type by another.</summary>
/// <param name="User">Full name of the using type.</param>
/// <param name="Folder">The folder of <paramref name="User"/> below the source root; empty at the root.</param>
/// <param name="Used">Full name of the used type.</param>
/// <param name="UsedFolder">The folder of <paramref name="Used"/>; null if it is in another assembly.</param>
/// <param name="UsedAssembly">The assembly of <paramref name="Used"/>; null if it is in this assembly.</param>
internal sealed record TypeUse(string User, string Folder, string Used, string? UsedFolder, string? UsedAssembly);

/// <summary>
/// Reads the type uses of a compiled assembly: base types, signatures, local variables, instructions, attributes, constraints and caught
/// exceptions.
/// </summary>
internal static class CompiledReferences
{
    /// <param name="assembly">Path of the .dll. Its .pdb is in the same folder.</param>
    /// <param name="sourceRoot">The part of a source path before the folder, for example "/src/Library/".</param>
    public static (IReadOnlyDictionary<string, string> Folders, IReadOnlyList<TypeUse> Uses) Read(string assembly, string sourceRoot)
    {
        using AssemblyDefinition definition = AssemblyDefinition.ReadAssembly(assembly);
        Dictionary<int, string> byToken = SourceFolders.Read(assembly, sourceRoot);
        TypeDefinition[] types = [.. definition.MainModule.Types.Where(t => byToken.ContainsKey(t.MetadataToken.ToInt32()))];
        Dictionary<string, string> folders = types.ToDictionary(t => t.FullName, t => byToken[t.MetadataToken.ToInt32()]);
        TypeUse[] uses =
        [
            .. types.SelectMany(t => Uses(t).SelectMany(Parts).Select(Outermost).DistinctBy(u => u.FullName)
                .Where(u => u.FullName != t.FullName)
                .Select(u => new TypeUse(
                    t.FullName, folders[t.FullName], u.FullName,
                    u.Scope is ModuleDefinition ? folders.GetValueOrDefault(u.FullName) : null,
                    u.Scope is AssemblyNameReference other ? other.Name : null))),
        ];
        return (folders, uses);
    }

    private static IEnumerable<TypeReference?> Uses(TypeDefinition type)
    {
        IEnumerable<TypeReference?> uses =
        [
            type.BaseType, .. type.Interfaces.Select(i => i.InterfaceType), .. type.Fields.Select(f => f.FieldType), .. type.Events.Select(e => e.EventType),
            .. Constraints(type), .. Attributes(type), .. type.Interfaces.SelectMany(Attributes), .. type.Fields.SelectMany(Attributes),
            .. type.Properties.SelectMany(Attributes), .. type.Events.SelectMany(Attributes), .. type.Methods.SelectMany(Uses),
        ];
        return uses.Concat(type.NestedTypes.SelectMany(Uses));
    }

    private static IEnumerable<TypeReference?> Uses(MethodDefinition method)
    {
        IEnumerable<TypeReference?> uses =
        [
            .. Signature(method), .. Constraints(method), .. Attributes(method), .. Attributes(method.MethodReturnType), .. method.Parameters.SelectMany(Attributes),
            .. method.Overrides.SelectMany(Signature),
        ];
        return !method.HasBody ? uses :
        [
            .. uses, .. method.Body.Variables.Select(v => v.VariableType), .. method.Body.ExceptionHandlers.Select(h => h.CatchType),
            .. method.Body.Instructions.SelectMany(Operand),
        ];
    }

    private static IEnumerable<TypeReference?> Operand(Instruction instruction) => instruction.Operand switch
    {
        TypeReference type => [type],
        FieldReference field => [field.DeclaringType, field.FieldType],
        MethodReference method => Signature(method),
        CallSite site => [site.ReturnType, .. site.Parameters.Select(p => p.ParameterType)],
        _ => [],
    };

    private static IEnumerable<TypeReference?> Signature(MethodReference method) =>
        [method.DeclaringType, method.ReturnType, .. method.Parameters.Select(p => p.ParameterType), .. method is GenericInstanceMethod generic ? generic.GenericArguments : []];

    private static IEnumerable<TypeReference?> Constraints(IGenericParameterProvider generic) =>
        generic.GenericParameters.SelectMany(p => p.Constraints.Select(c => c.ConstraintType).Concat(Attributes(p)));

    private static IEnumerable<TypeReference?> Attributes(ICustomAttributeProvider member) =>
        member.CustomAttributes.SelectMany(a => Signature(a.Constructor)
            .Concat(a.ConstructorArguments.Concat(a.Properties.Select(p => p.Argument)).Concat(a.Fields.Select(f => f.Argument)).SelectMany(Values)));

    private static IEnumerable<TypeReference?> Values(CustomAttributeArgument argument) => argument.Value switch
    {
        TypeReference type => [argument.Type, type],
        CustomAttributeArgument boxed => Values(boxed),
        CustomAttributeArgument[] several => several.SelectMany(Values),
        _ => [argument.Type],
    };

    /// <summary>The component types of an array, a pointer or a generic instance.</summary>
    private static IEnumerable<TypeReference> Parts(TypeReference? type) => type switch
    {
        null or GenericParameter => [],
        GenericInstanceType generic => Parts(generic.ElementType).Concat(generic.GenericArguments.SelectMany(Parts)),
        IModifierType modified => Parts(modified.ElementType).Concat(Parts(modified.ModifierType)),
        FunctionPointerType pointer => Parts(pointer.ReturnType).Concat(pointer.Parameters.SelectMany(p => Parts(p.ParameterType))),
        TypeSpecification constructed => Parts(constructed.ElementType),
        _ => [type],
    };

    private static TypeReference Outermost(TypeReference type) => type.DeclaringType is { } outer ? Outermost(outer) : type;
}
