// A demo program on a terminal of its own, for the tests: wait until something is so, never for a time.
import CPtyHarness
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

final class Session {
  private let session: OpaquePointer
  let rows: Int
  let columns: Int

  /// The demo beside the test bundle, in the products folder of the build.
  static let demo: String = {
    var buffer = [CChar](repeating: 0, count: 4096)
    let length = readlink("/proc/self/exe", &buffer, buffer.count - 1)
    let runner = String(decoding: buffer.prefix(max(0, length)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    let candidates = CommandLine.arguments.filter { $0.hasSuffix(".xctest") } + [CommandLine.arguments[0], runner]
    let folders = candidates.compactMap { path in path.lastIndex(of: "/").map { String(path[..<$0]) } }
    return folders.map { $0 + "/TerminalDemo" }.first { access($0, X_OK) == 0 } ?? "TerminalDemo"
  }()

  init(
    term: String? = "xterm-256color", environment: [String: String] = [:], arguments: [String] = [], rows: Int = 24, columns: Int = 80
  ) throws {
    var variables = ["PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "SWIFT_BACKTRACE": "enable=no"]
    variables["TERM"] = term
    variables.merge(environment) { $1 }
    self.rows = rows
    self.columns = columns
    let started = Session.withCStrings([Session.demo] + arguments) { argv in
      Session.withCStrings(variables.map { "\($0)=\($1)" }) { envp in pty_start(Session.demo, argv, envp, Int32(rows), Int32(columns)) }
    }
    session = try #require(started)
  }

  deinit { pty_free(session) }

  private static func withCStrings<Result>(_ strings: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Result) -> Result {
    let pointers = strings.map { strdup($0) }
    defer { pointers.forEach { free($0) } }
    return body(pointers + [nil])
  }

  // MARK: Doing

  func type(_ text: String) { type(bytes: Array(text.utf8)) }

  func type(bytes: [UInt8]) {
    bytes.withUnsafeBytes { pty_send(session, $0.bindMemory(to: CChar.self).baseAddress, bytes.count) }
  }

  func signal(_ number: Int32) { pty_signal(session, number) }
  func resize(rows: Int, columns: Int) { pty_resize(session, Int32(rows), Int32(columns)) }
  func goOn() { pty_continue(session) }

  /// Reads until `condition` holds; records an issue with the screen where it does not within 20 seconds.
  @discardableResult
  func wait(
    _ what: Comment, sourceLocation: SourceLocation = #_sourceLocation, until condition: (Session) -> Bool
  ) -> Bool {
    let deadline = ContinuousClock.now + .seconds(20)
    while !condition(self) {
      if ContinuousClock.now > deadline {
        Issue.record("\(what): not within 20 s. The screen:\n\(text)", sourceLocation: sourceLocation)
        return false
      }
      pty_pump(session, 50)
    }
    return true
  }

  func waitForText(_ text: String, sourceLocation: SourceLocation = #_sourceLocation) {
    wait("“\(text)” on the screen", sourceLocation: sourceLocation) { $0.text.contains(text) }
  }

  func waitForEnd(sourceLocation: SourceLocation = #_sourceLocation) {
    wait("the end of the program", sourceLocation: sourceLocation) { $0.hasEnded }
  }

  // MARK: Seeing

  var hasEnded: Bool { pty_has_ended(session) }
  var isStopped: Bool { pty_is_stopped(session) }
  var isAlternate: Bool { pty_is_alternate(session) }
  var isCursorVisible: Bool { pty_is_cursor_visible(session) }
  var wantsBrackets: Bool { pty_wants_brackets(session) }
  var areModesOriginal: Bool { pty_modes_are_original(session) }
  var bytesRead: Int { pty_bytes_read(session) }

  /// Exit code, or nil after a signal.
  var exitCode: Int32? {
    let status = pty_wait_status(session)
    return status & 0x7F == 0 ? (status >> 8) & 0xFF : nil
  }

  /// The signal that ended the program.
  var endSignal: Int32? {
    let status = pty_wait_status(session)
    return status & 0x7F == 0 ? nil : status & 0x7F
  }

  var cursor: (row: Int, column: Int) {
    var row: Int32 = 0
    var column: Int32 = 0
    pty_cursor(session, &row, &column)
    return (Int(row), Int(column))
  }

  func cell(row: Int, column: Int) -> pty_cell {
    var cell = pty_cell()
    pty_cell_at(session, Int32(row), Int32(column), &cell)
    return cell
  }

  /// The screen as text, without trailing spaces.
  var text: String { (0..<rows).map(line).joined(separator: "\n") }

  func line(_ row: Int) -> String {
    var view = String.UnicodeScalarView()
    var column = 0
    while column < columns {
      let cell = cell(row: row, column: column)
      let codes = [cell.scalars.0, cell.scalars.1, cell.scalars.2, cell.scalars.3, cell.scalars.4, cell.scalars.5]
      if codes[0] == 0 || codes[0] == UInt32.max {
        view.append(" ")
      } else {
        for code in codes.prefix(while: { $0 != 0 }) { view.append(Unicode.Scalar(code) ?? "\u{FFFD}") }
      }
      column += max(1, Int(cell.width))
    }
    while view.last == " " { view.removeLast() }
    return String(view)
  }

  /// What every way out must leave behind.
  func expectCleanTerminal(sourceLocation: SourceLocation = #_sourceLocation) {
    #expect(areModesOriginal, "termios as before", sourceLocation: sourceLocation)
    #expect(!isAlternate, "the alternate screen is left", sourceLocation: sourceLocation)
    #expect(isCursorVisible, "the cursor is seen", sourceLocation: sourceLocation)
    #expect(!wantsBrackets, "bracketed paste is off", sourceLocation: sourceLocation)
  }
}
