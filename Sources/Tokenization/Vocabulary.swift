// The vocabulary: which bytes each token id stands for, how files spell it, and which ids are special. Not here: how text becomes ids.

/// What a token is for. The raw values are those of GGUF's `tokenizer.ggml.token_type`.
public enum TokenKind: Int, Sendable {
  case normal = 1
  case unknown = 2
  /// A special token: steers the model, is never text, comes from templates only.
  case control = 3
  /// Added by hand, printed like text; like `control` it comes from templates only.
  case userDefined = 4
  case unused = 5
  /// One byte of byte fallback, spelled `<0xNN>`.
  case byte = 6
}

/// All tokens of a tokenizer, indexed by id.
public struct Vocabulary: Sendable {
  /// The bytes that each id stands for in decoded text, not always whole UTF-8 characters.
  public let tokens: [[UInt8]]
  public let kinds: [TokenKind]
  /// Each id as model files spell it (byte-level tokens in GPT-2's byte alphabet). Unused ids are spelled "".
  public let spellings: [String]
  let specials: SpecialMatcher

  public var count: Int { tokens.count }

  init(tokens: [[UInt8]], kinds: [TokenKind], spellings: [String]) {
    precondition(tokens.count == kinds.count && tokens.count == spellings.count)
    self.tokens = tokens
    self.kinds = kinds
    self.spellings = spellings
    specials = SpecialMatcher(
      kinds.indices.lazy.filter { kinds[$0].comesFromTemplatesOnly }.map { (Array(spellings[$0].utf8), $0) })
  }

  /// The id of a special token by its exact spelling, such as `<|end|>`.
  public func id(of special: String) -> Int? { specials.id(of: Array(special.utf8)) }

  /// Whether the id is a control token; false for ids outside the vocabulary.
  public func isSpecial(_ id: Int) -> Bool { kinds.indices.contains(id) && kinds[id] == .control }

  /// Ids that only template spans may yield, ascending.
  public var specialIds: [Int] { kinds.indices.filter { kinds[$0].comesFromTemplatesOnly } }
}

extension TokenKind {
  var comesFromTemplatesOnly: Bool { self == .control || self == .userDefined }
}
