// Opening, drawing, input, size and stopping through a pty, under several terminal descriptions.
import PtySession
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

@Suite struct ScreenTests {
  @Test(arguments: [
    ("xterm-256color", "256"), ("xterm", "16"), ("screen-256color", "256"), ("tmux-256color", "256"), ("linux", "16"),
    ("xterm-direct", "truecolor"), ("vt100", "none"),
  ])
  func terminals(_ term: String, _ mode: String) throws {
    let session = try Session("TerminalDemo", term: term)
    session.waitForText("demo 演示 80x24 \(mode)")
    session.waitForText("ready")
    session.wait("the last cell of the last row") { $0.line(23).hasSuffix("┘") }
    session.type("j")
    session.waitForText("key j")
    session.type("q")
    session.waitForEnd()
    #expect(session.exitCode == 0)
    session.expectCleanTerminal()
  }

  @Test func colors256() throws {
    let session = try Session("TerminalDemo")
    session.wait("the whole frame") { $0.line(23).hasSuffix("┘") }
    #expect(session.cell(row: 22, column: 1).background == 53)
    #expect(session.cell(row: 22, column: 16).background == 220)
    #expect(session.cell(row: 22, column: 19).foreground == 1)
    #expect(session.cell(row: 22, column: 19).bold)
  }

  @Test func trueColorIsTriedWhereAnnounced() throws {
    let session = try Session("TerminalDemo", environment: ["COLORTERM": "truecolor"])
    session.waitForText("80x24 truecolor")
    session.wait("the whole frame") { $0.line(23).hasSuffix("┘") }
    // ncurses writes 48:2::R:G:B with an empty colour space, which libvterm 0.1 reads as red: red and green are in the lower two bytes.
    #expect(session.cell(row: 22, column: 1).background & 0xFFFF == 0x4401)
    #expect(session.cell(row: 22, column: 16).background & 0xFFFF == 0xFDE7)
    #expect(session.cell(row: 22, column: 19).foreground == 1)
  }

  @Test(arguments: [(["NO_COLOR": "1"], [String]()), ([:], ["--no-color"])]) func noColor(
    _ environment: [String: String], _ arguments: [String]
  ) throws {
    let session = try Session("TerminalDemo", environment: environment, arguments: arguments)
    session.waitForText("80x24 none")
    session.wait("the whole frame") { $0.line(23).hasSuffix("┘") }
    for column in 0..<80 {
      let cell = session.cell(row: 22, column: column)
      #expect(cell.foreground == -1 && cell.background == -1)
    }
  }

  @Test(arguments: [
    (Optional("dumb"), "cannot move its cursor"), (Optional("no-such-terminal"), "does not know the terminal TERM=no-such-terminal"),
    (Optional(""), "TERM is not set"), (nil, "TERM is not set"),
  ])
  func plainSentences(_ term: String?, _ sentence: String) throws {
    let session = try Session("TerminalDemo", term: term, columns: 200)
    session.waitForEnd()
    #expect(session.exitCode == 1)
    #expect(session.text.contains(sentence))
    session.expectCleanTerminal()
  }

