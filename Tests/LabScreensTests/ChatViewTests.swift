// The chat view by keys: sending, streaming, stopping, branches, what is kept. Not here: trees and prompts (ChatTests), writing (ChatInputTests),
// looking into answers (ChatAnswerTests).
import Assets
import Chat
import Inference
import Languages
import Synchronization
import Terminal
import Testing
import Tokenization

@testable import LabScreens

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
}
