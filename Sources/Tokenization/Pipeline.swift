// What a tokenizer does besides its vocabulary, in values that compare and are written to files: normalizer, pre-tokenizer, model, decoding.
// Not here: running it (Tokenizer), reading and writing it (HuggingFace*, GGUF*).

/// From text to pieces, from pieces to tokens, from tokens to text.
struct Pipeline: Sendable, Hashable {
  enum Model: Sendable, Hashable {
    /// Merges by rank.
    case bytePairs(BytePairOptions)
    /// Merges by score (SentencePiece BPE).
    case scoredPairs(hasByteFallback: Bool)
    /// - Parameter addsSingly: scores are added in single precision.
    case unigram(hasByteFallback: Bool, addsSingly: Bool)
    case wordPiece(WordPieceModel.Marking, longestWord: Int)
    case wordLevel
  }

  var normalizer = Normalizer()
  var preTokenizer = PreTokenizer([])
  var model: Model
  var decoding: Decoding

  /// Byte-level BPE: merges over bytes, inside the pieces of a pre-tokenizer (GPT-2, Sprout).
  static func byteLevel(_ preTokenizer: PreTokenizer, ignoresMerges: Bool = false) -> Pipeline {
    Pipeline(
      preTokenizer: preTokenizer, model: .bytePairs(BytePairOptions(ignoresMerges: ignoresMerges)),
      decoding: Decoding(spelling: .byteAlphabet))
  }
}

/// How the spelling of a token becomes the bytes that it stands for.
struct Decoding: Sendable, Hashable {
  enum Spelling: Sendable, Hashable {
    /// GPT-2's byte alphabet.
    case byteAlphabet
    /// Text, with replacements ("▁" by a space).
    case text([Replacement])
    /// Words and continuations; a space goes before each word.
    /// - Parameter cleansUp: spaces before punctuation disappear.
    case words(WordPieceModel.Marking, cleansUp: Bool)
  }

  struct Replacement: Sendable, Hashable {
    let from: String
    let to: String
  }

  var spelling: Spelling
  /// A space that begins the whole text is taken away: the one that was put there before encoding.
  var stripsLeadingSpace = false

  static let metaspace = Replacement(from: "\u{2581}", to: " ")

  /// The bytes of a token.
  func bytes(of text: String, _ kind: TokenKind) -> [UInt8] {
    switch kind {
    case .unused: return []
    case .byte: return SentencePieceSpelling.byte(of: text).map { [$0] } ?? []
    case .control, .unknown: return Array(text.utf8)
    case .userDefined:
      guard case .text = spelling else { return Array(text.utf8) }
    case .normal: break
    }
    switch spelling {
    case .byteAlphabet: return ByteAlphabet.bytes(of: text) ?? Array(text.utf8)
    case .text(let replacements):
      var bytes = Array(text.utf8)
      let limit = Self.longest(bytes.count)
      for replacement in replacements {
        bytes = Self.replacing(Array(replacement.from.utf8), Array(replacement.to.utf8), in: bytes, limit: limit)
      }
      return bytes
    case .words(let marking, let cleansUp):
      let (word, begins) = marking.word(of: text)
      guard begins else { return word }
      return cleansUp && Self.isAttached(word) ? word : [0x20] + word
    }
  }

  /// What stands directly after the word before it (the clean-up of `transformers`, as far as it looks at single tokens).
  private static func isAttached(_ word: [UInt8]) -> Bool {
    [".", "?", "!", ",", "n't", "'m", "'s", "'ve", "'re"].contains { word.starts(with: $0.utf8) }
  }

  /// What a token's spelling may stand for, in bytes: replacements of a hostile file could double it at each step.
  private static func longest(_ count: Int) -> Int { 256 + 16 * count }

  /// Beyond the limit the bytes stay as they are.
  private static func replacing(_ from: [UInt8], _ to: [UInt8], in bytes: [UInt8], limit: Int) -> [UInt8] {
    guard !from.isEmpty, bytes.count >= from.count, bytes.contains(from[0]) else { return bytes }
    var result: [UInt8] = []
    var position = 0
    while position < bytes.count {
      let mayReplace = to.count <= from.count || result.count + to.count + bytes.count - position - from.count <= limit
      if mayReplace, bytes[position...].starts(with: from) {
        result += to
        position += from.count
      } else {
        result.append(bytes[position])
        position += 1
      }
    }
    return result
  }
}

/// SentencePiece's spellings of single bytes.
enum SentencePieceSpelling {
  /// The byte of a byte-fallback spelling: `<0x`, exactly two hexadecimal digits, `>`.
  static func byte(of spelling: String) -> UInt8? {
    let bytes = spelling.utf8
    guard bytes.count == 6, spelling.hasPrefix("<0x"), bytes.last == UInt8(ascii: ">") else { return nil }
    let digits = Array(bytes.dropFirst(3).prefix(2))
    guard let high = hexValue(digits[0]), let low = hexValue(digits[1]) else { return nil }
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
