// The argument parser's errors in both languages. The parser speaks English only; its messages are few and stable, so a table of patterns is enough.
import Languages

enum UsageMessage {
  /// - Parameter text: the parser's message, or one of ours in the current language.
  static func translated(_ text: String) -> Bilingual {
    let first = text.split(separator: "\n").first.map(String.init) ?? text
    let known = chinese(first)
    // Messages that are not the parser's come from `validate()` and speak the current language already.
    let isOwn = known == nil && !first.unicodeScalars.allSatisfy(\.isASCII)
    return Bilingual(
      zh: (known ?? (isOwn ? first : "参数有误：\(first)")) + end(first, "。") + "用法见：\(helpCommand)",
      en: first + end(first, ".") + " See \(helpCommand)")
  }

  private static func end(_ text: String, _ mark: String) -> String {
    [".", "。", "?", "？"].contains(text.last.map(String.init)) ? "" : mark
  }

  /// The help of the command that was called.
  private static var helpCommand: String {
    let names = LLMLab.commands.map { $0._commandName }
    guard let name = CommandLine.arguments.dropFirst().first(where: names.contains) else { return "llmlab --help" }
    return "llmlab \(name) --help"
  }

  /// Pieces of the parser's messages with their Chinese; * stands for what the message quotes.
  private static let patterns: [(english: [String], chinese: [String])] = [
    (["Unknown option '", "'. Did you mean '", "'?"], ["没有选项 ", "，是不是想用 ", "？"]),
    (["Unknown option '", "'"], ["没有选项 ", ""]),
    (["Missing expected argument '", "'"], ["缺少参数 ", ""]),
    (["Missing value for '", "'"], ["选项 ", " 缺少值"]),
    (["Missing one of: '", "'"], ["缺少以下参数之一：", ""]),
    (["Unexpected argument '", "'"], ["多余的参数 ", ""]),
    (["The value '", "' is invalid for '", "'"], ["值 ", " 不能用于 ", ""]),
    (["The option '", "' does not take any value, but '", "' was specified."], ["选项 ", " 不带值，却给了 ", ""]),
  ]

  private static func chinese(_ text: String) -> String? {
    for (english, chinese) in patterns {
      guard let parts = quoted(in: text, english) else { continue }
      return chinese[0] + zip(parts, chinese.dropFirst()).map { $0 + $1 }.joined()
    }
    return nil
  }

  /// What stands between the pieces of a pattern; the rest after the last piece is dropped.
  private static func quoted(in text: String, _ pieces: [String]) -> [String]? {
    guard text.hasPrefix(pieces[0]) else { return nil }
    var rest = text.dropFirst(pieces[0].count)
    var parts: [String] = []
    for piece in pieces.dropFirst() {
      guard let range = rest.firstRange(of: piece) else { return nil }
      parts.append(String(rest[..<range.lowerBound]))
      rest = rest[range.upperBound...]
    }
    return parts
  }
}
