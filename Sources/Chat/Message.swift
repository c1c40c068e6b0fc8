// One message of a conversation, and how an answer came about. Not here: the tree (Conversation), prompts (ChatPrompt).
import Inference
import Tokenization

/// A node of the tree.
public struct Message: Sendable, Hashable {
  public enum Role: String, Sendable, Codable { case user, assistant }

  /// 1 for the first message of its conversation, and so on in the order of writing.
  public let id: Int
  /// The message that this one follows; nil at the beginning.
  public let parent: Int?
  public let role: Role
  public internal(set) var text: String
  /// What is known of a generated text.
  public internal(set) var answer: AnswerRecord?

  public init(id: Int, parent: Int?, role: Role, text: String, answer: AnswerRecord? = nil) {
    (self.id, self.parent, self.role, self.text, self.answer) = (id, parent, role, text, answer)
  }
}

/// Everything that makes an answer repeatable and explainable.
public struct AnswerRecord: Sendable, Hashable, Codable {
  /// The model's name.
  public var model: String
  /// The exact prompt.
  public var promptIds: [Int]
  /// Generated ids, calls and results of tools among them.
  public var ids: [Int] = []
  /// Who wrote each of the ids.
  public var parts: [GeneratedToken.Part] = []
  /// The model's own probability of each id, before any filter; of forced ids too.
  public var probabilities: [Double] = []
  public var uses: [ToolUse] = []
  /// With the seed.
  public var sampling: SamplingSettings
  /// nil while the answer is being written.
  public var finish: FinishReason?
  /// Tokens of the prompt that had to be read, because the cache did not hold them, and the seconds this took.
  public var prefilledTokens = 0
  public var promptSeconds = 0.0
  public var generationSeconds = 0.0

  public init(model: String, promptIds: [Int], sampling: SamplingSettings) {
    (self.model, self.promptIds, self.sampling) = (model, promptIds, sampling)
  }

  public var sequence: [Int] { promptIds + ids }
  /// Whether more could follow.
  public var isCut: Bool { finish != .stop }

  public var promptTokensPerSecond: Double { promptSeconds > 0 ? Double(prefilledTokens) / promptSeconds : 0 }
  public var tokensPerSecond: Double { generationSeconds > 0 ? Double(ids.count) / generationSeconds : 0 }

  /// The answer as messages of a chat template: words before a call, the call, its result, the words after it.
  func messages(_ text: String, _ tokenizer: Tokenizer) -> [ChatMessage] {
    guard !uses.isEmpty, ids.count == parts.count else { return [ChatMessage(.assistant, text)] }
    var messages: [ChatMessage] = []
    var start = 0
    func words(until end: Int) -> String {
      let range = (start..<max(start, end)).filter { parts[$0] == .answer }
      return tokenizer.decode(range.map { ids[$0] }, skippingSpecial: true)
    }
    for use in uses {
      let call = min(max(0, use.position - promptIds.count), ids.count)
      messages.append(
        ChatMessage(.assistant, words(until: call), toolCalls: [.init(name: use.name, arguments: .string(use.arguments))]))
      messages.append(ChatMessage(.tool, use.answer.text, name: use.name))
      start = call
    }
    return messages + [ChatMessage(.assistant, words(until: ids.count))]
  }
}

/// Follows a generation and holds the answer so far, so that whatever stops it, nothing that was seen is lost.
public struct AnswerBuilder: Sendable {
  public private(set) var record: AnswerRecord
  public private(set) var text: String
  private let earlier: AnswerRecord?
  private let cachedCount: Int
  private let earlierText: String

  /// - Parameters:
  ///   - cachedCount: tokens of the prompt that need not be computed (`Generator.cachedCount`).
  ///   - continuing: an answer that was cut, and its text: the new tokens come after it.
  public init(
    model: String, promptIds: [Int], sampling: SamplingSettings, cachedCount: Int = 0,
    continuing: (record: AnswerRecord, text: String)? = nil
  ) {
    record = continuing?.record ?? AnswerRecord(model: model, promptIds: promptIds, sampling: sampling)
    record.finish = nil
    self.cachedCount = cachedCount
    (earlier, earlierText) = (continuing?.record, continuing?.text ?? "")
    text = earlierText
  }

  public mutating func receive(_ event: GenerationEvent) {
    switch event {
    case .prefilled(let tokens, let seconds):
      record.prefilledTokens = max(0, tokens - cachedCount)
      record.promptSeconds = seconds
    case .token(let token):
      record.ids.append(token.id)
      record.parts.append(token.part)
      record.probabilities.append(token.choice.logprob.isFinite ? Exponential.of(token.choice.logprob) : 0)
      text += token.text
    case .tool(let use): record.uses.append(use)
    case .finished(let result):
      text = earlierText + result.text
      record.finish = result.finishReason
      record.generationSeconds = (earlier?.generationSeconds ?? 0) + result.timings.generationSeconds
    }
  }

  /// The answer was stopped before its end was heard of.
  public mutating func stop() { record.finish = record.finish ?? .cancelled }
}
