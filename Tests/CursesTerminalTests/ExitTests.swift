// Every way out of the program leaves the terminal as it was, seen through a pty and libvterm.
import PtySession
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

@Suite struct ExitTests {
  /// A demo whose screen is up.
  private func opened(_ arguments: [String] = [], term: String = "xterm-256color") throws -> Session {
    let session = try Session("TerminalDemo", term: term, arguments: arguments)
    session.waitForText("ready")
    #expect(session.isAlternate)
    #expect(session.wantsBrackets)
    #expect(!session.areModesOriginal)
    return session
  }

  @Test func quitting() throws {
    let session = try opened()
    session.type("q")
    session.waitForEnd()
    #expect(session.exitCode == 0)
    session.expectCleanTerminal()
    #expect(session.text.contains("goodbye"))
    #expect(!session.text.contains("demo"))
  }

  @Test func exitInTheMiddle() throws {
    let session = try opened()
    session.type("x")
    session.waitForEnd()
    #expect(session.exitCode == 7)
    session.expectCleanTerminal()
  }

  @Test(arguments: [SIGTERM, SIGHUP, SIGINT, SIGQUIT]) func endedBySignal(_ number: Int32) throws {
    let session = try opened()
    session.signal(number)
    session.waitForEnd()
    #expect(session.endSignal == number, "dies by the signal, so that the caller knows")
    session.expectCleanTerminal()
  }

  @Test func trapSaysWhyOnTheCleanTerminal() throws {
    let session = try opened()
    session.type("t")
    session.waitForEnd()
    #expect(session.endSignal == SIGILL || session.endSignal == SIGTRAP)
    session.expectCleanTerminal()
    session.waitForText("the demo traps 陷阱")
  }

  @Test(arguments: [("a", SIGABRT), ("s", SIGSEGV), ("m", SIGSEGV), ("o", SIGSEGV), ("O", SIGSEGV)]) func crash(
    _ key: String, _ number: Int32
  ) throws {
    let session = try opened()
    session.type(key)
    session.waitForEnd()
    #expect(session.endSignal == number)
    session.expectCleanTerminal()
  }

  @Test(arguments: [SIGSEGV, SIGABRT]) func fatalSignalFromOutside(_ number: Int32) throws {
    let session = try opened()
    session.signal(number)
    session.waitForEnd()
    #expect(session.endSignal == number)
    session.expectCleanTerminal()
  }

  @Test func standardErrorComesAfterTheScreen() throws {
    let session = try opened()
    session.type("e")
    session.waitForText("ready")
    session.type("j")
    session.waitForText("key j")
    #expect(!session.text.contains("a note"))
    session.type("q")
    session.waitForEnd()
    #expect(session.text.contains("a note on standard error"))
    session.expectCleanTerminal()
  }

  @Test(arguments: ["xterm", "screen-256color", "tmux-256color", "linux", "xterm-direct", "vt100"]) func otherTerminals(_ term: String)
    throws
  {
    let session = try Session("TerminalDemo", term: term)
    session.waitForText("ready")
    session.type("a")
    session.waitForEnd()
    #expect(session.endSignal == SIGABRT)
    session.expectCleanTerminal()
  }
}
