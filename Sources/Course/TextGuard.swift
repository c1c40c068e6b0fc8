// Bounds on text before a parser written by others sees it: cmark-gfm has inputs of quadratic cost (CVE-2023-22483 to -22486, -24824,
// -26485, -37463), and YAML nests on one line. Not here: what the text means.
import Languages

enum TextGuard {
  static let maximumBytes = 64 << 10
  static let maximumLineBytes = 4096
  /// Bytes between blank lines: the unit on which inline parsing may be quadratic.
  static let maximumRunBytes = 16 << 10
  static let maximumLines = 4000
  static let maximumBars = 48
  static let maximumIndent = 80
  static let maximumMarkers = 12
  static let maximumFlowDepth = 24

  /// The text, when it is UTF-8 within all bounds; otherwise the first problem with its line.
  static func check(_ bytes: [UInt8], _ problems: inout ProblemList) -> String? {
    guard bytes.count <= maximumBytes else {
      problems.add(0, zh: "文件超过 \(maximumBytes >> 10) KiB", en: "larger than \(maximumBytes >> 10) KiB")
      return nil
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      problems.add(0, zh: "不是有效的 UTF-8", en: "not valid UTF-8")
      return nil
    }
    var line = 1
    var run = 0
    var flow = 0
    for content in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
      run = content.allSatisfy { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") || $0 == UInt8(ascii: "\r") } ? 0 : run + content.count
      if let problem = problem(content, run: run, flow: &flow) {
        problems.add(line, problem)
        return nil
      }
      line += 1
      guard line <= maximumLines else {
        problems.add(line, zh: "行数太多", en: "too many lines")
        return nil
      }
    }
    if let scalar = text.unicodeScalars.first(where: isForbidden) {
      let before = text.unicodeScalars.prefix { $0 != scalar }
      let name = String(scalar.value, radix: 16, uppercase: true)
      problems.add(
        1 + before.count { $0 == "\n" }, zh: "不允许的不可见字符 U+\(name)", en: "the invisible character U+\(name) is not allowed")
      return nil
    }
    return text
  }

  private static func problem(_ line: ArraySlice<UInt8>, run: Int, flow: inout Int) -> Bilingual? {
    if line.count > maximumLineBytes { return Bilingual(zh: "这一行太长", en: "the line is too long") }
    if run > maximumRunBytes { return Bilingual(zh: "段落太长，中间没有空行", en: "the paragraph is too long without a blank line") }
    if line.count(where: { $0 == UInt8(ascii: "|") }) > maximumBars { return Bilingual(zh: "竖线太多", en: "too many vertical bars") }
    // What may open a container in Markdown or YAML, before the first other character.
    let prefix = line.prefix { " \t->*+?.)0123456789".utf8.contains($0) }
    if prefix.count > maximumIndent { return Bilingual(zh: "缩进太深", en: "indented too deeply") }
    if prefix.count(where: { "->*+?".utf8.contains($0) }) > maximumMarkers && prefix.count != line.count {
      return Bilingual(zh: "嵌套太深", en: "nested too deeply")
    }
    if prefix.count == line.count, prefix.count(where: { ">?".utf8.contains($0) }) > maximumMarkers {
      return Bilingual(zh: "嵌套太深", en: "nested too deeply")
    }
    for byte in line {
      if byte == UInt8(ascii: "[") || byte == UInt8(ascii: "{") { flow += 1 }
      if byte == UInt8(ascii: "]") || byte == UInt8(ascii: "}") { flow = max(0, flow - 1) }
    }
    return flow > maximumFlowDepth ? Bilingual(zh: "括号嵌套太深", en: "brackets are nested too deeply") : nil
  }

  /// Control, bidirectional, zero-width, tag and combining characters would move what stands beside them on the screen;
  /// the private-use ones mark live numbers while Markdown is read.
  static func isForbidden(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x0A: false
    case 0..<0x20, 0x7F..<0xA0, 0xAD, 0x300...0x36F, 0x61C, 0x200B...0x200F, 0x2028...0x202E, 0x2060...0x206F, 0xE000...0xF8FF,
      0xFE00...0xFE0F, 0xFEFF, 0xFFF0...0xFFFD, 0x1F000...0x1FFFF, 0xE0000...0x10FFFF:
      true
    default: false
    }
  }

  /// Columns in a terminal: East Asian wide and fullwidth characters take two.
  static func columns(_ text: String) -> Int {
    text.unicodeScalars.reduce(0) { $0 + (isWide($1.value) ? 2 : 1) }
  }

  private static func isWide(_ value: UInt32) -> Bool {
    switch value {
    case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60,
      0xFFE0...0xFFE6, 0x20000...0x3FFFD:
      true
    default: false
    }
  }
}
