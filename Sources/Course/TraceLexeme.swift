// Cuts the text of a query into numbers, quoted texts, words and symbols. Not here: their grammar (TraceQueryParser).
import Languages

enum TraceLexeme: Equatable {
  case number(Double), text(String), word(String), symbol(String)

  /// Columns count bytes from 1.
  static func read(_ text: String) throws(TraceError) -> [(lexeme: TraceLexeme, column: Int)] {
    let bytes = Array(text.utf8)
    var lexemes: [(lexeme: TraceLexeme, column: Int)] = []
    var at = 0
    while at < bytes.count {
      let start = at
      if let lexeme = try next(bytes, &at) { lexemes.append((lexeme, start + 1)) }
    }
    return lexemes
  }

  private static func next(_ bytes: [UInt8], _ at: inout Int) throws(TraceError) -> TraceLexeme? {
    let byte = bytes[at]
    let start = at
    func slice() -> String { String(decoding: bytes[start..<at], as: UTF8.self) }
    switch byte {
    case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\n"):
      at += 1
      return nil
    case UInt8(ascii: "0")...UInt8(ascii: "9"):
      while at < bytes.count, isDigit(bytes[at]) { at += 1 }
      if at + 1 < bytes.count, bytes[at] == UInt8(ascii: "."), isDigit(bytes[at + 1]) {
        at += 1
        while at < bytes.count, isDigit(bytes[at]) { at += 1 }
      }
      guard at - start <= 20, let number = Double(slice()) else {
        throw .syntax(column: start + 1, Bilingual(zh: "数字太长", en: "number too long"))
      }
      return .number(number)
    case UInt8(ascii: "\""): return .text(try quoted(bytes, &at))
    case UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "="), UInt8(ascii: "!"):
      at += 1
      if at < bytes.count, bytes[at] == UInt8(ascii: "=") { at += 1 }
      return .symbol(slice())
    case _ where isLetter(byte):
      while at < bytes.count, isLetter(bytes[at]) || isDigit(bytes[at]) || bytes[at] == UInt8(ascii: ".") { at += 1 }
      return .word(slice())
    case _ where "+-*/|()[],.".utf8.contains(byte):
      at += 1
      return .symbol(slice())
    default: throw .syntax(column: start + 1, Bilingual(zh: "这个字符不能出现在查询里", en: "character not allowed in a query"))
    }
  }

  /// A text in double quotes; `\"`, `\\` and `\n` are its only escapes.
  private static func quoted(_ bytes: [UInt8], _ at: inout Int) throws(TraceError) -> String {
    let start = at
    var text: [UInt8] = []
    at += 1
    while at < bytes.count {
      let byte = bytes[at]
      at += 1
      if byte == UInt8(ascii: "\"") { return String(decoding: text, as: UTF8.self) }
      guard byte == UInt8(ascii: "\\") else {
        text.append(byte)
        continue
      }
      guard at < bytes.count else { break }
      switch bytes[at] {
      case UInt8(ascii: "n"): text.append(UInt8(ascii: "\n"))
      case UInt8(ascii: "\""), UInt8(ascii: "\\"): text.append(bytes[at])
      default: throw .syntax(column: at, Bilingual(zh: "未知的转义", en: "unknown escape"))
      }
      at += 1
    }
    throw .syntax(column: start + 1, Bilingual(zh: "引号没有闭合", en: "the quotation mark is not closed"))
  }

  private static func isDigit(_ byte: UInt8) -> Bool { UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte }
  private static func isLetter(_ byte: UInt8) -> Bool {
    UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte | 0x20 || byte == UInt8(ascii: "_")
  }
}
