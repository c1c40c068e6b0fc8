// Lines from standard input as they come, for commands that talk. Not here: whole texts (StandardInput).
import Languages
import ModelFiles

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Reads line by line; bytes that are not UTF-8 are refused with their line.
struct LineInput {
  private static let maximumBytes = 4 << 20
  private var buffer: [UInt8] = []
  private var isAtEnd = false
  private var number = 0

  /// The next line without its break; nil at the end. A line that ends in a backslash goes on with the next one.
  mutating func next() throws -> String? {
    guard var line = try piece() else { return nil }
    while line.hasSuffix("\\"), let more = try piece() { line = String(line.dropLast()) + "\n" + more }
    return line
  }

  private mutating func piece() throws -> String? {
    var searched = 0
    while true {
      if let end = buffer[searched...].firstIndex(of: 0x0A) {
        defer { buffer.removeFirst(end + 1) }
        return try text(buffer[..<end])
      }
      searched = buffer.count
      if isAtEnd {
        defer { buffer = [] }
        return buffer.isEmpty ? nil : try text(buffer[...])
      }
      if searched > Self.maximumBytes {
        throw problem(zh: "这一行超过 4 MiB", en: "the line has more than 4 MiB", mendZh: "请分段输入", mendEn: "Enter it in parts")
      }
      try fill()
    }
  }

  private mutating func fill() throws {
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    let count = read(STDIN_FILENO, &chunk, chunk.count)
    if count < 0 && errno == EINTR { return }
    guard count >= 0 else {
      let reason = String(cString: strerror(errno))
      throw problem(zh: "读取失败（\(reason)）", en: "it cannot be read (\(reason))", mendZh: "请检查输入来源", mendEn: "Check where it comes from")
    }
    isAtEnd = count == 0
    buffer += chunk[..<count]
  }

  private mutating func text(_ bytes: ArraySlice<UInt8>) throws -> String {
    number += 1
    let line = bytes.last == 0x0D ? bytes.dropLast() : bytes
    guard let text = String(validating: line, as: UTF8.self) else {
      throw problem(zh: "不是合法的 UTF-8 文本", en: "this is not valid UTF-8 text", mendZh: "请先转换编码", mendEn: "Convert its encoding first")
    }
    return text
  }

  private func problem(zh: String, en: String, mendZh: String, mendEn: String) -> FileError {
    FileError(
      file: "stdin", place: "line \(number + 1)", problem: Bilingual(zh: zh, en: en), mend: Bilingual(zh: mendZh, en: mendEn))
  }
}
