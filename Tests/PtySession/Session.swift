// A program on a terminal of its own, for the tests: wait until something is so, never for a time. Not here: the terminal itself (CPtyHarness).
//
// This is no test target, where the macros of Testing would work: issues are recorded by hand, at the caller's place.
import CPtyHarness
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Where a test stands in its source.
public struct Place {
  let location: SourceLocation

  public init(_ fileID: String, _ filePath: String, _ line: Int, _ column: Int) {
    location = SourceLocation(fileID: fileID, filePath: filePath, line: line, column: column)
  }
}

public final class Session {
  private let session: OpaquePointer
  public let rows: Int
  public let columns: Int

  /// A program of this package beside the test bundle, in the products folder of the build.
  public static func product(_ name: String) -> String {
    var buffer = [CChar](repeating: 0, count: 4096)
    let length = readlink("/proc/self/exe", &buffer, buffer.count - 1)
    let runner = String(decoding: buffer.prefix(max(0, length)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    let candidates = CommandLine.arguments.filter { $0.hasSuffix(".xctest") } + [CommandLine.arguments[0], runner]
    let folders = candidates.compactMap { path in path.lastIndex(of: "/").map { String(path[..<$0]) } }
    return folders.map { "\($0)/\(name)" }.first { access($0, X_OK) == 0 } ?? name
  }

  /// - Parameter environment: on top of PATH, LANG and TERM; nothing is inherited.
  public init(
    _ program: String, term: String? = "xterm-256color", environment: [String: String] = [:], arguments: [String] = [], rows: Int = 24,
    columns: Int = 80
  ) throws {
    let path = Session.product(program)
    var variables = ["PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "SWIFT_BACKTRACE": "enable=no"]
    variables["TERM"] = term
    variables.merge(environment) { $1 }
    self.rows = rows
    self.columns = columns
    let started = Session.withCStrings([path] + arguments) { argv in
      Session.withCStrings(variables.map { "\($0)=\($1)" }) { envp in pty_start(path, argv, envp, Int32(rows), Int32(columns)) }
    }
    guard let started else { throw NotStarted(program: path) }
    session = started
  }

  public struct NotStarted: Error { let program: String }

  deinit { pty_free(session) }

  private static func withCStrings<Result>(_ strings: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Result) -> Result {
    let pointers = strings.map { strdup($0) }
    defer { pointers.forEach { free($0) } }
    return body(pointers + [nil])
  }

  // MARK: Doing

  public func type(_ text: String) { type(bytes: Array(text.utf8)) }

  public func type(bytes: [UInt8]) {
    bytes.withUnsafeBytes { pty_send(session, $0.bindMemory(to: CChar.self).baseAddress, bytes.count) }
  }

  public func signal(_ number: Int32) { pty_signal(session, number) }
  public func resize(rows: Int, columns: Int) { pty_resize(session, Int32(rows), Int32(columns)) }
  public func goOn() { pty_continue(session) }

  /// Reads until `condition` holds; records an issue with the screen where it does not within 20 seconds.
  @discardableResult
  public func wait(
    _ what: String, fileID: String = #fileID, filePath: String = #filePath, line: Int = #line, column: Int = #column,
    until condition: (Session) -> Bool
  ) -> Bool {
    let deadline = ContinuousClock.now + .seconds(20)
    while !condition(self) {
      if ContinuousClock.now > deadline {
        Issue.record(
          "\(what): not within 20 s. The screen:\n\(text)", sourceLocation: Place(fileID, filePath, line, column).location)
        return false
      }
      pty_pump(session, 50)
    }
    return true
  }

  public func waitForText(
    _ text: String, fileID: String = #fileID, filePath: String = #filePath, line: Int = #line, column: Int = #column
  ) {
    wait("“\(text)” on the screen", fileID: fileID, filePath: filePath, line: line, column: column) { $0.text.contains(text) }
  }

  public func waitForEnd(fileID: String = #fileID, filePath: String = #filePath, line: Int = #line, column: Int = #column) {
    wait("the end of the program", fileID: fileID, filePath: filePath, line: line, column: column) { $0.hasEnded }
  }

  /// Reads what comes within the time, at most once; false where nothing came.
  @discardableResult
  public func pump(milliseconds: Int) -> Bool { pty_pump(session, Int32(milliseconds)) }

  // MARK: Seeing

  public var hasEnded: Bool { pty_has_ended(session) }
  public var isStopped: Bool { pty_is_stopped(session) }
  public var isAlternate: Bool { pty_is_alternate(session) }
  public var isCursorVisible: Bool { pty_is_cursor_visible(session) }
  public var wantsBrackets: Bool { pty_wants_brackets(session) }
  public var areModesOriginal: Bool { pty_modes_are_original(session) }
  public var bytesRead: Int { pty_bytes_read(session) }

  /// Exit code, or nil after a signal.
  public var exitCode: Int32? {
    let status = pty_wait_status(session)
    return status & 0x7F == 0 ? (status >> 8) & 0xFF : nil
  }

  /// The signal that ended the program.
  public var endSignal: Int32? {
    let status = pty_wait_status(session)
    return status & 0x7F == 0 ? nil : status & 0x7F
  }

  public var cursor: (row: Int, column: Int) {
    var row: Int32 = 0
    var column: Int32 = 0
    pty_cursor(session, &row, &column)
    return (Int(row), Int(column))
  }

  public func cell(row: Int, column: Int) -> pty_cell {
    var cell = pty_cell()
    pty_cell_at(session, Int32(row), Int32(column), &cell)
    return cell
  }

  /// The screen as text, without trailing spaces.
  public var text: String { (0..<rows).map(line).joined(separator: "\n") }

  public func line(_ row: Int) -> String {
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
  public func expectCleanTerminal(
    fileID: String = #fileID, filePath: String = #filePath, line: Int = #line, column: Int = #column
  ) {
    let rules = [
      (areModesOriginal, "termios as before"), (!isAlternate, "the alternate screen is left"), (isCursorVisible, "the cursor is seen"),
      (!wantsBrackets, "bracketed paste is off"),
    ]
    for (holds, rule) in rules where !holds {
      Issue.record("\(rule)", sourceLocation: Place(fileID, filePath, line, column).location)
    }
  }
}
