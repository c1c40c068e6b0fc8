// Standard output and standard error. Data is written exactly; what a terminal shows has gone through DisplayText. Not here: tables, JSON's shapes.
import Languages
import ModelFiles
import Terminal

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

enum Output {
  /// The reader of standard output has gone.
  struct BrokenPipe: Error {}

  static let isTerminal = isatty(STDOUT_FILENO) == 1
  static let errorIsTerminal = isatty(STDERR_FILENO) == 1

  /// Writes data as it is; callers pass nothing to a terminal that has not been sanitized.
  static func data(_ text: String) throws {
    let failure = put(Array(text.utf8), to: STDOUT_FILENO)
    if failure == EPIPE { throw BrokenPipe() }
    if failure != 0 {
      let reason = String(cString: strerror(failure))
      throw Failure(
        zh: "无法写入标准输出：\(reason)。请检查磁盘空间或重定向的目标。",
        en: "Standard output cannot be written: \(reason). Check the disk space or where it is redirected to.")
    }
  }

  static func line(_ text: DisplayText) throws { try data(text.string + "\n") }

  /// One document on one line.
  static func json(_ value: JSON) throws { try data(escaped(value.serialized()) + "\n") }

  /// What standard output can show beside text: a terminal with 256 colours does, unless NO_COLOR (https://no-color.org) is set.
  static var colors: ColorMode {
    func variable(_ name: String) -> String { getenv(name).map { String(cString: $0) } ?? "" }
    return isTerminal && variable("NO_COLOR").isEmpty && variable("TERM").hasSuffix("256color") ? .color256 : .none
  }

  /// A picture made of cells, without the empty lines below it.
  static func picture(_ frame: Frame, _ theme: Theme) throws {
    let text = theme.colorMode == .none ? frame.plainText : frame.ansiText(theme.colorMode)
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    while lines.last?.allSatisfy({ $0 == " " }) == true { lines.removeLast() }
    try data(lines.joined(separator: "\n") + "\n")
  }

  /// Text of a model, file or user: exact into a file or pipe, sanitized onto a terminal.
  static func text(_ text: String) throws { try data(isTerminal ? DisplayText(text).string : text) }

  /// A note for people on standard error. That nobody reads it is no failure.
  static func note(_ text: Bilingual) { error("llmlab: " + text[.current]) }

  /// One line on standard error.
  static func error(_ text: String) {
    let line = DisplayText(text).string.split(separator: "\n").joined(separator: " ")
    _ = put(Array((line + "\n").utf8), to: STDERR_FILENO)
  }

  /// What comes before a line of input, on standard error.
  static func prompt(_ text: String) { _ = put(Array(DisplayText(text).string.utf8), to: STDERR_FILENO) }

  /// Replaces the last line on a terminal's standard error; "" clears it.
  static func statusLine(_ text: DisplayText) { _ = put(Array("\r\u{1B}[K\(text.string)".utf8), to: STDERR_FILENO) }

  /// JSON text in which nothing can act on a terminal or hide from a reader; equal to the original for every parser. Such characters stand inside
  /// strings only, where an escape means the same.
  private static func escaped(_ json: String) -> String {
    if json.utf8.allSatisfy({ $0 < 0x7F }) { return json }
    var result = String.UnicodeScalarView()
    for scalar in json.unicodeScalars {
      if isVisible(scalar) {
        result.append(scalar)
      } else {
        for unit in String(scalar).utf16 {
          let digits = String(unit, radix: 16)
          result.append(contentsOf: ("\\u" + String(repeating: "0", count: 4 - digits.count) + digits).unicodeScalars)
        }
      }
    }
    return String(result)
  }

  private static func isVisible(_ scalar: Unicode.Scalar) -> Bool {
    if scalar.isASCII { return scalar.value != 0x7F }
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned: return false
    default: return true
    }
  }

  /// - Returns: 0, or the error's number.
  private static func put(_ bytes: [UInt8], to descriptor: Int32) -> Int32 {
    var start = 0
    while start < bytes.count {
      let count = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress! + start, bytes.count - start) }
      if count >= 0 { start += count } else if errno == EAGAIN { waitUntilWritable(descriptor) } else if errno != EINTR { return errno }
    }
    return 0
  }

  /// Some parents hand down non-blocking descriptors.
  private static func waitUntilWritable(_ descriptor: Int32) {
    var place = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
    poll(&place, 1, -1)
  }
}
