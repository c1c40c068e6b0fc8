// The chat view by keys: sending, streaming, stopping, branches, why, the stepper, what is kept; whole frames at every size, language and glyph mode.
// Not here: trees and prompts (ChatTests).
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

@Suite struct ChatViewTests {
  @Test func theFirstSightSaysWhatToExpect() throws {
    let screen = try ChatLab.screen("")
    for text in ["[7 chat]", "Sprout knows course concepts", "You could try", "What is 48 times 17?", "context", "0/256", "Ctrl-J newline"]
    {
      #expect(screen.contains(text), "\(text)")
    }
    #expect(!screen.contains("? help"), "letters are letters in a text field")
  }

  @Test func aQuestionIsAnsweredAndKept() throws {
    let keeper = RememberingKeeper()
    let state = try ChatLab.driver("\"the cat\" Enter", keeper: keeper).state
    let conversation = try #require(state.chat.conversation)
    #expect(conversation.path.map(\.role) == [.user, .assistant] && !state.chat.isAnswering && state.chat.editor.isEmpty)
    // The question before its answer came, then both.
    #expect(keeper.saves.map(\.messages.count) == [1, 2] && keeper.saves.last == conversation)
    let record = try #require(conversation.path[1].answer)
    #expect(record.promptIds == [0, 2] + LessonLab.model.tokenizer.encode("the cat") + [1, 3])
    // The same as the generator says.
    var options = GenerationOptions()
    (options.sampling, options.tools) = (.lively, LessonLab.model.toolCalling)
    let expected = try Generator(LessonLab.model).generate(record.promptIds, options)
    #expect(record.ids == expected.ids && conversation.path[1].text == expected.text)
  }

