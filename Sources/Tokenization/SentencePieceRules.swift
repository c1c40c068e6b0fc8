// What a SentencePiece-like tokenizer.json adds to merging: spaces written as "▁", a space before the text, bytes for unknown characters.
// Not here: reading the file, SentencePiece's own model format, unigram models.

/// The rules by which text becomes the first symbols, and tokens become text again.
public struct SentencePieceRules: Sendable, Hashable {
  /// A space is put before the text and after each special token (normalizer `Prepend`).
  public var prependsSpace: Bool
  /// Characters outside the vocabulary become `<0xNN>` tokens.
  public var hasByteFallback: Bool
  /// Neighbouring unknown characters become one unknown token.
  public var fusesUnknown: Bool
  /// The space that was put before the text is taken away when decoding (decoder `Strip`).
  public var stripsLeadingSpace: Bool

  /// U+2581 in UTF-8.
  static let space: [UInt8] = [0xE2, 0x96, 0x81]

  /// The text with "▁" for every space, and one before it if `atStart` and the rules ask for it.
  func normalized(_ text: [UInt8], atStart: Bool) -> [UInt8] {
    guard !text.isEmpty else { return [] }
    var result = atStart && prependsSpace ? Self.space : []
    result.reserveCapacity(text.count * 5 / 4 + 3)
    for byte in text {
      if byte == 0x20 { result += Self.space } else { result.append(byte) }
    }
    return result
  }

  /// The bytes that a spelling stands for: "▁" is a space again.
  static func bytes(of spelling: String) -> [UInt8] {
    var result: [UInt8] = []
    for scalar in spelling.unicodeScalars {
      if scalar == "\u{2581}" { result.append(0x20) } else { result += UTF8.encode(scalar).map(Array.init) ?? [] }
    }
    return result
  }

  /// The byte of a byte-fallback spelling: `<0x`, exactly two hexadecimal digits, `>`.
  static func byte(of spelling: String) -> UInt8? {
    let bytes = Array(spelling.utf8)
    guard bytes.count == 6, spelling.hasPrefix("<0x"), bytes[5] == UInt8(ascii: ">"),
      let high = hexValue(bytes[3]), let low = hexValue(bytes[4])
    else { return nil }
    return high << 4 | low
  }

  static func spelling(of byte: UInt8) -> String {
    let hex = String(byte, radix: 16, uppercase: true)
    return "<0x" + (hex.count == 1 ? "0" : "") + hex + ">"
  }

  private static func hexValue(_ character: UInt8) -> UInt8? {
    switch character {
    case 0x30...0x39: character - 0x30
    case 0x41...0x46: character - 0x37
    case 0x61...0x66: character - 0x57
    default: nil
    }
  }
}
