// An exercise and its kinds, as values. Not here: judging answers (CheckOutcome), reading lesson.yaml (CheckReader).
import Languages

public struct Check: Sendable, Hashable, Identifiable {
  public let id: String
  public let ask: Prose
  public let kind: CheckKind
  /// Tried in order against a wrong answer; the first whose predicate holds is shown.
  public let reasons: [CheckReason]
  /// A nudge, where to look, the worked answer.
  public let hints: [CheckHint]
  /// Shown after success: why it works, and another way.
  public let why: Prose
  public let other: Prose?
}

public enum CheckKind: Sendable, Hashable {
  /// A number near the value of a query.
  case number(NumberCheck)
  /// A guess that must come before the reveal.
  case predict(PredictCheck)
  /// Facts of the lab and acts in the log.
  case goal(GoalCheck)
  /// A predicate on the run at the moment when the learner says "this is it".
  case trace(TracePredicate)
  /// One of several options.
  case choice([ChoiceOption])
  /// The text of a token.
  case token(TokenCheck)
}

public struct NumberCheck: Sendable, Hashable {
  public let expected: TraceQuery
  /// What the answer may be off: in its own unit, and as a share of the expected value; the larger of the two counts.
  public let tolerance: Double
  public let share: Double
}

public struct PredictCheck: Sendable, Hashable {
  public enum Guess: String, Sendable, Hashable, CaseIterable { case token, number }
  public let guess: Guess
  public let actual: TraceQuery
  /// Tokens to sample after the reveal.
  public let sampled: Int
}

public struct TokenCheck: Sendable, Hashable {
  /// The query of the most likely token: `top[position, 1].token`.
  public let expected: TraceQuery
}

/// Everything that is not nil must hold.
public struct GoalCheck: Sendable, Hashable {
  public var view: LabView?
  public var operation: String?
  public var layer: Int?
  public var head: Int?
  public var query: Int?
  public var key: Int?
  public var format: PromptFormat?
  /// Operations that the cursor has been on, in this order, others between them allowed.
  public var visited: [String] = []
  /// At least so many tokens sampled since the lesson was opened.
  public var sampled = 0
  /// The prompt must have been edited.
  public var ownPrompt = false
}

public struct ChoiceOption: Sendable, Hashable, Identifiable {
  public let id: String
  public let text: Prose
  public let isRight: Bool
  public let reason: Prose
}

/// A reason measured from a wrong answer: its prose may hold queries with `answer`.
public struct CheckReason: Sendable, Hashable {
  public let when: TracePredicate
  public let text: Prose
}

public struct CheckHint: Sendable, Hashable {
  public let text: Prose
  /// The pane moves there when the hint is opened.
  public let setup: LabSetup?
}

extension Check {
  /// The options in an order that depends on the seed alone.
  public func options(seed: UInt64) -> [ChoiceOption] {
    guard case .choice(let options) = kind else { return [] }
    var generator = SplitMix(state: id.utf8.reduce(seed) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 })
    return options.shuffled(using: &generator)
  }
}

/// SplitMix64 (Steele, Lea, Flood 2014): the same order on every machine.
struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
