// What a step of a lesson asks of the lab: prompt, view, cursor, and what stays hidden until the learner has guessed.
// Not here: the lab.
import Languages

/// The views that a lesson can open.
public enum LabView: String, Sendable, Hashable, Codable, CaseIterable {
  case stepper, attention, heads, probabilities, text, weights, chat, training
}

public enum PromptFormat: String, Sendable, Hashable, Codable, CaseIterable {
  /// The text as it is; only the beginning-of-text token may be put in front.
  case raw
  /// As the user's turn in the chat template, with the answer about to begin.
  case chat
}

/// What a lesson can keep covered.
public enum LabCover: String, Sendable, Hashable, Codable, CaseIterable { case probabilities, pattern, sample }

/// `<!-- lab: step prompt="…" format=chat view=attention operation=attn.hook_pattern layer=1 head=2 token=-1 key=0
/// hide=probabilities until=first-guess -->`. What is absent stays as it is.
public struct LabSetup: Sendable, Hashable {
  public var prompt: String?
  public var format: PromptFormat?
  public var view: LabView?
  /// An operation of the stepper: see `LabCursor.operation`.
  public var operation: String?
  public var layer: Int?
  public var head: Int?
  /// Position of the token that is computed, and of the one it looks at; negative ones count from the end.
  public var token: Int?
  public var key: Int?
  /// Covered until the check `until` is passed (a prediction: revealed), or until the learner asks when `until` is nil.
  public var hide: LabCover?
  public var until: String?

  public init() {}

  static let maximumPromptBytes = 2000

  /// - Parameter word: the word that must follow the verb.
  init(_ directive: Directive, word: String = "step") throws(Directive.Mistake) {
    var reader = DirectiveReader(directive)
    guard directive.words.first == word else {
      throw Directive.Mistake(zh: "\(directive.verb) 之后应写 \(word)", en: "\(directive.verb) is followed by \(word)")
    }
    prompt = reader.text("prompt")
    if let prompt, prompt.isEmpty || prompt.utf8.count > Self.maximumPromptBytes {
      throw Directive.Mistake(zh: "提示词为空或太长", en: "the prompt is empty or too long")
    }
    format = try reader.choice("format", PromptFormat.self)
    if (format == nil) != (prompt == nil) {
      throw Directive.Mistake(zh: "prompt 和 format 要一起写", en: "prompt and format come together")
    }
    view = try reader.choice("view", LabView.self)
    operation = reader.text("operation")
    if let operation, !HookName.isOperation(operation) {
      throw Directive.Mistake(zh: "没有叫做 \(operation) 的运算", en: "there is no operation called \(operation)")
    }
    layer = try reader.integer("layer", in: 0...1023)
    head = try reader.integer("head", in: 0...1023)
    token = try reader.integer("token", in: -4096...4095)
    key = try reader.integer("key", in: -4096...4095)
    hide = try reader.choice("hide", LabCover.self)
    until = reader.text("until")
    if until != nil && hide == nil { throw Directive.Mistake(zh: "until 要和 hide 一起写", en: "until needs hide") }
    try reader.finish(words: 1)
  }
}

/// Something that the learner can start from the text with one key: `<!-- run: sample count=3 -->`, `<!-- run: show view=heads layer=1 -->`.
public enum LabRun: Sendable, Hashable {
  /// Sample so many tokens.
  case sample(count: Int)
  /// Move the pane there.
  case show(LabSetup)

  init(_ directive: Directive) throws(Directive.Mistake) {
    switch directive.words.first {
    case "sample":
      var reader = DirectiveReader(directive)
      self = .sample(count: try reader.integer("count", in: 1...64) ?? 1)
      try reader.finish(words: 1)
    case "show":
      self = .show(try LabSetup(directive, word: "show"))
    default: throw Directive.Mistake(zh: "run 之后应写 sample 或 show", en: "run is followed by sample or show")
    }
  }
}
