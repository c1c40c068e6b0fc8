// Loss on held-out answers, per token and per byte of text: what models with different vocabularies are compared by. Not here: greedy answers (Evaluator).
import Models
import Tensors
import Tokenization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The loss of a model on the answers to held-out questions.
public struct HeldOutLoss: Sendable, Hashable {
  /// Nats per token, the ends of answers included.
  public let nats: Double
  /// All of the loss over the bytes of the answers' text.
  public let bitsPerByte: Double

  /// Nil when the corpus holds no answers out, or when the tokenizer lacks the special tokens of Sprout's chats.
  /// - Parameter limit: questions at most.
  public static func measure(
    _ transformer: Transformer, _ tokenizer: Tokenizer, _ corpus: Corpus, limit: Int = 400, isCancelled: () -> Bool = { false }
  ) throws -> HeldOutLoss? {
    let packing = Packing(tokenizer, context: transformer.configuration.contextLength)
    guard packing.missingToken == nil else { return nil }
    return try measure(transformer, tokenizer, packing.heldOut(corpus, limit: limit), isCancelled: isCancelled)
  }

  /// The loss on batches; nil when no token of theirs counts.
  static func measure(
    _ transformer: Transformer, _ tokenizer: Tokenizer, _ batches: [Batch], isCancelled: () -> Bool = { false }
  ) throws -> HeldOutLoss? {
    var (nats, tokens, bytes) = (0.0, 0.0, 0)
    for batch in batches where batch.weights.contains(where: { $0 > 0 }) {
      if isCancelled() { throw Run.Cancelled() }
      let hidden = try transformer.hidden(batch.inputs, Run(documents: batch.documents))
      let loss = crossEntropy(transformer.unembed(hidden), targets: batch.targets, weights: batch.weights)
      let count = batch.weights.reduce(0) { $0 + Double($1) }
      nats += Double(loss[0]) * count
      tokens += count
      for (target, weight) in zip(batch.targets, batch.weights) where weight > 0 && !tokenizer.vocabulary.isSpecial(Int(target)) {
        bytes += tokenizer.bytes(of: Int(target)).count
      }
    }
    return tokens == 0 ? nil : HeldOutLoss(nats: nats / tokens, bitsPerByte: nats / log(2) / Double(max(1, bytes)))
  }
}
