// Looking into answers in the chat view: why, the stepper, calls, the course's text, full contexts; whole frames at every size, language and glyph mode.
// Not here: how answers come about (ChatViewTests).
import Assets
import Chat
import Inference
import Languages
import Synchronization
import Terminal
import Testing
import Tokenization

@testable import LabScreens

@Suite struct ChatAnswerTests {
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
