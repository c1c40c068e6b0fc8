// What the learner did and what came of it: one append-only log, and the facts of the lab that checks look at. Pure values.
// Not here: judging them (CheckOutcome), keeping them (the store).

/// One act or result.
public enum LabEvent: Sendable, Hashable, Codable {
  case openedStep(lesson: String, step: String)
  case openedView(LabView)
  case movedCursor(LabCursor)
  case editedPrompt(String, PromptFormat)
  case changedSampler(SamplerFacts)
  /// A guess before something is shown; `check` is nil for guesses outside of checks.
  case guessed(check: String?, CheckAnswer)
  case revealed(check: String?)
  case sampled(token: Int, text: String, position: Int)
  case answered(check: String, CheckAnswer)
  /// Level 1 to 3.
  case usedHint(check: String, level: Int)
  case reset
}

/// What a learner can answer.
public enum CheckAnswer: Sendable, Hashable, Codable {
  case number(Double)
  case text(String)
  /// The id of an option.
  case choice(String)
  /// "This is it": the lab's state is the answer.
  case done
}

public struct SamplerFacts: Sendable, Hashable, Codable {
  public var temperature: Double
  public var topK: Int?
  public var topP: Double?
  public var minP: Double?
  public var seed: UInt64

  public init(temperature: Double = 0, topK: Int? = nil, topP: Double? = nil, minP: Double? = nil, seed: UInt64 = 0) {
    self.temperature = temperature
    self.topK = topK
    self.topP = topP
    self.minP = minP
    self.seed = seed
  }
}

/// The facts of the lab at one moment.
public struct LabState: Sendable, Hashable, Codable {
  public var lesson: String?
  public var step: String?
  public var view: LabView
  public var cursor: LabCursor
  public var prompt: String
  public var format: PromptFormat
  public var sampler: SamplerFacts
  /// Tokens sampled since the prompt was last set.
  public var sampledCount: Int

  public init(
    lesson: String? = nil, step: String? = nil, view: LabView = .stepper, cursor: LabCursor = LabCursor(), prompt: String = "",
    format: PromptFormat = .raw, sampler: SamplerFacts = SamplerFacts(), sampledCount: Int = 0
  ) {
    self.lesson = lesson
    self.step = step
    self.view = view
    self.cursor = cursor
    self.prompt = prompt
    self.format = format
    self.sampler = sampler
    self.sampledCount = sampledCount
  }

  /// The state after an event.
  public mutating func apply(_ event: LabEvent) {
    switch event {
    case .openedStep(let lesson, let step): (self.lesson, self.step) = (lesson, step)
    case .openedView(let view): self.view = view
    case .movedCursor(let cursor): self.cursor = cursor
    case .editedPrompt(let prompt, let format):
      (self.prompt, self.format) = (prompt, format)
      sampledCount = 0
    case .changedSampler(let sampler): self.sampler = sampler
    case .sampled: sampledCount += 1
    case .guessed, .revealed, .answered, .usedHint, .reset: break
    }
  }

  /// The state after a step's setup has been applied; `count` is the number of tokens of the prompt.
  public mutating func apply(_ setup: LabSetup, tokenCount count: Int) {
    if let prompt = setup.prompt {
      self.prompt = prompt
      sampledCount = 0
    }
    if let format = setup.format { self.format = format }
    if let view = setup.view { self.view = view }
    if let operation = setup.operation { cursor.operation = operation }
    if let layer = setup.layer { cursor.layer = layer }
    if let head = setup.head { cursor.head = head }
    func position(_ index: Int) -> Int { max(0, min(count - 1, index < 0 ? index + count : index)) }
    if let token = setup.token { cursor.query = position(token) }
    if let key = setup.key { cursor.key = position(key) }
  }
}
