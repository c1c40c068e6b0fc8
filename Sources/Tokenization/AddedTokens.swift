// Tokens that are found in text before anything else happens to it. Special ones are found in template text only (PromptSpan), the others in any
// text. Not here: the vocabulary, the search itself (SpecialMatcher). Flags: huggingface/tokenizers, `tokenizer/added_vocabulary.rs`.

/// How an added token is looked for.
struct AddedTokenFlags: Sendable, Hashable {
  /// White space on the left or right belongs to the match.
  var stripsLeft = false
  var stripsRight = false
  /// Found as a whole word only.
  var isSingleWord = false
  /// Looked for after normalization.
  var isNormalized = false
}

struct AddedTokens: Sendable {
  /// Only tokens that differ from the default.
  let flags: [Int: AddedTokenFlags]
  /// User-defined tokens by their spelling, and by their spelling after normalization.
  private let raw: SpecialMatcher
  private let normalized: SpecialMatcher

  init(_ vocabulary: Vocabulary, _ flags: [Int: AddedTokenFlags], _ normalizer: Normalizer) {
    self.flags = flags
    let ids = vocabulary.kinds.indices.filter { vocabulary.kinds[$0] == .userDefined }
    func isNormalized(_ id: Int) -> Bool { flags[id]?.isNormalized ?? false }
    raw = SpecialMatcher(ids.filter { !isNormalized($0) }.map { (Array(vocabulary.spellings[$0].utf8), $0) })
    normalized = SpecialMatcher(
      ids.lazy.filter(isNormalized).map { id in
        (normalizer.normalized(AlignedText(Array(vocabulary.spellings[id].utf8), startsText: false)).bytes, id)
      })
  }

  /// A stretch of text: a token, or what is between tokens.
  enum Part {
    case token(Int, start: Int)
    case text(Range<Int>)
  }

  /// Cuts text at user-defined tokens, leftmost first and the longest at each place.
  func forEachPart(of text: [UInt8], isNormalized: Bool, _ body: (Part) -> Void) {
    let matcher = isNormalized ? normalized : raw
    var start = 0
    if !matcher.isEmpty {
      var position = 0
      while position < text.count {
        guard let match = matcher.longestMatch(in: text, at: position),
          let range = extent(of: match.id, position..<position + match.length, in: text, after: start)
        else {
          position += 1
          continue
        }
        if start < range.lowerBound { body(.text(start..<range.lowerBound)) }
        body(.token(match.id, start: range.lowerBound))
        start = range.upperBound
        position = range.upperBound
      }
    }
    if start < text.count { body(.text(start..<text.count)) }
  }

  /// The match with the white space that belongs to it, nil where it had to be a word and is not.
  private func extent(of id: Int, _ match: Range<Int>, in text: [UInt8], after floor: Int) -> Range<Int>? {
    guard let flags = flags[id] else { return match }
    if flags.isSingleWord, Self.touchesWord(match, in: text) { return nil }
    let start = flags.stripsLeft ? max(floor, Self.spaceStart(text, before: match.lowerBound)) : match.lowerBound
    let end = flags.stripsRight ? Self.spaceEnd(text, from: match.upperBound) : match.upperBound
    return start..<end
  }

  /// Whether a letter, digit or connector stands directly before or after.
  static func touchesWord(_ match: Range<Int>, in text: [UInt8]) -> Bool {
    func isWord(_ scalar: Unicode.Scalar?) -> Bool { scalar.map(ScalarCategory.wordOfRust.contains) ?? false }
    let before = lastScalar(text, before: match.lowerBound)?.scalar
    let after = match.upperBound < text.count ? UTF8Scalar.decode(text, at: match.upperBound, end: text.count)?.scalar : nil
    return isWord(before) || isWord(after)
  }

  private static func lastScalar(_ text: [UInt8], before end: Int) -> (scalar: Unicode.Scalar, length: Int)? {
    for length in 1...4 where length <= end {
      if let found = UTF8Scalar.decode(text, at: end - length, end: end), found.length == length { return found }
    }
    return nil
  }

  static func spaceStart(_ text: [UInt8], before end: Int) -> Int {
    var start = end
    while let last = lastScalar(text, before: start), last.scalar.properties.isWhitespace { start -= last.length }
    return start
  }

  static func spaceEnd(_ text: [UInt8], from start: Int) -> Int {
    var end = start
    while end < text.count, let next = UTF8Scalar.decode(text, at: end, end: text.count), next.scalar.properties.isWhitespace {
      end += next.length
    }
    return end
  }
}