  @Test func withoutATerminal() throws {
    let output = try #require(popen("\(Session.product("TerminalDemo")) 2>&1 < /dev/null", "r"))
    var buffer = [CChar](repeating: 0, count: 4096)
    let count = fread(&buffer, 1, buffer.count, output)
    let status = pclose(output)
    let text = String(decoding: buffer.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    #expect((status >> 8) & 0xFF == 1)
    #expect(text.contains("needs a terminal"))
    #expect(!text.contains("\u{1B}"))
  }

  // MARK: Input

  @Test(arguments: [
    ("\u{1B}[A", "key Up"), ("\u{1B}OA", "key Up"), ("\u{1B}[1;5D", "key C-Left"), ("\u{1B}[Z", "key S-Tab"), ("\u{1B}OP", "key F1"),
    ("\u{1B}[24~", "key F12"), ("\u{1B}[5~", "key PgUp"), ("\u{1B}[H", "key Home"), ("\u{1B}x", "key M-x"), ("\u{1B}\r", "key M-Enter"),
    ("\r", "key Enter"), ("\n", "key C-j"), ("\u{3}", "key C-c"), ("\u{1C}", "key C-\\"), ("\u{13}", "key C-s"),
    ("\u{7F}", "key Backspace"),
    ("你", "key 你"), ("é", "key é"), ("🙂", "key 🙂"), ("\u{1B}[99;9~", "unknown"), ("\u{1B}", "key Esc"), (" ", "key Space"),
  ])
  func keys(_ bytes: String, _ shown: String) throws {
    let session = try Session("TerminalDemo")
    session.waitForText("ready")
    session.type(bytes)
    session.waitForText(shown)
    // Nothing of a sequence is left behind.
    session.type("j")
    session.waitForText("key j")
    #expect(session.text.components(containing: "key ") + session.text.components(containing: "unknown") == 2)
  }

  @Test func brokenUTF8DoesNotSwallowKeys() throws {
    let session = try Session("TerminalDemo")
    session.waitForText("ready")
    session.type(bytes: [0xFF, 0xE4, 0xBD, 0x6A])
    session.waitForText("key j")
  }

  @Test func pasteKeepsNewlinesAndSendsNothing() throws {
    let session = try Session("TerminalDemo")
    session.waitForText("ready")
    session.type("\u{1B}[200~one\rtwo 中文 \u{1B}[A q\u{1B}[201~")
    session.waitForText("paste one⏎two 中文 ␛[A q")
    session.type("j")
    session.waitForText("key j")
  }

  @Test func longPasteIsWhole() throws {
    let session = try Session("TerminalDemo", columns: 200)
    session.waitForText("ready")
    session.type("\u{1B}[200~" + String(repeating: "0123456789", count: 20_000) + "\u{1B}[201~")
    session.waitForText("paste 0123456789")
    session.type("j")
    session.waitForText("key j")
  }

  @Test func unfinishedPasteEndsBySilence() throws {
    let session = try Session("TerminalDemo")
    session.waitForText("ready")
    session.type("\u{1B}[200~half")
    session.waitForText("paste half")
    session.type("j")
    session.waitForText("key j")
  }

  @Test func messagesOfAnotherThreadArrive() throws {
    let session = try Session("TerminalDemo")
    session.waitForText("ready")
    session.type("p")
    session.waitForText("message 1000")
  }

  // MARK: Size and stopping

  @Test func resizing() throws {
    let session = try Session("TerminalDemo", rows: 40, columns: 120)
    session.waitForText("120x40")
    for (rows, columns) in [(24, 80), (10, 30), (40, 120), (1, 1), (3, 200), (40, 120)] {
      session.resize(rows: rows, columns: columns)
      if rows > 2, columns > 20 { session.waitForText("\(columns)x\(rows)") }
    }
    session.type("j")
    session.waitForText("key j")
    session.type("q")
    session.waitForEnd()
    session.expectCleanTerminal()
  }

  @Test(arguments: [true, false]) func stoppingAndGoingOn(byKey: Bool) throws {
    let session = try Session("TerminalDemo")
    session.waitForText("ready")
    if byKey { session.type("\u{1A}") } else { session.signal(SIGTSTP) }
    session.wait("a stop") { $0.isStopped }
    session.expectCleanTerminal()
    session.goOn()
    session.waitForText("resumed")
    #expect(session.isAlternate)
    #expect(session.wantsBrackets)
    #expect(!session.areModesOriginal)
    session.type("j")
    session.waitForText("key j")
    session.type("q")
    session.waitForEnd()
    #expect(session.exitCode == 0)
    session.expectCleanTerminal()
  }

  @Test func stoppedFromOutside() throws {
    let session = try Session("TerminalDemo")
    session.waitForText("ready")
    session.signal(SIGSTOP)
    session.wait("a stop") { $0.isStopped }
    session.goOn()
    session.waitForText("resumed")
    #expect(!session.areModesOriginal, "the shell's modes are replaced by ours")
    session.type("q")
    session.waitForEnd()
    session.expectCleanTerminal()
  }

  @Test func anotherProgramInBetween() throws {
    let session = try Session("TerminalDemo")
    session.waitForText("ready")
    session.type("v")
    session.waitForText("back")
    #expect(session.isAlternate)
    session.type("q")
    session.waitForEnd()
    #expect(session.text.contains("other program"))
    session.expectCleanTerminal()
  }
}

extension String {
  fileprivate func components(containing part: String) -> Int {
    split(separator: "\n").filter { $0.contains(part) }.count
  }
}
