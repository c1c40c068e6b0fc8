// Batches: documents drawn from the corpus by the mixture and packed whole. A batch is a pure function of seed and number, so resuming needs no state.
import Models
import Tokenization

/// Documents packed one after another; attention stays inside each.
struct Batch: Sendable {
  var inputs: [Int32] = []
  /// The token after each input.
  var targets: [Int32] = []
  /// Weight of each target in the loss.
  var weights: [Float] = []
  /// Lengths of the documents.
  var documents: [Int] = []
}

/// Draws presentations and packs them.
struct BatchSource: Sendable {
  let corpus: Corpus
  let tokenizer: Tokenizer
  let recipe: Recipe
  private let template = ChatTemplate.sprout

  init(_ corpus: Corpus, _ tokenizer: Tokenizer, _ recipe: Recipe) {
    self.corpus = corpus
    self.tokenizer = tokenizer
    self.recipe = recipe
  }

  /// Throws when corpus, tokenizer and recipe do not belong together.
  func check() throws(TrainingError) {
    if tokenizer.vocabulary.count > recipe.shape.vocabulary {
      throw .vocabularyTooLarge(tokenizer: tokenizer.vocabulary.count, model: recipe.shape.vocabulary)
    }
    for token in ["<|bos|>", "<|user|>", "<|bot|>", "<|end|>"] where tokenizer.vocabulary.id(of: token) == nil {
      throw .missingSpecialToken(token)
    }
    for (i, stage) in recipe.stages.enumerated() where parts(of: stage).isEmpty { throw .emptyMixture(stage: i + 1) }
  }

  /// The parts that a stage draws from, with their weights. Only parts that exist count; the order is the corpus', not the dictionary's.
  private func parts(of stage: Recipe.Stage) -> [(items: [Corpus.Item], weight: Double)] {
    corpus.parts.compactMap { part in stage.mixture[part.name].map { (part.items, $0) } }
  }

  /// The batch of one pass of one step. Recipe and corpus must have passed `check`.
  func batch(step: Int, pass: Int) -> Batch {
    var random = RandomSource(seed: recipe.seed &+ UInt64(step) &* 0x1_0000_0001 &+ UInt64(pass) &* 0x9E37_79B9)
    let stage = recipe.stage(at: step)
    let parts = parts(of: stage)
    let total = parts.reduce(0) { $0 + $1.1 }
    var batch = Batch()
    while batch.inputs.count < recipe.batchTokens {
      var point = random.uniform() * total
      let items =
        parts.first { part in
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
      encoded([
        ChatMessage(.user, exchange.questions[random.below(exchange.questions.count)]),
        ChatMessage(.assistant, exchange.answers[random.below(exchange.answers.count)]),
      ])
    case .conversation(let messages): encoded(messages)
    }
  }

  /// Sprout's template refuses no chat of a corpus; what is longer than a template may write counts as empty.
  private func encoded(_ messages: [ChatMessage]) -> EncodedPrompt {
    tokenizer.encode((try? template.render(messages: messages, addGenerationPrompt: false)) ?? [])
  }

  /// Adds a document, cut to the context length.
  private func append(_ prompt: EncodedPrompt, promptLoss: Float, to batch: inout Batch) {
    let length = min(prompt.ids.count, recipe.shape.context + 1)
    guard length > 1 else { return }
    // Sprout answers after <|bot|> and until <|end|>: those ends are its own words. <|result|> and what a tool says after it are not, though they
    // stand inside an answer: they weigh as much as a prompt.
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

  /// Held-out exchanges as one batch each, answers only counting: for evaluation. At most `limit`, spread evenly over the corpus.
  func evaluationBatches(limit: Int) -> [Batch] {
    let count = min(limit, corpus.heldOut.count)
    return (0..<count).compactMap { i in
      let exchange = corpus.heldOut[i * corpus.heldOut.count / count]
      var batch = Batch()
      append(
        encoded([ChatMessage(.user, exchange.questions[0]), ChatMessage(.assistant, exchange.answers[0])]), promptLoss: 0, to: &batch)
      // A question as long as the context leaves no answer to measure.
      return batch.weights.contains { $0 > 0 } ? batch : nil
    }
  }
}
