// Packing: presentations as tokens, targets and weights, one document after another. Not here: which presentations (Batches).
import Models
import Tokenization

/// Documents packed one after another; attention stays inside each.
struct Batch: Sendable, Hashable {
  var inputs: [Int32] = []
  /// The token after each input.
  var targets: [Int32] = []
  /// Weight of each target in the loss.
  var weights: [Float] = []
  /// Lengths of the documents.
  var documents: [Int] = []
}

/// Writes presentations in Sprout's chat format.
struct Packing: Sendable {
  let tokenizer: Tokenizer
  /// Tokens of a document at most.
  let context: Int
  private let template = ChatTemplate.sprout

  init(_ tokenizer: Tokenizer, context: Int) {
    self.tokenizer = tokenizer
    self.context = context
  }

  /// The first special token that the format needs and the tokenizer lacks.
  var missingToken: String? { ["<|bos|>", "<|user|>", "<|bot|>", "<|end|>"].first { tokenizer.vocabulary.id(of: $0) == nil } }

  /// One presentation as tokens.
  func encoded(_ presentation: Presentation) -> EncodedPrompt {
    switch presentation {
    case .text(let text):
      tokenizer.encode([PromptSpan("<|bos|>", .template), PromptSpan(text, .assistant), PromptSpan("<|end|>", .template)])
    case .chat(let messages): encoded(messages)
    case .drill(let items):
      tokenizer.encode(
        [PromptSpan("<|bos|>", .template)] + items.flatMap { [PromptSpan($0.question, .user), PromptSpan($0.answer, .assistant)] }
          + [PromptSpan("<|end|>", .template)])
    }
  }

  /// Sprout's template refuses no chat of a corpus; what is longer than a template may write counts as empty.
  private func encoded(_ messages: [ChatMessage]) -> EncodedPrompt {
    tokenizer.encode((try? template.render(messages: messages, addGenerationPrompt: false)) ?? [])
  }

  /// Adds a document, cut to the context length.
  func append(_ prompt: EncodedPrompt, promptLoss: Float, to batch: inout Batch) {
    let length = min(prompt.ids.count, context + 1)
    guard length > 1 else { return }
    // In a chat Sprout answers after <|bot|> and until <|end|>: those ends are its own words, and so is the call for a tool's answer. Text without a
    // chat is its own from the beginning. What users and tools say never is: it weighs as much as a prompt.
    let bot = tokenizer.vocabulary.id(of: "<|bot|>")
    let end = tokenizer.vocabulary.id(of: "<|end|>")
    let isChat = prompt.ids.contains { $0 == bot }
    var answering = !isChat
    for i in 0..<length - 1 {
      if prompt.ids[i] == bot { answering = true }
      let target = prompt.ids[i + 1]
      let isOwn = answering && prompt.provenances[i + 1] != .tool && prompt.provenances[i + 1] != .user
      batch.inputs.append(Int32(prompt.ids[i]))
      batch.targets.append(Int32(target))
      batch.weights.append(isOwn ? 1 : promptLoss)
      if target == end { answering = !isChat }
    }
    batch.documents.append(length - 1)
  }

  /// Held-out questions with their answers as one batch each, only answers counting. At most `limit`, spread evenly over the skills.
  func heldOut(_ corpus: Corpus, limit: Int) -> [Batch] {
    // As many of each skill, or the skill with most answers would speak for all.
    let known = corpus.probes(limit: max(1, limit / Probe.Skill.allCases.count)).compactMap { probe in
      probe.reference.map { (probe.question, $0) }
    }
    return known.spread(limit).compactMap { question, answer in
      var batch = Batch()
      append(encoded([ChatMessage(.user, question), ChatMessage(.assistant, answer)]), promptLoss: 0, to: &batch)
      // A question as long as the context leaves no answer to measure.
      return batch.weights.contains { $0 > 0 } ? batch : nil
    }
  }
}
