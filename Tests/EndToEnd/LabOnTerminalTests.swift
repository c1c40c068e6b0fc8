// The lab on a terminal, as a newcomer meets it: opening, walking, typing, leaving in every way, and what is kept. Not here: what frames show in
// detail (LabScreensTests), the terminal itself (CursesTerminalTests).
import Foundation
import Inference
import Models
import PtySession
import Testing
import Tokenization

/// The program on a terminal of its own, with a home of its own.
enum LabTerminal {
  static func home() -> String { Program.temporary("home") }

  static func open(
    _ arguments: [String] = [], home: String, model: String = SmallModel.path, term: String? = "xterm-256color",
    environment: [String: String] = [:], rows: Int = 24, columns: Int = 80
  ) throws -> Session {
    let variables = ["LLMLAB_HOME": home, "HOME": Program.folder].merging(environment) { $1 }
    return try Session(
      Program.path, term: term, environment: variables, arguments: arguments + ["--model", model], rows: rows, columns: columns)
  }

  /// `llmlab step`, with the run on the screen.
  static func step(
    _ prompt: String, home: String = home(), model: String = SmallModel.path, environment: [String: String] = [:], rows: Int = 24, columns: Int = 80
  ) throws -> Session {
    let session = try open(
      ["step", prompt, "--lang", "en"], home: home, model: model, environment: environment, rows: rows, columns: columns)
    session.waitForText("hook_embed")
    return session
  }

  /// Random weights that take a while, for what happens in the middle of a computation.
  static let slowModel: String = {
    let path = Program.folder + "/slow.gguf"
    do {
      let tokenizer = try BPETrainer.sprout(texts: SmallModel.texts, vocabularySize: 320)
      let configuration = TransformerConfiguration(
        vocabularySize: tokenizer.vocabulary.count, hiddenSize: 256, layerCount: 8, headCount: 8, keyValueHeadCount: 4, intermediateSize: 704,
        contextLength: 512)
      try Transformer(configuration, seed: 5).writeGGUF(to: path, name: "slow", type: .f32, tokenizer: try tokenizer.ggufMetadata())
    } catch {
      Issue.record(error)
    }
    return path
  }()

  /// A prompt of a few hundred tokens, on one line.
  static let longPrompt = String(repeating: "the quick brown fox jumps over it and ", count: 7)
}

