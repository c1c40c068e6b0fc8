// What the tests of the chat view share: a lab with a chat, a keeper that remembers. Not here: tests.
import Assets
import Chat
import Inference
import Languages
import Synchronization
import Terminal
import Testing
import Tokenization

@testable import LabScreens

/// Remembers what it was asked to keep.
final class RememberingKeeper: ConversationKeeper, Sendable {
  private let kept = Mutex<[Conversation]>([])
  var saves: [Conversation] { kept.withLock { $0 } }

  func conversations(limit: Int) throws -> [ConversationSummary] {
    var latest: [String: Conversation] = [:]
    for conversation in saves { latest[conversation.id] = conversation }
    return latest.values.sorted { $0.title < $1.title }.map {
      ConversationSummary(id: $0.id, title: $0.title, messageCount: $0.messages.count, updated: 0)
    }
  }
  func conversation(_ id: String) throws -> Conversation? { saves.last { $0.id == id } }
  func save(_ conversation: Conversation, changed: Set<Int>) throws { kept.withLock { $0.append(conversation) } }
  func delete(conversation id: String) throws {}
}

enum ChatLab {
  static let small = Size(columns: 80, rows: 24)

  static func driver(
    _ keys: String = "", _ size: Size = small, _ language: Language = .en, keeper: (any ConversationKeeper)? = nil,
    theme: Theme = Theme(colorMode: .color256), corpus: String? = nil
  ) throws -> InlineDriver {
    var state = ScreenState(size: size, language: language, theme: theme)
    state.opensLessonByItself = false
    state.showsTimes = false
    let engine = LabEngine(courseFolder: "/nonexistent", keeper: nil, conversations: keeper, corpusFolder: corpus) { LessonLab.model }
    var driver = InlineDriver(state, engine)
    driver.send(try KeyScript.parse("7 " + keys))
    return driver
  }

  static func screen(_ keys: String, _ size: Size = small, _ language: Language = .en) throws -> String {
    try driver(keys, size, language).state.frame().plainText
  }

  /// A state with a question on its way to the engine, which has not begun.
  static func asked(_ text: String = "the cat") throws -> (state: ScreenState, request: Int) {
    var state = try driver().state
    _ = state.update(.input(.paste(text)))
    let effects = state.update(.input(.key(.enter)))
    guard case .chat(.save)? = effects.first, case .chat(.answer(let request, _, _))? = effects.last else {
      Issue.record("a question is kept, then answered")
      return (state, 0)
    }
    return (state, request)
  }

  static func token(_ id: Int, _ text: String, at position: Int, part: GeneratedToken.Part = .answer) -> GenerationEvent {
    var sampler = Sampler(.greedy)
    var logits = [Float](repeating: 0, count: 290)
    logits[id] = 3
    return .token(
      GeneratedToken(position: position, choice: sampler.choose(logits, recent: []), part: part, text: text, alternatives: []))
  }
}
