// Whole training steps of a recipe's shape on random tokens, for measuring: no corpus, no tokenizer's work. Not here: clocks, reports.
import Models
import Tokenization

/// Takes the trainer's own steps, so that what is measured is what training does.
public final class TrainingBenchmark {
  private let trainer: Trainer
  private let batch: Batch

  /// One batch of whole sequences as long as the recipe's context, drawn by its seed; every step sees it again.
  public init(_ recipe: Recipe) throws {
    let shape = recipe.shape
    // Only shapes and steps are looked at; the trainer needs some corpus and some tokenizer.
    let tokenizer = try BPETrainer.sprout(texts: [], vocabularySize: shape.vocabulary)
    trainer = Trainer(recipe, Corpus(), tokenizer)
    var random = RandomSource(seed: recipe.seed)
    let sequences = max(1, recipe.batchTokens / shape.context)
    let tokens = (0...sequences * shape.context).map { _ in Int32(random.below(shape.vocabulary)) }
    batch = Batch(
      inputs: Array(tokens.dropLast()), targets: Array(tokens.dropFirst()),
      weights: [Float](repeating: 1, count: sequences * shape.context),
      documents: [Int](repeating: shape.context, count: sequences))
  }

  public var tokensPerStep: Int { batch.inputs.count * trainer.recipe.batches }

  public var operationsPerToken: Double { trainer.recipe.operationsPerToken }

  /// One step: forward, backward, clip, update. Throws `Run.Cancelled` before it begins.
  public func step(isCancelled: () -> Bool = { false }) throws {
    if isCancelled() { throw Run.Cancelled() }
    _ = try trainer.advance(rate: trainer.recipe.rate(at: trainer.step)) { _ in batch }
  }
}
