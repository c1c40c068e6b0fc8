// Batches: documents drawn from the corpus by the mixture and packed whole. A batch is a pure function of seed and number, so resuming needs no state.
import Models
import Tokenization

/// Documents packed one after another; attention stays inside each.
public struct Batch: Sendable {
  public var inputs: [Int32] = []
  /// The token after each input.
  public var targets: [Int32] = []
  /// Weight of each target in the loss.
  public var weights: [Float] = []
  /// Lengths of the documents.
  public var documents: [Int] = []
}

/// Draws presentations and packs them.
public struct BatchSource: Sendable {
  let corpus: Corpus
  let tokenizer: Tokenizer
  let recipe: Recipe
  private let template = ChatTemplate.sprout

  public init(_ corpus: Corpus, _ tokenizer: Tokenizer, _ recipe: Recipe) {
    self.corpus = corpus
    self.tokenizer = tokenizer
    self.recipe = recipe
  }

  /// The batch of one pass of one step.
  public func batch(step: Int, pass: Int) -> Batch {
    var random = RandomSource(seed: recipe.seed &+ UInt64(step) &* 0x1_0000_0001 &+ UInt64(pass) &* 0x9E37_79B9)
    let stage = recipe.stage(at: step)
    // Only parts that exist count; the order is the corpus', not the dictionary's.
    let parts = corpus.parts.compactMap { part in stage.mixture[part.name].map { (part.items, $0) } }
    let total = parts.reduce(0) { $0 + $1.1 }
    var batch = Batch()
    while batch.inputs.count < recipe.batchTokens {
      var point = random.uniform() * total
      let items = parts.first { part in
        point -= part.1
        return point < 0
      }?.0 ?? parts[parts.count - 1].0
      append(present(items[random.below(items.count)], &random), promptLoss: Float(stage.promptLoss), to: &batch)
    }
    return batch
  }

  /// One presentation as tokens.
  private func present(_ item: Corpus.Item, _ random: inout RandomSource) -> EncodedPrompt {
    switch item {
    case .text(let text):
      tokenizer.encode([PromptSpan("<|bos|>", .template), PromptSpan(text, .assistant), PromptSpan("<|end|>", .template)])
    case .exchange(let exchange):
      tokenizer.encode(
        template.render(
          messages: [
            ChatMessage(.user, exchange.questions[random.below(exchange.questions.count)]),
            ChatMessage(.assistant, exchange.answers[random.below(exchange.answers.count)]),
          ], addGenerationPrompt: false))
    case .conversation(let messages):
      tokenizer.encode(template.render(messages: messages, addGenerationPrompt: false))
    }
  }

  /// Adds a document, cut to the context length.
  private func append(_ prompt: EncodedPrompt, promptLoss: Float, to batch: inout Batch) {
    let length = min(prompt.ids.count, recipe.shape.context + 1)
    guard length > 1 else { return }
    // Sprout answers after <|bot|> and until <|end|>: those ends are its own words.
    var answering = prompt.provenances.contains(.user) == false
    let bot = tokenizer.vocabulary.id(of: "<|bot|>")
    let end = tokenizer.vocabulary.id(of: "<|end|>")
    let result = tokenizer.vocabulary.id(of: "<|result|>")
    for i in 0..<length - 1 {
      if prompt.ids[i] == bot { answering = true }
      let target = prompt.ids[i + 1]
      let isOwn = answering && prompt.provenances[i + 1] != .tool && target != result
      batch.inputs.append(Int32(prompt.ids[i]))
      batch.targets.append(Int32(target))
      batch.weights.append(isOwn ? 1 : promptLoss)
      if target == end { answering = prompt.provenances.contains(.user) == false }
    }
    batch.documents.append(length - 1)
  }

  /// Held-out exchanges as one batch each, answers only counting: for evaluation.
  public func evaluationBatches(limit: Int) -> [Batch] {
    corpus.heldOut.prefix(limit).map { exchange in
      var batch = Batch()
      let spans = template.render(
        messages: [ChatMessage(.user, exchange.questions[0]), ChatMessage(.assistant, exchange.answers[0])], addGenerationPrompt: false)
      append(tokenizer.encode(spans), promptLoss: 0, to: &batch)
      return batch
    }
  }
}
