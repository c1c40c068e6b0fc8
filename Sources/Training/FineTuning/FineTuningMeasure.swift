// What a model can before and after fine-tuning: answers to samples, loss on held-out examples, and the forgetting meter: loss on unrelated text.
import Inference
import ModelFiles
import Models
import Tensors
import Tokenization

/// Text that has nothing to do with the examples: what is lost on it is what fine-tuning made the model forget.
public struct UnrelatedText: Sendable {
  private let batches: [Batch]

  /// Passes measured at most.
  private static let limit = 200

  /// Held-out answers of the built-in corpus; nil for models that do not write Sprout's chats.
  public init?(_ corpus: Corpus, for model: LoadedModel) {
    let packing = Packing(model.tokenizer, context: model.transformer.configuration.contextLength)
    guard model.chatTemplate == .sprout, packing.missingToken == nil else { return nil }
    batches = packing.heldOut(corpus, limit: Self.limit)
    if batches.isEmpty { return nil }
  }

  /// A file or folder of texts or chats.
  public init(_ path: String, for model: LoadedModel, length: Int) throws(FileError) {
    let encoder = ExampleEncoder(model, length: length)
    var batches: [Batch] = []
    for example in try ExampleReading(path).examples { batches += try encoder.encoded(example).map(\.batch) }
    self.batches = batches.spread(Self.limit)
  }

  /// - Returns: nil when no token counts.
  public func loss(of transformer: Transformer, _ tokenizer: Tokenizer, isCancelled: () -> Bool = { false }) throws -> HeldOutLoss? {
    try HeldOutLoss.measure(transformer, tokenizer, batches, isCancelled: isCancelled)
  }
}

/// A model's answers and losses at one time.
public struct FineTuningMeasure: Sendable, Hashable {
  /// One a sample.
  public let answers: [String]
  /// On the held-out examples.
  public let validation: HeldOutLoss?
  /// On unrelated text.
  public let unrelated: HeldOutLoss?
}

extension FineTuning {
  /// Tokens of an answer to a sample.
  public static let answerTokens = 96

  /// Measures a model of this shape: the one before, or that of a run. Throws `Run.Cancelled`, and what generation throws.
  public func measure(
    _ transformer: Transformer, samples: [FineTuningSample], unrelated: UnrelatedText?, isCancelled: @escaping () -> Bool = { false }
  ) throws -> FineTuningMeasure {
    let longest = samples.map(\.ids.count).max() ?? 0
    let generator = Generator(
      model.with(transformer), contextLength: min(longest + Self.answerTokens, transformer.configuration.contextLength))
    var options = GenerationOptions()
    options.maxTokens = Self.answerTokens
    var answers: [String] = []
    for sample in samples {
      // A prompt as long as the context leaves no room to answer.
      let prompt = Array(sample.ids.suffix(max(1, generator.contextLength - 1)))
      let result = try generator.generate(prompt, options, isCancelled: isCancelled)
      if isCancelled() { throw Run.Cancelled() }
      answers.append(result.text)
    }
    return FineTuningMeasure(
      answers: answers,
      validation: try HeldOutLoss.measure(transformer, model.tokenizer, heldOut.spread(400), isCancelled: isCancelled),
      unrelated: try unrelated?.loss(of: transformer, model.tokenizer, isCancelled: isCancelled))
  }
}
