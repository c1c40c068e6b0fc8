// Whether a conversation still fits the context, and what would have to be left out if not. It only says so: nothing is dropped here. Not here: asking
// the user (the program, the screen).
import Inference

/// The room of a context.
public struct ContextBudget: Sendable, Hashable {
  /// Tokens of the prompt.
  public let used: Int
  /// Tokens of prompt and answer together.
  public let limit: Int
  /// Tokens that an answer should have.
  public let reserve: Int

  public init(used: Int, limit: Int, reserve: Int) { (self.used, self.limit, self.reserve) = (used, limit, reserve) }

  public var isFull: Bool { used + reserve > limit }

  /// A quarter of the context, 128 tokens at most.
  public static func reserve(limit: Int) -> Int { max(1, min(128, limit / 4)) }
}

/// What can be done with the next message.
public enum ContextPlan: Sendable, Hashable {
  case fits(ChatPrompt, ContextBudget)
  /// Too long as it is. Without these messages, the oldest exchanges, it fits; the prompt then starts at `start`.
  case full(ContextBudget, dropping: [Message], start: Int)
  /// Even the last message alone is too long.
  case hopeless(ContextBudget)
}

extension LoadedModel {
  /// - Parameters:
  ///   - path: ends with the user's message that is to be answered.
  ///   - limit: tokens of prompt and answer together (`Generator.contextLength`).
  public func plan(_ conversation: Conversation, _ path: [Message], limit: Int) -> ContextPlan {
    let reserve = ContextBudget.reserve(limit: limit)
    func budget(_ prompt: ChatPrompt) -> ContextBudget { ContextBudget(used: prompt.ids.count, limit: limit, reserve: reserve) }
    let prompted = conversation.prompted(path)
    let whole = prompt(prompted, system: conversation.system)
    if !budget(whole).isFull { return .fits(whole, budget(whole)) }
    // Exchanges begin with the user's messages.
    let starts = prompted.indices.dropFirst().filter { prompted[$0].role == .user }
    for start in starts where !budget(prompt(prompted[start...], system: conversation.system)).isFull {
      return .full(budget(whole), dropping: Array(prompted[..<start]), start: prompted[start].id)
    }
    return .hopeless(budget(whole))
  }
}
