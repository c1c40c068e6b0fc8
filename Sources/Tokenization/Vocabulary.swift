// The vocabulary: which bytes each token id stands for, how files spell it, and which ids are special. Not here: how text becomes ids.

/// What a token is for. The raw values are those of GGUF's `tokenizer.ggml.token_type`.
public enum TokenKind: Int, Sendable {
  case normal = 1
  case unknown = 2
  /// A special token: steers the model, is never text, comes from templates only.
  case control = 3
  /// Added by hand and not marked special (`<think>`, runs of spaces): a piece of ordinary text, found in whatever anybody wrote.
  case userDefined = 4
  case unused = 5
  /// One byte of byte fallback, spelled `<0xNN>`.
  case byte = 6

  /// Whether text that somebody wrote may become this token.
  var isText: Bool { self == .normal || self == .userDefined }
}

/// All tokens of a tokenizer, indexed by id.
public struct Vocabulary: Sendable {
  /// The bytes that each id stands for in decoded text, not always whole UTF-8 characters.
  public let tokens: ByteStrings
  public let kinds: [TokenKind]
  /// Each id as model files spell it (byte-level tokens in GPT-2's byte alphabet). Unused ids are spelled "".
  public let spellings: [String]
  /// Log probabilities or ranks, for models that have them; all finite. Empty for the others.
  let scores: [Float]
  let specials: SpecialMatcher

  public var count: Int { tokens.count }

  init(tokens: ByteStrings, kinds: [TokenKind], spellings: [String], scores: [Float] = []) {
    precondition(tokens.count == kinds.count && tokens.count == spellings.count && [0, kinds.count].contains(scores.count))
    self.tokens = tokens
    self.kinds = kinds
    self.spellings = spellings
    self.scores = scores
    specials = SpecialMatcher(kinds.indices.lazy.filter { kinds[$0] == .control }.map { (Array(spellings[$0].utf8), $0) })
  }

  /// The id of a special token by its exact spelling, such as `<|end|>`.
  public func id(of special: String) -> Int? { specials.id(of: Array(special.utf8)) }

  /// Whether the id is a control token; false for ids outside the vocabulary.
  public func isSpecial(_ id: Int) -> Bool { kinds.indices.contains(id) && kinds[id] == .control }

  /// Ids that only template spans may yield, ascending.
  public var specialIds: [Int] { kinds.indices.filter { kinds[$0] == .control } }

  /// The token of each single byte, -1 where there is none.
  func byteTokens(isByteLevel: Bool) -> [Int32] {
    var ids = [Int32](repeating: -1, count: 256)
    let wanted = isByteLevel ? TokenKind.normal : .byte
    for id in kinds.indices where kinds[id] == wanted {
      let bytes = tokens[id]
      if bytes.count == 1, let byte = bytes.first, ids[Int(byte)] < 0 { ids[Int(byte)] = Int32(id) }
    }
    return ids
  }
}