extension Session {
  /// The number of tokens of the run, from the shape of the embedding; the cursor must be on that operation.
  var tokenCount: Int? { text.firstMatch(of: #/hook_embed \[(\d+),/#).flatMap { Int($0.1) } }

  /// n of the stepper's n/N.
  var operationNumber: Int? { text.firstMatch(of: #/(\d+)\/(\d+) (?:hook|blocks|ln_final|logits|makes)/#).flatMap { Int($0.1) } }
}

@Suite(.serialized) struct LabOnTerminalTests {
  private func leave(_ session: Session) {
    session.type("q")
    session.waitForEnd()
    #expect(session.exitCode == 0)
    session.expectCleanTerminal()
  }

  // MARK: Opening

  @Test func opensOnTheFirstLessonAndWritesNothing() throws {
    let home = LabTerminal.home()
    let session = try LabTerminal.open(home: home)
    session.waitForText("The next token")
    session.waitForText("step 1/5")
    session.waitForText("One job")
    #expect(session.isAlternate && session.wantsBrackets)
    leave(session)
    #expect(!FileManager.default.fileExists(atPath: home), "only looking writes nothing")
    #expect(!session.text.contains("One job"), "the lab is gone from the terminal")
  }

  @Test func opensInChinese() throws {
    let session = try LabTerminal.open(home: LabTerminal.home(), environment: ["LANG": "zh_CN.UTF-8", "LC_ALL": "C.UTF-8", "LC_MESSAGES": ""])
    // LC_ALL decides, as POSIX has it.
    session.waitForText("The next token")
    leave(session)
    let chinese = try LabTerminal.open(home: LabTerminal.home(), environment: ["LANG": "zh_CN.UTF-8"])
    chinese.waitForText("下一个词元")
    leave(chinese)
  }

  @Test(arguments: ["xterm", "screen-256color", "tmux-256color", "linux", "vt100"]) func otherTerminals(_ term: String) throws {
    let session = try LabTerminal.open(["lab", "--lang", "en"], home: LabTerminal.home(), term: term)
    session.waitForText("One job")
    session.type("?")
    session.waitForText("One operation at a time")
    session.type("q")
    leave(session)
  }

  // MARK: Walking

  @Test func walksForwardAndBack() throws {
    let session = try LabTerminal.step("the fox")
    #expect(session.operationNumber == 1)
    for number in 2...5 {
      session.type("\u{1B}[C")
      session.wait("operation \(number)") { $0.operationNumber == number }
    }
    session.type("\u{1B}OD")
    session.wait("one back") { $0.operationNumber == 4 }
    session.type("\u{1B}[H")
    session.wait("the first") { $0.operationNumber == 1 }
    session.type("\u{1B}[F")
    session.wait("the last") { $0.text.contains("▸sample") }
    leave(session)
  }

  @Test func samplesAndTakesBack() throws {
    let session = try LabTerminal.step("the fox")
    let count = try #require(session.tokenCount)
    session.type("s")
    session.wait("one token more") { $0.tokenCount == count + 1 }
    session.type("ss")
    session.wait("three more") { $0.tokenCount == count + 3 }
    session.type("\u{7F}")
    session.wait("one taken back") { $0.tokenCount == count + 2 }
    session.type("u")
    session.wait("and undone") { $0.tokenCount == count + 3 }
    leave(session)
  }

  @Test func helpOpensAndCloses() throws {
    let session = try LabTerminal.step("the fox")
    session.type("?")
    session.waitForText("One operation at a time")
    session.type("q")
    session.wait("the help is closed, the lab still there") { !$0.text.contains("One operation at a time") && $0.tokenCount != nil }
    session.type("\u{1B}OP")
    session.waitForText("One operation at a time")
    session.type("\u{1B}")
    session.wait("closed") { !$0.text.contains("One operation at a time") }
    leave(session)
  }

  @Test func theLanguageChangesAndIsRemembered() throws {
    let home = LabTerminal.home()
    let session = try LabTerminal.open(home: home)
    session.waitForText("The next token")
    session.type("L")
    session.waitForText("下一个词元")
    leave(session)
    let again = try LabTerminal.open(home: home)
    again.waitForText("下一个词元")
    leave(again)
    // What is asked for wins.
    let asked = try LabTerminal.open(["lab", "--lang", "en"], home: home)
    asked.waitForText("The next token")
    leave(asked)
  }

  // MARK: Size and stopping

  @Test func followsTheWindow() throws {
    let session = try LabTerminal.open(["lab", "--lang", "en"], home: LabTerminal.home(), rows: 40, columns: 120)
    session.waitForText("One job")
    session.wait("both panes") { $0.line(1).contains("stepper") }
    session.resize(rows: 24, columns: 80)
    session.wait("one pane") { $0.line(1).hasSuffix("┐") && !$0.line(1).contains("stepper") && $0.line(22).hasPrefix("└") }
    session.resize(rows: 20, columns: 70)
    session.waitForText("llmlab needs at least 80×24")
    session.resize(rows: 40, columns: 120)
    session.wait("both panes again") { $0.line(1).contains("stepper") && $0.line(38).hasPrefix("└") }
    leave(session)
  }

  @Test func stopsAndComesBack() throws {
    let session = try LabTerminal.step("the fox")
    for _ in 0..<2 {
      session.type("\u{1A}")
      session.wait("stopped") { $0.isStopped }
      session.expectCleanTerminal()
      session.goOn()
      session.wait("back") { $0.isAlternate && $0.tokenCount != nil }
      session.type("\u{1B}[C")
      session.wait("keys work") { $0.operationNumber == 2 }
      session.type("\u{1B}[D")
      session.wait("back to the first") { $0.operationNumber == 1 }
    }
    leave(session)
  }

  // MARK: Prompt

  @Test func aPromptIsTypedInAnyScript() throws {
    let session = try LabTerminal.step("the fox")
    session.type("e\u{15}quit 小猫？")
    session.waitForText("quit 小猫？")
    #expect(session.isCursorVisible)
    session.type("\r")
    session.wait("it runs") { !$0.text.contains("quit 小猫？") && ($0.tokenCount ?? 0) > 4 }
    leave(session)
  }

  @Test func aPasteNeverSends() throws {
    let session = try LabTerminal.step("the fox")
    let count = try #require(session.tokenCount)
    session.type("\u{1B}[200~q\nsecond 第二行\r\u{1B}[201~")
    session.waitForText("second 第二行")
    session.pump(milliseconds: 100)
    #expect(!session.hasEnded)
    session.type("\u{1B}")
    session.wait("dropped, and nothing ran") { !$0.text.contains("第二行") && $0.tokenCount == count }
    session.type("e\u{15}\u{1B}[200~one\ntwo\u{1B}[201~\r")
    session.wait("sent by Enter") { $0.tokenCount != nil && $0.tokenCount != count && !$0.text.contains("⏎ run") }
    leave(session)
  }

  @Test func theEditorWritesThePrompt() throws {
    let editor = Program.temporary("editor.sh")
    try "#!/bin/sh\ncat \"$2\" > \"\(editor).seen\"\nprintf 'from the %s\\n' \"$1\" > \"$2\"\n".write(toFile: editor, atomically: true, encoding: .utf8)
    chmod(editor, 0o700)
    let session = try LabTerminal.step("the fox", environment: ["EDITOR": "\(editor) editor"])
    session.type("e\u{7}")
    session.waitForText("from the editor")
    #expect(try String(contentsOfFile: "\(editor).seen", encoding: .utf8) == "the fox")
    #expect(session.isAlternate && session.wantsBrackets)
    session.type("\r")
    session.wait("it runs") { !$0.text.contains("from the editor") && $0.tokenCount != nil }
    leave(session)
  }

  @Test func anEditorThatFailsChangesNothing() throws {
    let session = try LabTerminal.step("the fox", environment: ["EDITOR": "/bin/false", "VISUAL": ""])
    session.type("e\u{7}")
    session.waitForText("the prompt is unchanged")
    session.waitForText("the fox")
    session.type("\u{1B}")
    leave(session)
  }

  // MARK: Leaving

  @Test func controlCTwiceIsAnInterrupt() throws {
    let session = try LabTerminal.step("the fox")
    session.type("\u{3}")
    session.waitForText("Ctrl-C once more leaves")
    session.type("\u{1B}[C")
    session.wait("another key goes on") { $0.operationNumber == 2 }
    session.type("\u{3}\u{3}")
    session.waitForEnd()
    #expect(session.exitCode == 130)
    session.expectCleanTerminal()
  }

  private func writing() throws -> Session {
    let session = try LabTerminal.step(LabTerminal.longPrompt, model: LabTerminal.slowModel)
    session.type("w")
    session.waitForText("writing, Esc stops")
    return session
  }

  @Test func controlCStopsWritingAndKeepsTheText() throws {
    let session = try writing()
    let count = try #require(session.tokenCount)
    session.wait("something is written") { ($0.tokenCount ?? 0) > count }
    session.type("\u{3}")
    session.wait("stopped") { !$0.text.contains("writing, Esc stops") }
    #expect((session.tokenCount ?? 0) > count)
    leave(session)
  }

  @Test(arguments: [SIGTERM, SIGHUP, SIGINT, SIGQUIT]) func endedWhileComputing(_ number: Int32) throws {
    let session = try writing()
    session.signal(number)
    session.waitForEnd()
    #expect(session.endSignal == number)
    session.expectCleanTerminal()
  }

  @Test func leavesAtOnceWhileComputing() throws {
    let session = try writing()
    leave(session)
  }

  @Test(arguments: [("dumb", "cannot move its cursor"), ("no-such", "does not know the terminal"), ("", "TERM is not set")])
  func withoutAUsableTerminalAPlainSentence(_ term: String, _ sentence: String) throws {
    let session = try LabTerminal.open(["lab", "--lang", "en"], home: LabTerminal.home(), term: term, columns: 300)
    session.waitForEnd()
    #expect(session.exitCode == 1)
    #expect(session.text.contains(sentence))
    #expect(session.text.split(separator: "\n").count == 1, "\(session.text)")
    session.expectCleanTerminal()
  }

  @Test(arguments: ["en", "zh"]) func withoutATerminalAPlainSentence(_ language: String) throws {
    for arguments in [["lab"], ["step", "the fox"]] {
      let outcome = try Program.run(arguments + ["--lang", language, "--model", SmallModel.path])
      #expect(outcome.code == 1)
      #expect(outcome.output.isEmpty)
      #expect(outcome.errors.split(separator: "\n").count == 1 && !outcome.errors.contains("\u{1B}"))
      #expect(outcome.errors.contains(language == "zh" ? "终端" : "needs a terminal"))
    }
  }

  @Test func aModelThatIsNotThereIsSaidOnTheScreen() throws {
    let session = try LabTerminal.open(["lab", "--lang", "en"], home: LabTerminal.home(), model: "/nonexistent.gguf", columns: 200)
    session.waitForText("/nonexistent.gguf")
    // The lesson can be read all the same.
    session.waitForText("One job")
    leave(session)
  }

  // MARK: What is kept

  @Test func progressComesBack() throws {
    let home = LabTerminal.home()
    let session = try LabTerminal.open(["lab", "--lang", "en"], home: home)
    session.waitForText("One job")
    // Guess, uncover, sample: the first exercise.
    session.type("a")
    session.waitForText("⏎")
    session.type("bird\r")
    session.waitForText("noted")
    session.type("r\ts")
    session.waitForText("exercise done")
    session.type("\t\u{1B}[C")
    session.waitForText("step 2/5")
    leave(session)
    let again = try LabTerminal.open(["lab", "--lang", "en"], home: home)
    again.waitForText("step 2/5")
    again.type("\u{1B}[D")
    again.waitForText("✓ Exercise 1/4")
    leave(again)
  }

  @Test(arguments: [[String](), ["lab", "--lang", "en"]]) func aDamagedStoreIsSaidAndKept(_ arguments: [String]) throws {
    let home = LabTerminal.home()
    let store = home + "/data/lab.sqlite"
    try FileManager.default.createDirectory(atPath: home + "/data", withIntermediateDirectories: true)
    let damage = Data("this is no database ".utf8) + Data(repeating: 7, count: 5000)
    try damage.write(to: URL(fileURLWithPath: store))
    let session = try LabTerminal.open(arguments, home: home, columns: 240)
    session.waitForText("is damaged. It is kept as")
    session.waitForText("One job")
    #expect(try Data(contentsOf: URL(fileURLWithPath: store + ".damaged")) == damage)
    session.type("\u{1B}[C")
    session.waitForText("step 2/5")
    leave(session)
    let again = try LabTerminal.open(arguments, home: home, columns: 240)
    again.waitForText("step 2/5")
    #expect(!again.text.contains("damaged"))
    leave(again)
  }

  @Test func killedAndOpenedAgain() throws {
    let home = LabTerminal.home()
    for step in 2...4 {
      let session = try LabTerminal.open(["lab", "--lang", "en"], home: home)
      session.waitForText("step \(step - 1)/5")
      session.type("\u{1B}[C")
      session.waitForText("step \(step)/5")
      // The engine keeps it while the frame is drawn: give it the time of another frame.
      session.type("L")
      session.waitForText("第 \(step)/5 节")
      session.type("L")
      session.waitForText("step \(step)/5")
      session.signal(SIGKILL)
      session.waitForEnd()
      #expect(session.endSignal == SIGKILL)
    }
    let session = try LabTerminal.open(["lab", "--lang", "en"], home: home)
    session.waitForText("step 4/5")
    leave(session)
  }
}
