// Tools that a model calls in the middle of its own turn, as Sprout does: `<|tool|>calc 48*17<|result|>816`. The ids of the two control tokens
// count, never their spelling in text. Not here: the tools themselves (Calculator), tools that a client runs, the loop of generation (Generator).
import Languages
import Tokenization

/// What a tool says.
public struct ToolAnswer: Sendable, Hashable, Codable {
  /// What goes into the sequence after `<|result|>`.
  public let text: String
  /// Whether nothing was rounded.
  public let isExact: Bool
  /// Why there is no result; the text is then "error".
  public let failure: Bilingual?

  public init(text: String, isExact: Bool, failure: Bilingual? = nil) { (self.text, self.isExact, self.failure) = (text, isExact, failure) }
}

/// A tool that answers at once and cannot fail: what it cannot do is an answer too.
public protocol InlineTool: Sendable {
  /// The word after `<|tool|>`.
  var name: String { get }
  /// - Parameter arguments: what follows the name, as the model wrote it: any text.
  func answer(_ arguments: String) -> ToolAnswer
}

/// One call as it happened.
public struct ToolUse: Sendable, Hashable, Codable {
  /// Position of `<|tool|>` in the whole sequence.
  public let position: Int
  public let name: String
  public let arguments: String
  public let answer: ToolAnswer
  /// The tokens of the answer.
  public let ids: [Int]

  public init(position: Int, name: String, arguments: String, answer: ToolAnswer, ids: [Int]) {
    (self.position, self.name, self.arguments, self.answer, self.ids) = (position, name, arguments, answer, ids)
  }

  /// The use on one line.
  public var line: Bilingual {
    if let failure = answer.failure {
      return Bilingual(zh: "工具 \(name) \(arguments) → error（\(failure.zh)）", en: "tool \(name) \(arguments) → error (\(failure.en))")
    }
    let sign = answer.isExact ? "=" : "≈"
    return Bilingual(zh: "工具 \(name) \(arguments) \(sign) \(answer.text)", en: "tool \(name) \(arguments) \(sign) \(answer.text)")
  }
}

/// How a model calls tools, and which there are.
public struct ToolCalling: Sendable {
  public let callToken: Int
  public let resultToken: Int
  public let tools: [any InlineTool]
  /// Tokens of one call at most.
  public static let maximumTokens = 64

  public init(callToken: Int, resultToken: Int, tools: [any InlineTool] = [Calculator()]) {
    (self.callToken, self.resultToken, self.tools) = (callToken, resultToken, tools)
  }

  /// The answer to a call.
  /// - Parameter ids: what stands between the two control tokens.
  func use(_ ids: [Int], position: Int, _ tokenizer: Tokenizer) -> ToolUse {
    func use(_ name: String, _ arguments: String, _ answer: ToolAnswer) -> ToolUse {
      ToolUse(
        position: position, name: name, arguments: arguments, answer: answer,
        ids: tokenizer.encode([PromptSpan(answer.text, .tool)]).ids)
    }
    func refuse(_ name: String, _ arguments: String, zh: String, en: String) -> ToolUse {
      use(name, arguments, ToolAnswer(text: "error", isExact: true, failure: Bilingual(zh: zh, en: en)))
    }
    let text = tokenizer.decode(Array(ids.prefix(Self.maximumTokens)), skippingSpecial: true)
    let parts = text.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: true)
    let (name, arguments) = (String(parts.first ?? ""), String(parts.dropFirst().first ?? ""))
    if ids.count > Self.maximumTokens {
      return refuse(
        name, arguments, zh: "调用超过 \(Self.maximumTokens) 个 token", en: "the call has more than \(Self.maximumTokens) tokens")
    }
    if ids.contains(where: tokenizer.vocabulary.isSpecial) {
      return refuse(name, arguments, zh: "调用中夹有控制 token", en: "control tokens stand inside the call")
    }
    guard let tool = tools.first(where: { $0.name == name }) else {
      return refuse(name, arguments, zh: "没有这个工具", en: "there is no such tool")
    }
    return use(name, arguments, tool.answer(arguments))
  }
}

extension LoadedModel {
  /// The tools that this model was taught to call; nil for models with another template, whose calls are their client's business.
  public var toolCalling: ToolCalling? {
    guard chatTemplate == .sprout, let call = tokenizer.vocabulary.id(of: "<|tool|>"),
      let result = tokenizer.vocabulary.id(of: "<|result|>")
    else { return nil }
    return ToolCalling(callToken: call, resultToken: result)
  }
}

/// Follows a sequence token by token and says when a call is complete.
struct ToolCallReader {
  private let calling: ToolCalling
  private let tokenizer: Tokenizer
  /// Where the open call began and what it says so far.
  private(set) var open: (position: Int, ids: [Int])?

  init(_ calling: ToolCalling, _ tokenizer: Tokenizer) { (self.calling, self.tokenizer) = (calling, tokenizer) }

  /// - Parameter id: the token at `position`.
  /// - Returns: which part of the answer the token belongs to, and the use that it completes.
  mutating func append(_ id: Int, at position: Int) -> (part: GeneratedToken.Part, use: ToolUse?) {
    if id == calling.callToken {
      open = (position, [])
      return (.call, nil)
    }
    guard let call = open else { return (.answer, nil) }
    if id == calling.resultToken {
      open = nil
      return (.call, calling.use(call.ids, position: call.position, tokenizer))
    }
    open?.ids.append(id)
    return (.call, nil)
  }

  /// Reads a prompt, which may end inside a call, or right after one that still waits for its result.
  mutating func read(_ prompt: [Int]) -> ToolUse? {
    // What came before the last turn's end concerns nobody now.
    let start = prompt.lastIndex { tokenizer.eos.contains($0) }.map { $0 + 1 } ?? 0
    var last: ToolUse?
    for position in start..<prompt.count { last = append(prompt[position], at: position).use }
    return last
  }
}
