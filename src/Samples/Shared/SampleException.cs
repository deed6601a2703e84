namespace Microsoft.ML.TargetProp.Samples;

/// <summary>Something that the person at the keyboard can put right. Programs print the message alone, without a stack trace.</summary>
public sealed class SampleException : Exception
{
    /// <summary>Makes an exception without a message.</summary>
    public SampleException()
    {
    }

    /// <summary>Makes an exception with a message that says what was found and what to do.</summary>
    public SampleException(string message)
        : base(message)
    {
    }

    /// <summary>Makes an exception with a message and its cause.</summary>
    public SampleException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
