using System.Runtime.CompilerServices;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.TargetProp.MLNet;
using Microsoft.ML.TargetProp.Supervised;
using Microsoft.ML.Trainers;

namespace Microsoft.ML.TargetProp;

/// <summary>
/// The base of <see cref="TargetPropMulticlassTrainer"/>, <see cref="TargetPropBinaryTrainer"/> and <see cref="TargetPropRegressionTrainer"/>, which
/// train a deep network by target propagation.
/// </summary>
/// <typeparam name="TTransformer">The transformer that <c>Fit</c> returns.</typeparam>
/// <typeparam name="TModel">The model of the transformer.</typeparam>
/// <typeparam name="TParameters">The model parameters that training can continue from.</typeparam>
public abstract class TargetPropTrainerBase<TTransformer, TModel, TParameters> : TrainerEstimatorBase<TTransformer, TModel>
    where TTransformer : ISingleFeaturePredictionTransformer<TModel>
    where TModel : class
    where TParameters : class
{
    private readonly TargetPropOptions _options;
    private readonly int _seed;
    private readonly OutputKind _output;

    private protected TargetPropTrainerBase(
        IHostEnvironment env, string name, TargetPropOptions options, OptionTable<TargetPropOptions> table, Func<string, SchemaShape.Column> makeLabel, OutputKind output)
        : base(Contracts.CheckRef(env, nameof(env)).Register(name),
            TrainerUtils.MakeR4VecFeature(table.Check(env, options).FeatureColumnName),
            makeLabel(options.LabelColumnName),
            TrainerUtils.MakeR4ScalarWeightColumn(options.ExampleWeightColumnName))
    {
        MLNetCompatibility.Check(Host);
        _options = options.Copy();
        _seed = options.Seed ?? Host.Rand.Next();
        _output = output;
    }

    /// <inheritdoc/>
    public override TrainerInfo Info { get; } = new(normalization: false, calibration: false, caching: true, supportValid: true, supportIncrementalTrain: true);

    /// <summary>Trains, and measures the validation rows after every epoch.</summary>
    /// <param name="trainData">The training rows.</param>
    /// <param name="validationData">The validation rows, with the same columns; null to use the validation rows of the options, if there are any.</param>
    [OverloadResolutionPriority(1)]
    public TTransformer Fit(IDataView trainData, IDataView? validationData) => TrainTransformer(trainData, validationData);

    /// <summary>Continues the training of a model, which may be a loaded one: its weights, feedback weights and encoding of the features.</summary>
    /// <param name="trainData">The training rows, with the features of the model and, for a classifier, its classes, in the same order.</param>
    /// <param name="modelParameters">
    /// The model to continue from; it does not change. For the binary trainer it is the <c>SubModel</c> of a transformer's <c>Model</c>.
    /// </param>
    /// <exception cref="InvalidOperationException">The model does not fit the data or the options.</exception>
    public TTransformer Fit(IDataView trainData, TParameters modelParameters) =>
        TrainTransformer(trainData, initPredictor: (IPredictor)Contracts.CheckRef(modelParameters, nameof(modelParameters)));

    /// <summary>
    /// Trains a network whose hidden layers start as the encoders of an auto-encoder, and its feedback maps as the decoders. All of them
    /// continue to learn. The standardisation of the auto-encoder is kept.
    /// </summary>
    /// <param name="trainData">The training rows, with the features that the auto-encoder encodes.</param>
    /// <param name="pretrained">
    /// The <c>Model</c> of a <see cref="TargetPropFeaturizerTransformer"/>, trained on these rows or on more rows without labels; it does not
    /// change. <see cref="TargetPropOptions.HiddenUnits"/> must be its layers or null, and the activations must be the same.
    /// </param>
    /// <exception cref="InvalidOperationException">The auto-encoder does not fit the data or the options.</exception>
    public TTransformer Fit(IDataView trainData, TargetPropAutoencoderModel pretrained)
    {
        Host.CheckValue(trainData, nameof(trainData));
        Host.CheckValue(pretrained, nameof(pretrained));
        GetOutputSchema(SchemaShape.Create(trainData.Schema));
        var (outputs, _) = Outputs(trainData.Schema[LabelColumn.Name]);
        var network = WarmStart.FromAutoencoder(pretrained.Snapshot, _options, _output, outputs, _seed);
        return TrainTransformer(trainData, initPredictor: (IPredictor)NewParameters([network], [], WarmStart.Summary(_options)));
    }

    /// <inheritdoc/>
    protected override TModel TrainModelCore(TrainContext trainContext)
    {
        Host.CheckValue(trainContext, nameof(trainContext));
        var training = new ClassifierTraining(Host, _options, _seed, _output);
        trainContext = training.WithValidation(trainContext, GetOutputSchema);
        var schema = trainContext.TrainingSet.Schema;
        var label = schema.Label!.Value;
        var (outputs, classNames) = Outputs(label);
        var start = (trainContext.InitialPredictor as IClassifierParameters)?.Classifier;
        if (start is not null)
            WarmStart.Check(Host, start, _options, schema.Feature!.Value.Type.GetVectorSize(), outputs, classNames);
        CheckSameClasses(trainContext.ValidationSet, label, classNames);
        var (members, summary) = training.Run(trainContext, outputs, start?.Members);
        return NewModel(NewParameters(members, classNames, summary));
    }

    /// <summary>The number of output units that a label column needs, and the names of its classes; no names when the column has none.</summary>
    private protected abstract (int Count, string[] ClassNames) Outputs(DataViewSchema.Column label);

    private protected abstract TParameters NewParameters(IReadOnlyList<NetworkSnapshot> members, IReadOnlyList<string> classNames, TargetPropTrainingSummary summary);

    private protected abstract TModel NewModel(TParameters parameters);

    private void CheckSameClasses(RoleMappedData? validation, DataViewSchema.Column label, string[] classNames)
    {
        if (validation?.Schema.Label is not { } other)
            return;
        var isSameType = other.Type.Equals(label.Type);
        if (!isSameType || !Outputs(other).ClassNames.SequenceEqual(classNames))
            throw Host.ExceptSchemaMismatch(nameof(validation), "label", label.Name,
                $"{label.Type}, with the classes of the training data in their order (transform both with the same MapValueToKey)",
                isSameType ? "other names or another order" : other.Type.ToString());
    }
}
