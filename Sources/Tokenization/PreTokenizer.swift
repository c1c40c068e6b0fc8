// Pre-tokenizers: cut text into the pieces that merges never cross. Written by hand over Unicode general categories instead of a regular
// expression engine: linear time, and the same on every system. Not here: merges.

/// How text is cut before merging. Raw values are GGUF's `tokenizer.ggml.pre`.
public enum PreTokenizer: String, Sendable, CaseIterable {
  /// `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+` (openai/gpt-2 `encoder.py`).
  case gpt2 = "gpt-2"
  /// Every `\p{N}` alone, then the GPT-2 split of what lies between (llama.cpp's `smollm`).
  case smollm

  /// Calls `body` with the byte range of every piece, in order; the ranges tile the text. Bytes that are not UTF-8 count as symbols.
  func forEachPiece(in text: [UInt8], _ body: (Range<Int>) -> Void) {
    switch self {
    case .gpt2:
      Self.splitAsGPT2(text, 0..<text.count, body)
    case .smollm:
      var start = 0
      var position = 0
      while position < text.count {
        let (kind, length) = ScalarClass.at(position, in: text, end: text.count)
        if kind == .number {
          Self.splitAsGPT2(text, start..<position, body)
          body(position..<position + length)
          start = position + length
        }
        position += length
      }
      Self.splitAsGPT2(text, start..<text.count, body)
    }
  }

  private static func splitAsGPT2(_ text: [UInt8], _ range: Range<Int>, _ body: (Range<Int>) -> Void) {
    var start = range.lowerBound
    let end = range.upperBound
    while start < end {
      let next = endOfGPT2Piece(text, from: start, end: end)
      body(start..<next)
      start = next
    }
  }

  private static func endOfGPT2Piece(_ text: [UInt8], from start: Int, end: Int) -> Int {
    if let contraction = contractionLength(text, at: start, end: end) { return start + contraction }
    var position = start
    var (kind, length) = ScalarClass.at(position, in: text, end: end)
    if text[start] == 0x20, start + 1 < end {
      let following = ScalarClass.at(start + 1, in: text, end: end)
      if following.kind != .space {
        position = start + 1
        (kind, length) = following
      }
    }
    // A run of one class; of white space remember where its last scalar begins.
    var lastScalar = position
    var runEnd = position + length
    while runEnd < end {
      let following = ScalarClass.at(runEnd, in: text, end: end)
      guard following.kind == kind else { break }
      lastScalar = runEnd
      runEnd += following.length
    }
    // `\s+(?!\S)`: before a word, white space leaves its last scalar to the next piece.
    if kind == .space, runEnd < end, lastScalar > start { return lastScalar }
    return runEnd
  }

  private static func contractionLength(_ text: [UInt8], at start: Int, end: Int) -> Int? {
    guard text[start] == UInt8(ascii: "'"), start + 1 < end else { return nil }
    switch text[start + 1] {
    case UInt8(ascii: "s"), UInt8(ascii: "t"), UInt8(ascii: "m"), UInt8(ascii: "d"): return 2
    case UInt8(ascii: "r"), UInt8(ascii: "v"): return start + 2 < end && text[start + 2] == UInt8(ascii: "e") ? 3 : nil
    case UInt8(ascii: "l"): return start + 2 < end && text[start + 2] == UInt8(ascii: "l") ? 3 : nil
    default: return nil
    }
  }
}

/// The four classes that the split patterns tell apart.
enum ScalarClass {
  case letter, number, space, symbol

  /// The class and byte length of the scalar at `position`, read inside `..<end`.
  static func at(_ position: Int, in text: [UInt8], end: Int) -> (kind: ScalarClass, length: Int) {
    let byte = text[position]
    if byte < 0x80 { return (ascii(byte), 1) }
    guard let (scalar, length) = UTF8Scalar.decode(text, at: position, end: end) else { return (.symbol, 1) }
    return (of(scalar), length)
  }

  private static func ascii(_ byte: UInt8) -> ScalarClass {
    switch byte {
    case 0x61...0x7A, 0x41...0x5A: .letter
    case 0x30...0x39: .number
    case 0x20, 0x09...0x0D: .space
    default: .symbol
    }
  }

  private static func of(_ scalar: Unicode.Scalar) -> ScalarClass {
    // Most of what we read beyond ASCII; saves the table lookups.
    if (0x4E00...0x9FA5).contains(scalar.value) { return .letter }
    switch scalar.properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: return .letter
    case .decimalNumber, .letterNumber, .otherNumber: return .number
    default: return scalar.properties.isWhitespace ? .space : .symbol
    }
  }
}
