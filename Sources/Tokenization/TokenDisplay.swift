// How a token looks on the screen: every byte visible, nothing that a terminal would obey. Not here: widths, colours.

extension Tokenizer {
  /// The token with visible glyphs: `␣the`, `⏎`, `⟨E4 BD⟩` for bytes that are no whole character, `⟨U+200B⟩` for invisible characters. Empty for
  /// ids outside the vocabulary.
  public func displayText(of id: Int) -> String {
    let bytes = bytes(of: id)
    var text = ""
    var broken: [UInt8] = []
    func endBroken() {
      guard !broken.isEmpty else { return }
      text += "⟨" + broken.map { Self.hex(UInt32($0), digits: 2) }.joined(separator: " ") + "⟩"
      broken = []
    }
    var position = 0
    while position < bytes.count {
      if let (scalar, length) = UTF8Scalar.decode(bytes, at: position, end: bytes.count) {
        endBroken()
        text += Self.glyph(scalar, isFirst: text.isEmpty)
        position += length
      } else {
        broken.append(bytes[position])
        position += 1
      }
    }
    endBroken()
    return text
  }

  private static func glyph(_ scalar: Unicode.Scalar, isFirst: Bool) -> String {
    switch scalar.value {
    case 0x20: return "␣"
    case 0x0A: return "⏎"
    case 0x09: return "⇥"
    case 0x00...0x1F: return String(Unicode.Scalar(0x2400 + scalar.value) ?? scalar)
    case 0x7F: return "␡"
    default: break
    }
    switch scalar.properties.generalCategory {
    case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator, .spaceSeparator:
      return "⟨U+\(hex(scalar.value, digits: 4))⟩"
    case .nonspacingMark, .enclosingMark, .spacingMark:
      // A mark needs something to stand on.
      return isFirst ? "◌\(scalar)" : String(scalar)
    default: return String(scalar)
    }
  }

  private static func hex(_ value: UInt32, digits: Int) -> String {
    let text = String(value, radix: 16, uppercase: true)
    return String(repeating: "0", count: max(0, digits - text.utf8.count)) + text
  }
}
