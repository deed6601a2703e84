namespace Microsoft.ML.TargetProp.Samples;

/// <summary>An error that the user can correct. The samples print its message without a stack trace.</summary>
public sealed class SampleException : Exception
{
    /// <summary>Creates an exception without a message.</summary>
    public SampleException()
    {
    }

    /// <summary>Creates an exception with a message that says what was found and what to do.</summary>
    public SampleException(string message)
        : base(message)
    {
    }

    /// <summary>Creates an exception with a message and its cause.</summary>
    public SampleException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
