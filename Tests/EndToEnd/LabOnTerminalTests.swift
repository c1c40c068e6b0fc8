// The lab on a terminal, as a newcomer meets it: opening, walking, typing, leaving in every way. Not here: what is kept (LabKeepingTests), what
// frames show in detail (LabScreensTests), the terminal itself (CursesTerminalTests).
import Foundation
import PtySession
import Testing

@Suite(.serialized) struct LabOnTerminalTests {
  // MARK: Opening

  @Test func opensOnTheFirstLessonAndWritesNothing() throws {
    let home = LabTerminal.home()
    let session = try LabTerminal.open(home: home)
    session.waitForText("The next token")
    session.waitForText("step 1/5")
    session.waitForText("One job")
    #expect(session.isAlternate && session.wantsBrackets)
    session.leave()
    #expect(!FileManager.default.fileExists(atPath: home), "only looking writes nothing")
    #expect(!session.text.contains("One job"), "the lab is gone from the terminal")
  }

  @Test func opensInChinese() throws {
    let session = try LabTerminal.open(
      home: LabTerminal.home(), environment: ["LANG": "zh_CN.UTF-8", "LC_ALL": "C.UTF-8", "LC_MESSAGES": ""])
    // LC_ALL decides, as POSIX has it.
    session.waitForText("The next token")
    session.leave()
    let chinese = try LabTerminal.open(home: LabTerminal.home(), environment: ["LANG": "zh_CN.UTF-8"])
    chinese.waitForText("下一个词元")
    chinese.leave()
  }

  @Test(arguments: ["xterm", "screen-256color", "tmux-256color", "linux", "vt100"]) func otherTerminals(_ term: String) throws {
    let session = try LabTerminal.open(["lab", "--lang", "en"], home: LabTerminal.home(), term: term)
    session.waitForText("One job")
    session.type("?")
    session.waitForText("What you see")
    session.type("q")
    session.wait("the help is closed") { !$0.text.contains("What you see") }
    session.leave()
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
    session.leave()
  }

  @Test func samplesAndTakesBack() throws {
    let session = try LabTerminal.step("the fox")
    let count = try #require(session.tokenCount)
    session.type("s")
    session.wait("one token more") { $0.tokenCount == count + 1 }
    session.type("s")
    session.wait("two more") { $0.tokenCount == count + 2 }
    session.type("s")
    session.wait("three more") { $0.tokenCount == count + 3 }
    session.type("\u{7F}")
    session.wait("one taken back") { $0.tokenCount == count + 2 }
    session.type("u")
    session.wait("and undone") { $0.tokenCount == count + 3 }
    session.leave()
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
    session.leave()
  }

  @Test func theLanguageChangesAndIsRemembered() throws {
    let home = LabTerminal.home()
    let session = try LabTerminal.open(home: home)
    session.waitForText("The next token")
    session.type("L")
    session.waitForText("下一个词元")
    session.leave()
    let again = try LabTerminal.open(home: home)
    again.waitForText("下一个词元")
    again.leave()
    // What is asked for wins.
    let asked = try LabTerminal.open(["lab", "--lang", "en"], home: home)
    asked.waitForText("The next token")
    asked.leave()
  }

  // MARK: Size and stopping

  @Test func followsTheWindow() throws {
    let session = try LabTerminal.open(["lab", "--lang", "en"], home: LabTerminal.home(), rows: 40, columns: 120)
    session.waitForText("One job")
    session.wait("both panes") { $0.line(1).contains("8") }
    session.resize(rows: 24, columns: 80)
    session.wait("one pane") { $0.line(1).hasSuffix("┐") && !$0.line(1).contains("stepper") && $0.line(22).hasPrefix("└") }
    session.resize(rows: 20, columns: 70)
    session.waitForText("llmlab needs at least 80×24")
    session.resize(rows: 40, columns: 120)
    session.wait("both panes again") { $0.line(1).contains("8") && $0.line(38).hasPrefix("└") }
    session.leave()
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
    session.leave()
  }

  // MARK: Prompt

  @Test func aPromptIsTypedInAnyScript() throws {
    let session = try LabTerminal.step("the fox")
    session.type("e\u{15}quit 小猫？")
    session.waitForText("quit 小猫？")
    #expect(session.isCursorVisible)
    session.type("\r")
    session.wait("it runs") { !$0.text.contains("quit 小猫？") && ($0.tokenCount ?? 0) > 4 }
    session.leave()
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
    session.type("e\u{15}\u{1B}[200~one\ntwo, and more\u{1B}[201~\r")
    session.wait("sent by Enter") { $0.tokenCount != nil && $0.tokenCount != count && !$0.text.contains("⏎ run") }
    session.leave()
  }

  @Test func theEditorWritesThePrompt() throws {
    let editor = Program.temporary("editor.sh")
    let script = """
      #!/bin/sh
      stty sane
      echo editing > /dev/tty
      read -r line < /dev/tty
      cat "$2" > "\(editor).seen"
      printf 'from the %s\\n' "$1" > "$2"

      """
    try script.write(toFile: editor, atomically: true, encoding: .utf8)
    chmod(editor, 0o700)
    let session = try LabTerminal.step("the fox", environment: ["EDITOR": "\(editor) editor"])
    session.type("e\u{7}")
    // A real editor reads the terminal: it must be in the foreground.
    session.waitForText("editing")
    session.type("go\r")
    session.waitForText("from the editor")
    #expect(try String(contentsOfFile: "\(editor).seen", encoding: .utf8) == "the fox")
    #expect(session.isAlternate && session.wantsBrackets)
    session.type("\r")
    session.wait("it runs") { !$0.text.contains("from the editor") && $0.tokenCount != nil }
    session.leave()
  }

  @Test func anEditorThatFailsChangesNothing() throws {
    let session = try LabTerminal.step("the fox", environment: ["EDITOR": "/bin/false", "VISUAL": ""])
    session.type("e\u{7}")
    session.waitForText("the prompt is unchanged")
    session.waitForText("the fox")
    session.type("\u{1B}")
    // Esc with a letter behind it would be Alt.
    session.wait("the prompt is closed") { !$0.text.contains("⏎ run") }
    session.leave()
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
    session.leave()
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
    session.leave()
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
    session.leave()
  }
}
