// Text from standard input: for "-", and for commands that are called in a pipe without text.
import Languages
import ModelFiles

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

enum StandardInput {
  /// No context of a model holds more.
  private static let maximumBytes = 16 << 20

  static var isTerminal: Bool { isatty(STDIN_FILENO) == 1 }

  /// The text that an argument stands for.
  static func text(_ argument: String?, name: Bilingual) throws -> String {
    if let argument, argument != "-" { return argument }
    if argument == nil && isTerminal {
      throw Failure.usage(
        zh: "缺少\(name.zh)。请写在命令后面，或通过管道传入。", en: "The \(name.en) is missing. Give it as an argument, or through a pipe.")
    }
    return try all()
  }

  private static func all() throws -> String {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = read(STDIN_FILENO, &buffer, buffer.count)
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else {
        let reason = String(cString: strerror(errno))
        throw problem(
          "read", zh: "读取失败（\(reason)）", en: "it cannot be read (\(reason))", mendZh: "请检查输入来源", mendEn: "Check where it comes from")
      }
      if count == 0 { break }
      bytes += buffer[..<count]
      if bytes.count > maximumBytes {
        throw problem(
          "byte \(maximumBytes)", zh: "文本超过 16 MiB", en: "the text has more than 16 MiB", mendZh: "请分段处理", mendEn: "Process it in parts")
      }
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw problem(
        "UTF-8", zh: "不是合法的 UTF-8 文本", en: "this is not valid UTF-8 text", mendZh: "请先转换编码", mendEn: "Convert its encoding first")
    }
    return text
  }

  private static func problem(_ place: String, zh: String, en: String, mendZh: String, mendEn: String) -> FileError {
    FileError(file: "stdin", place: place, problem: Bilingual(zh: zh, en: en), mend: Bilingual(zh: mendZh, en: mendEn))
  }
}
