// The records of the store as values. Not here: tables and queries (LabStore, StoreSchema).

/// Where a learner stands in a lesson.
public struct LessonProgress: Sendable, Hashable {
  public var lesson: String
  /// The step to resume at.
  public var step: String
  public var isCompleted: Bool
  /// Seconds since 1970.
  public var updated: Double

  public init(lesson: String, step: String, isCompleted: Bool = false, updated: Double) {
    self.lesson = lesson
    self.step = step
    self.isCompleted = isCompleted
    self.updated = updated
  }
}

/// What a learner has done with a check.
public struct CheckProgress: Sendable, Hashable {
  public var lesson: String
  public var check: String
  public var attempts: Int
  /// Highest hint opened, 0 to 3.
  public var hints: Int
  public var isPassed: Bool
  /// Best score so far, 1 for a pass without hints; nil before the first pass.
  public var best: Double?

  public init(lesson: String, check: String, attempts: Int = 0, hints: Int = 0, isPassed: Bool = false, best: Double? = nil) {
    self.lesson = lesson
    self.check = check
    self.attempts = attempts
    self.hints = hints
    self.isPassed = isPassed
    self.best = best
  }
}

/// One entry of the append-only log.
public struct LogRecord: Sendable, Hashable {
  public let id: Int64
  public let lesson: String
  public let time: Double
  /// The event as JSON, encoded by whoever knows its type.
  public let event: String
}

public struct PromptRecord: Sendable, Hashable {
  public let text: String
  public let format: String
  public let used: Double
}

/// A conversation without its messages.
public struct ConversationRecord: Sendable, Hashable {
  public var id: String
  public var title: String
  public var system: String
  /// The message that prompts begin with; nil for the first.
  public var promptStart: Int?
  /// Seconds since 1970.
  public var updated: Double
  /// How many messages there are; not written.
  public var messageCount = 0

  public init(id: String, title: String, system: String, promptStart: Int?, updated: Double) {
    (self.id, self.title, self.system, self.promptStart, self.updated) = (id, title, system, promptStart, updated)
  }
}

/// A node of a conversation's tree.
public struct MessageRecord: Sendable, Hashable {
  public var id: Int
  public var parent: Int?
  public var role: String
  public var text: String
  /// Whether the path through the tree goes through it.
  public var isChosen: Bool
  /// How a generated text came about, as JSON, encoded by whoever knows its type.
  public var answer: String?

  public init(id: Int, parent: Int?, role: String, text: String, isChosen: Bool, answer: String?) {
    (self.id, self.parent, self.role, self.text, self.isChosen, self.answer) = (id, parent, role, text, isChosen, answer)
  }
}
