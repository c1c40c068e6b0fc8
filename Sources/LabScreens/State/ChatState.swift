// What the chat view knows and where it stands: the conversation, the answer that is being written, input line, token cursor, the panel "why". Not here:
// what keys do (UpdateChat), drawing (ChatView), generating (ChatWork).
import Chat
import Inference
import Languages
import Terminal

public struct ChatState: Sendable {
  /// What takes the keys: the input line, or the messages with their token cursor.
  public enum Focus: Sendable, Hashable { case input, messages }

  /// An answer on its way.
  public struct Progress: Sendable {
    let request: Int
    /// The message that is answered.
    let parent: Int
    /// The message whose answer goes on; nil for a new one.
    let continuing: Int?
    let sampling: SamplingSettings
    /// nil until the prompt is known.
    var builder: AnswerBuilder?
  }

  /// The alternatives at one token of an answer.
  public struct Why: Sendable {
    let request: Int
    let message: Int
    let token: Int
    /// nil while the model computes them.
    var answer: WhyAnswer?
  }

  /// nil until the view was opened.
  public internal(set) var conversation: Conversation?
  /// Tokens of prompt and answer together.
  public internal(set) var contextLength = 0
  var concepts: ConceptIndex?
  /// What the course says about the concepts that were asked for, by the user's message.
  var courseTexts: [Int: CourseText] = [:]
  public internal(set) var showsCourse = true

  public internal(set) var focus = Focus.input
  public internal(set) var editor = LineEditor("")
  /// The user's message that is being put in other words.
  public internal(set) var editing: Int?
  /// $EDITOR has the input line's text.
  var isEditingOutside = false
  /// The message under the cursor; nil for the last.
  var message: Int?
  /// The token under the cursor in an answer.
  public internal(set) var token = 0

  public internal(set) var progress: Progress?
  public internal(set) var why: Why?
  /// The context is full: prompts would have to start at this message.
  public internal(set) var wouldStart: Int?
  /// Counts requests, so that an answer to an older one is recognised.
  var request = 0
  /// The view was opened and the conversation is on its way.
  var isOpening = false
  /// Enter was pressed before there was a conversation: the message goes when there is one, unless a key comes first.
  var sendsWhenOpen = false

  public init() {}

  public var isAnswering: Bool { progress != nil }

  /// The chosen path; while an answer goes on, without what it had.
  var path: [Message] { conversation?.path ?? [] }

  /// The message under the cursor.
  var current: Message? {
    let path = path
    return path.last { $0.id == message } ?? path.last
  }

  /// The answer under the cursor, as far as its tokens are known.
  var currentAnswer: (message: Message, record: AnswerRecord)? {
    guard let current, let record = current.answer, !record.ids.isEmpty, record.ids.count == record.parts.count else { return nil }
    return (current, record)
  }

  /// The last answer of the path, complete or not.
  var lastAnswer: Message? { path.last { $0.role == .assistant } }
}

/// What could have stood at a token.
public struct WhyAnswer: Sendable, Hashable {
  public struct Alternative: Sendable, Hashable {
    public let id: Int
    /// Of the model, before any filter.
    public let probability: Double
    /// Among what the filters left; nil where one cut it.
    public let kept: Double?
  }

  /// Most probable first.
  public let alternatives: [Alternative]
}