  @Test func aMessageThatCameTooEarlyGoesWhenItCan() throws {
    var state = ScreenState(size: ChatLab.small, language: .en, theme: Theme(colorMode: .none))
    _ = state.update(.command(.viewChat))
    for key in [Key.character("h"), .character("i"), .enter] { #expect(state.update(.input(.key(key))).isEmpty) }
    let effects = state.update(.engine(.loaded(LessonLab.model)))
    #expect(effects.contains { if case .chat(.open) = $0 { true } else { false } })
    var other = state
    let sent = state.update(.engine(.chat(.opened(Conversation(id: "t"), nil, contextLength: 256))))
    #expect(sent.count == 2 && state.chat.path.first?.text == "hi" && state.chat.isAnswering)
    // A key before that takes it back.
    _ = other.update(.input(.key(.character("!"))))
    #expect(other.update(.engine(.chat(.opened(Conversation(id: "t"), nil, contextLength: 256)))).isEmpty)
    #expect(other.chat.editor.text == "hi!")
  }

  @Test func streamingIsSeenAndEscKeepsTheText() throws {
    var (state, request) = try ChatLab.asked()
    #expect(state.frame().plainText.contains("answering, Esc stops"))
    _ = state.update(.engine(.chat(.begun(request: request, prompt: [0, 2, 1, 3], cachedCount: 0, problems: []))))
    _ = state.update(.engine(.chat(.event(request: request, .prefilled(tokens: 4, seconds: 0.1)))))
    for (index, text) in ["so", " it", " goes"].enumerated() {
      let id = try #require(LessonLab.model.tokenizer.encode(text).first)
      _ = state.update(.engine(.chat(.event(request: request, ChatLab.token(id, text, at: 4 + index)))))
    }
    #expect(state.chat.path.count == 1)
    let effects = state.update(.input(.key(.escape)))
    guard case .cancel? = effects.first, case .chat(.save(let kept, _))? = effects.last else {
      Issue.record("Esc cancels, then keeps")
      return
    }
    #expect(kept.path.last?.text == "so it goes" && kept.path.last?.answer?.finish == .cancelled && !state.chat.isAnswering)
    // What comes too late changes nothing.
    _ = state.update(.engine(.chat(.event(request: request, ChatLab.token(40, "x", at: 7)))))
    #expect(state.chat.path.last?.text == "so it goes")
    #expect(state.frame().plainText.contains("[stopped, c goes on]"))
  }

  @Test func ctrlCStopsFirstAndLeavesSecond() throws {
    var (state, request) = try ChatLab.asked()
    _ = state.update(.engine(.chat(.begun(request: request, prompt: [0, 2, 1, 3], cachedCount: 0, problems: []))))
    _ = state.update(.engine(.chat(.event(request: request, ChatLab.token(40, "so", at: 4)))))
    _ = state.update(.input(.key(.control("c"))))
    #expect(!state.chat.isAnswering && state.chat.path.last?.text == "so" && !state.isLeaving)
    _ = state.update(.input(.key(.control("c"))))
    #expect(state.isLeaving && state.isInterrupted)
  }

  @Test func anErrorKeepsWhatThereWas() throws {
    var (state, request) = try ChatLab.asked()
    _ = state.update(.engine(.chat(.begun(request: request, prompt: [0, 2, 1, 3], cachedCount: 0, problems: []))))
    _ = state.update(.engine(.chat(.event(request: request, ChatLab.token(40, "so", at: 4)))))
    _ = state.update(.engine(.chat(.failed(request: request, Bilingual(zh: "坏了", en: "broken")))))
    #expect(state.chat.path.last?.text == "so" && !state.chat.isAnswering && state.notice?.kind == .failure)
  }

  // MARK: Branches

  @Test func regeneratingAndEditingAddBranches() throws {
    var driver = try ChatLab.driver("\"the cat\" Enter Esc r")
    var conversation = try #require(driver.state.chat.conversation)
    #expect(conversation.messages.count == 3 && conversation.siblings(of: 2).map(\.id) == [2, 3])
    #expect(conversation.messages.compactMap { $0.answer?.sampling.seed } == [0, 1] && driver.state.sampling.seed == 0)
    #expect(driver.state.frame().plainText.contains("<2/2>"))
    driver.send(try KeyScript.parse("<"))
    #expect(driver.state.chat.current?.id == 2 && driver.state.frame().plainText.contains("<1/2>"))
    driver.send(try KeyScript.parse("< >"))
    #expect(driver.state.chat.current?.id == 3)
    driver.send(try KeyScript.parse("e C-u \"the mat\" Enter"))
    conversation = try #require(driver.state.chat.conversation)
    #expect(conversation.path.map(\.id) == [4, 5] && conversation.path[0].text == "the mat" && conversation.messages.count == 5)
    driver.send(try KeyScript.parse("Esc Up <"))
    #expect(driver.state.chat.path.map(\.id) == [1, 3])
  }

  @Test func besideALessonTheKeysAreTheChats() throws {
    let state = try LessonLab.driver("7 q u i t Enter", Size(columns: 160, rows: 50), .en).state
    #expect(state.chat.path.first?.text == "quit" && !state.isLeaving && state.lesson != nil)
    #expect(try LessonLab.driver("7 Tab Right", Size(columns: 160, rows: 50), .en).state.stepIndex == 1)
  }

  @Test func escGivesUpEditing() throws {
    let state = try ChatLab.driver("\"the cat\" Enter Esc e x Esc").state
    #expect(state.chat.editing == nil && state.chat.editor.isEmpty && state.chat.conversation?.messages.count == 2)
  }

  @Test func oldChatsOpenAgain() throws {
    let keeper = RememberingKeeper()
    let keys = "\"the cat\" Enter Esc N \"the mat\" Enter Esc O"
    let listed = try ChatLab.driver(keys, keeper: keeper).state
    let screen = listed.frame().plainText
    #expect(screen.contains("Old chats") && screen.contains("the cat") && screen.contains("2 messages"), "\(screen)")
    for size in LessonLab.sizes {
      #expect(LessonLab.brokenCells(try ChatLab.driver(keys, size, .zh, keeper: RememberingKeeper()).state.frame()) == [])
    }
    // The first of the list is the cat's; what is added goes into it.
    let state = try ChatLab.driver(keys + " Enter \"more\" Enter", keeper: RememberingKeeper()).state
    #expect(state.chat.path.filter { $0.role == .user }.map(\.text) == ["the cat", "more"])
    #expect(try ChatLab.driver("Esc O").state.notice != nil)
  }

  // MARK: The input line

  @Test func aPasteNeverSends() throws {
    var driver = try ChatLab.driver()
    driver.send([.paste("line one\nq\n/exit\n")])
    #expect(driver.state.chat.conversation?.isEmpty == true && driver.state.chat.editor.text == "line one\nq\n/exit\n")
    #expect(!driver.state.isLeaving)
  }

  @Test(arguments: [("a C-j b Enter", "a\nb"), ("q u i t Enter", "quit"), ("/ / x Enter", "/x"), ("1 2 3 Enter", "123")])
  func typing(_ keys: String, _ text: String) throws {
    let state = try ChatLab.driver(keys).state
    #expect(state.chat.conversation?.messages.first?.text == text && state.view == .chat && !state.isLeaving)
  }

  @Test func theEditorOutsideGivesItsTextBack() throws {
    var state = try ChatLab.driver("\"the cat\"").state
    let effects = state.update(.input(.key(.control("g"))))
    guard case .editExternally("the cat")? = effects.first else { Issue.record("no editor"); return }
    _ = state.update(.edited(.success("a\nb")))
    #expect(state.chat.editor.text == "a\nb" && state.overlay == nil && state.chat.conversation?.isEmpty == true)
  }

  @Test func historyAndSearch() throws {
    #expect(try ChatLab.driver("\"the cat\" Enter Up").state.chat.editor.text == "the cat")
    #expect(try ChatLab.driver("\"the cat\" Enter C-r m Esc").state.chat.editor.search == nil)
  }

  @Test(arguments: [
    ("/help", \ScreenState.overlay), ("/course", \.overlay),
  ])
  func slashCommandsAreCommands(_ line: String, _ overlay: KeyPath<ScreenState, Overlay?> & Sendable) throws {
    let state = try ChatLab.driver("\"\(line)\" Enter").state
    #expect((state[keyPath: overlay] != nil) == (line == "/help"))
    #expect(state.chat.conversation?.isEmpty == true)
  }

  @Test func moreSlashCommands() throws {
    #expect(try ChatLab.driver("\"/nothing\" Enter").state.notice?.kind == .failure)
    #expect(try ChatLab.driver("\"/trace\" Enter").state.notice?.text.en.contains("llmlab chat") == true)
    #expect(try ChatLab.driver("\"/exit\" Enter").state.isLeaving)
    #expect(try ChatLab.driver("\"/set temperature 0.3\" Enter").state.sampling.temperature == 0.3)
    #expect(try ChatLab.driver("\"/system be short\" Enter").state.chat.conversation?.system == "be short")
    #expect(try ChatLab.driver("\"the cat\" Enter \"/why 1\" Enter").state.chat.why?.token == 0)
    let fresh = try ChatLab.driver("\"the cat\" Enter \"/clear\" Enter").state
    #expect(fresh.chat.conversation?.isEmpty == true)
    #expect(try ChatLab.driver("\"the cat\" Enter \"/edit the mat\" Enter").state.chat.path[0].text == "the mat")
  }

  // MARK: Looking into an answer

  @Test func whyShowsTheModelsOwnAlternatives() throws {
    let state = try ChatLab.driver("\"the cat\" Enter Esc Home Right Enter").state
    let (_, record) = try #require(state.chat.currentAnswer)
    let why = try #require(state.chat.why?.answer)
    #expect(state.chat.token == 1 && state.chat.why?.token == 1)
    let logits = try LessonLab.model.transformer.lastLogits((record.promptIds + record.ids.prefix(1)).map(Int32.init)).values
    let own = try #require(why.alternatives.first { $0.id == record.ids[1] })
    #expect(abs(own.probability - record.probabilities[1]) < 1e-4)
    #expect(why.alternatives.first?.id == logits.indices.max { logits[$0] < logits[$1] })
    #expect(own.kept != nil, "what was sampled was not cut")
    #expect(state.frame().plainText.contains("what else could stand here"))
    #expect(try ChatLab.driver("\"the cat\" Enter Esc Home w w").state.chat.why == nil)
    #expect(try ChatLab.driver("\"the cat\" Enter Esc Home w Esc").state.chat.why == nil)
    // It follows the cursor.
    #expect(try ChatLab.driver("\"the cat\" Enter Esc Home w Right Right").state.chat.why?.token == 2)
  }

  @Test func sOpensThatVeryPosition() throws {
    let state = try ChatLab.driver("\"the cat\" Enter Esc Home Right Right s").state
    let record = try #require(state.chat.path.last?.answer)
    #expect(state.view == .stepper && state.trace?.ids == record.sequence)
    #expect(state.cursor.row == record.promptIds.count + 1, "the position that predicts the third token")
    #expect(state.promptTokenCount == record.promptIds.count)
  }

  @Test func aCallIsAStepAndItsResultTheTools() throws {
    var (state, request) = try ChatLab.asked()
    _ = state.update(.engine(.chat(.begun(request: request, prompt: [0, 2, 1, 3], cachedCount: 0, problems: []))))
    let tokenizer = LessonLab.model.tokenizer
    let (call, result, words) = (tokenizer.encode("calc 4*7"), tokenizer.encode("28"), tokenizer.encode("ok"))
    var position = 4
    func send(_ ids: [Int], _ part: GeneratedToken.Part) {
      for id in ids {
        let text = part == .answer ? tokenizer.decode([id]) : ""
        _ = state.update(.engine(.chat(.event(request: request, ChatLab.token(id, text, at: position, part: part)))))
        position += 1
      }
    }
    send([5] + call + [6], .call)
    let use = ToolUse(position: 4, name: "calc", arguments: "4*7", answer: ToolAnswer(text: "28", isExact: true), ids: result)
    _ = state.update(.engine(.chat(.event(request: request, .tool(use)))))
    send(result, .result)
    send(words, .answer)
    _ = state.update(.input(.key(.escape)))
    let screen = state.frame().plainText
    #expect(screen.contains("▶ <|tool|>calc 4*7<|result|>28  the calculator wrote the result") && screen.contains("  ok"), "\(screen)")
    // The cursor says whose the token is.
    for key in [Key.escape, .home, .end, .left, .left] { _ = state.update(.input(.key(key))) }
    #expect(state.frame().plainText.contains("written by the calculator"))
    // The next prompt holds the call as it was.
    let prompt = LessonLab.model.prompt(state.chat.path, system: "")
    #expect(prompt.ids.contains(5) && prompt.ids.contains(6))
  }

  @Test func theCoursesOwnTextStandsBeside() throws {
    let keys = "\"什么是词元？\" Enter"
    let shown = try ChatLab.driver(keys, corpus: Assets.corpus).state.frame().plainText
    #expect(shown.contains("Course: 词元就是token"))
    #expect(try !ChatLab.driver(keys + " Esc d", corpus: Assets.corpus).state.frame().plainText.contains("Course:"))
    #expect(try !ChatLab.screen(keys).contains("Course:"))
  }

  // MARK: A full context

  @Test func nothingIsLeftOutWithoutConsent() throws {
    var driver = try ChatLab.driver()
    for _ in 0..<3 {
      driver.send([.paste(String(repeating: "x", count: 60))])
      driver.send(try KeyScript.parse("Enter"))
      if driver.state.chat.focus == .messages { break }
    }
    #expect(driver.state.chat.wouldStart != nil && driver.state.notice?.text.en.contains("context full") == true)
    let before = try #require(driver.state.chat.conversation)
    #expect(before.promptStart == nil && before.leaf?.role == .user)
    driver.send(try KeyScript.parse("D"))
    let after = try #require(driver.state.chat.conversation)
    #expect(after.promptStart != nil && after.leaf?.role == .assistant && after.messages.count == before.messages.count + 1)
    driver.send(try KeyScript.parse("Esc Up*9"))
    #expect(driver.state.frame().plainText.contains("no longer reads the oldest"))
    var long = try ChatLab.driver()
    long.send([.paste(String(repeating: "狗", count: 400))])
    long.send(try KeyScript.parse("Enter"))
    #expect(long.state.notice?.text.en.contains("too long") == true && !long.state.chat.isAnswering)
  }

  // MARK: Frames

  private static let places = [
    "", "\"the cat\" Enter", "\"the cat\" Enter Esc Home Right", "\"the cat\" Enter Esc Home w", "\"小猫在垫子上\" Enter Esc r Up",
    "a C-j b C-j c C-j d C-j e C-j f",
  ]

  @Test(arguments: places) func framesAreWhole(_ keys: String) throws {
    for size in LessonLab.sizes + [Size(columns: 160, rows: 50), Size(columns: 81, rows: 25)] {
      for language in Language.allCases {
        var state = try ChatLab.driver(keys, size, language).state
        for theme in LessonLab.themes(size) {
          state.theme = theme
          let frame = state.frame()
          #expect(LessonLab.brokenCells(frame) == [] && frame.hasWholeGlyphs)
          #expect((frame.cursor != nil) == (state.chat.focus == .input))
        }
      }
    }
  }

  @Test func hostileTextIsHarmless() throws {
    var driver = try ChatLab.driver()
    driver.send([.paste("a\u{1B}[2Jb\u{202E}c\u{9B}e\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}")])
    driver.send(try KeyScript.parse("Enter Esc"))
    let frame = driver.state.frame()
    #expect(LessonLab.brokenCells(frame) == [] && frame.cells.allSatisfy { $0.scalar != "\u{1B}" && $0.scalar != "\u{202E}" })
  }

  @Test func keysSayWhyTheyDoNothing() throws {
    let state = try ChatLab.driver("Esc").state
    for command in [Command.chatWhy, .chatStep, .chatRegenerate, .chatEdit, .chatContinue, .chatDrop, .chatNextBranch] {
      let reason = CommandTable.reasonDisabled(command, state)
      #expect(reason?.zh.isEmpty == false && reason?.en.isEmpty == false, "\(command)")
    }
    let elsewhere = try ChatLab.driver("Esc 1").state
    #expect(CommandTable.reasonDisabled(.chatWhy, elsewhere)?.en.contains("7") == true)
  }
}

/// Frames kept as text, by the rules of SnapshotTests.
@Suite struct ChatSnapshotTests {
  @Test(arguments: [
    ("chat-empty", ""), ("chat-answer", "\"the cat\" Enter \"小猫\" Enter"), ("chat-why", "\"the cat\" Enter Esc Home Right w"),
  ])
  func framesInFull(_ name: String, _ keys: String) throws {
    for language in Language.allCases {
      Snapshots.compare("\(name).80x24.\(language).txt", try SnapshotTests.portably { try ChatLab.screen(keys, ChatLab.small, language) })
    }
    Snapshots.compare(
      "\(name).160x50.zh.txt", try SnapshotTests.portably { try ChatLab.screen(keys, Size(columns: 160, rows: 50), .zh) })
  }
}
