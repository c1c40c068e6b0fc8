// Byte pair encoding of one piece: its first symbols, then merges by rank. Not here: cutting text into pieces, merges by score.
// Options are those of huggingface/tokenizers, `models/bpe`.

/// The parts of a byte pair model that files set.
struct BytePairOptions: Sendable, Hashable {
  /// Symbols are bytes; otherwise they are characters.
  var isByteLevel = true
  /// A piece that is a token as a whole is not merged from parts (Llama 3).
  var ignoresMerges = false
  /// Characters outside the vocabulary become `<0xNN>` tokens.
  var hasByteFallback = false
  /// Neighbouring unknown characters become one unknown token.
  var fusesUnknown = false
  /// Stands before every character of a piece but the first.
  var continuingPrefix = ""
  /// Stands after the last character of a piece.
  var endSuffix = ""
}

struct BytePairModel: Sendable {
  let options: BytePairOptions
  let merges: MergeTable
  private let unknown: Int32?
  /// The token of each single byte, -1 where the vocabulary has none.
  private let byteTokens: [Int32]
  /// What text may become: normal and user-defined tokens by the bytes that they match.
  private let table: TokenTable

  init(_ vocabulary: Vocabulary, _ merges: [Merge], _ options: BytePairOptions, unknown: Int?) {
    self.options = options
    self.unknown = unknown.map(Int32.init)
    let kinds = vocabulary.kinds
    self.merges = MergeTable(merges) { !kinds[Int($0)].isText }
    let keys = options.isByteLevel ? vocabulary.tokens : ByteStrings(vocabulary.spellings.map(\.utf8))
    table = TokenTable(keys) { kinds[$0].isText }
    byteTokens = vocabulary.byteTokens(isByteLevel: options.isByteLevel)
  }

  /// Appends the tokens of `text[range]`.
  func encode(
    _ text: UnsafeBufferPointer<UInt8>, _ range: Range<Int>, _ symbols: inout [Symbol], _ loop: inout MergeLoop
  ) {
    if options.ignoresMerges, let id = table.index(of: UnsafeBufferPointer(rebasing: text[range])) {
      symbols.append(Symbol(id: id, start: range.lowerBound))
      return
    }
    if options.isByteLevel, options.continuingPrefix.isEmpty, options.endSuffix.isEmpty {
      for position in range { appendByte(text[position], at: position, &symbols) }
    } else {
      var position = range.lowerBound
      while position < range.upperBound { position += appendCharacter(text, range, at: position, &symbols) }
    }
    loop.apply(merges, to: &symbols, end: range.upperBound)
  }

  /// A byte without token becomes the unknown token; without that it is dropped, as in the `tokenizers` library.
  private func appendByte(_ byte: UInt8, at position: Int, _ symbols: inout [Symbol]) {
    let id = byteTokens[Int(byte)]
    if id >= 0 { symbols.append(Symbol(id: id, start: position)) } else { appendUnknown(at: position, &symbols) }
  }

  private func appendUnknown(at position: Int, _ symbols: inout [Symbol]) {
    guard let unknown else { return }
    if options.fusesUnknown, symbols.last?.id == unknown { return }
    symbols.append(Symbol(id: unknown, start: position))
  }

  /// Appends the symbols of the character at `position` and returns its length in bytes.
  private func appendCharacter(_ text: UnsafeBufferPointer<UInt8>, _ range: Range<Int>, at position: Int, _ symbols: inout [Symbol]) -> Int
  {
    let length = options.isByteLevel ? 1 : UTF8Scalar.decode(text, at: position, end: range.upperBound)?.length ?? 1
    let end = position + length
    let character = UnsafeBufferPointer(rebasing: text[position..<end])
    let hasPrefix = position > range.lowerBound && !options.continuingPrefix.isEmpty
    let hasSuffix = end == range.upperBound && !options.endSuffix.isEmpty
    let found: Int32?
    if hasPrefix || hasSuffix {
      found = table.index(
        of: (hasPrefix ? Array(options.continuingPrefix.utf8) : []) + character + (hasSuffix ? Array(options.endSuffix.utf8) : []))
    } else {
      found = table.index(of: character)
    }
    if let found {
      symbols.append(Symbol(id: found, start: position))
    } else if options.hasByteFallback, character.allSatisfy({ byteTokens[Int($0)] >= 0 }) {
      for place in position..<end { appendByte(text[place], at: place, &symbols) }
    } else {
      appendUnknown(at: position, &symbols)
    }
    return length
  }
}

/// SentencePiece's byte pair encoding (Kudo and Richardson 2018, arXiv:1808.06226): neighbours merge where their union is a token, best score
/// first. Unlike merges by rank this needs no list of pairs.
struct ScoredPairModel: Sendable {
  let hasByteFallback: Bool
  private let unknown: Int32?
  private let byteTokens: [Int32]
  private let table: TokenTable
  /// By id: the smaller, the better the score.
  private let ranks: [UInt32]

  init(_ vocabulary: Vocabulary, hasByteFallback: Bool, unknown: Int?) {
    self.hasByteFallback = hasByteFallback
    self.unknown = unknown.map(Int32.init)
    table = TokenTable(ByteStrings(vocabulary.spellings.map(\.utf8))) { vocabulary.kinds[$0].isText }
    byteTokens = vocabulary.byteTokens(isByteLevel: false)
    ranks = vocabulary.scores.map(Self.rank)
  }

  /// Integers in the reverse order of the scores.
  private static func rank(_ score: Float) -> UInt32 {
    // 0 and -0 are one score; NaN never comes this far.
    let bits = (score == 0 ? Float(0) : score).bitPattern
    return bits >> 31 == 1 ? bits : ~bits & 0x7FFF_FFFF
  }

  private struct Rule: MergeRule {
    let text: UnsafeBufferPointer<UInt8>
    let table: TokenTable
    let ranks: [UInt32]

    func entry(_ left: Symbol, _ right: Symbol, end: Int) -> UInt64 {
      guard let id = table.index(of: UnsafeBufferPointer(rebasing: text[left.start..<end])) else { return IntegerTable.none }
      return UInt64(ranks[Int(id)]) << 32 | UInt64(id)
    }
  }

  /// Appends the tokens of `text[range]`.
  func encode(
    _ text: UnsafeBufferPointer<UInt8>, _ range: Range<Int>, _ symbols: inout [Symbol], _ loop: inout MergeLoop
  ) {
    var position = range.lowerBound
    var hasUnknown = false
    while position < range.upperBound {
      let length = UTF8Scalar.decode(text, at: position, end: range.upperBound)?.length ?? 1
      let id = table.index(of: UnsafeBufferPointer(rebasing: text[position..<position + length]))
      symbols.append(Symbol(id: id ?? -1, start: position))
      hasUnknown = hasUnknown || id == nil
      position += length
    }
    loop.apply(Rule(text: text, table: table, ranks: ranks), to: &symbols, end: range.upperBound)
    if hasUnknown { resolveUnknown(text, range, &symbols) }
  }

  /// Characters that are no token and joined none become bytes, or unknown tokens.
  private func resolveUnknown(_ text: UnsafeBufferPointer<UInt8>, _ range: Range<Int>, _ symbols: inout [Symbol]) {
    var resolved: [Symbol] = []
    resolved.reserveCapacity(symbols.count + 16)
    for (index, symbol) in symbols.enumerated() {
      guard symbol.id < 0 else {
        resolved.append(symbol)
        continue
      }
      let bytes = symbol.start..<(index + 1 < symbols.count ? symbols[index + 1].start : range.upperBound)
      if hasByteFallback, bytes.allSatisfy({ byteTokens[Int(text[$0])] >= 0 }) {
        for place in bytes { resolved.append(Symbol(id: byteTokens[Int(text[place])], start: place)) }
      } else if let unknown {
        resolved.append(Symbol(id: unknown, start: symbol.start))
      }
    }
    symbols = resolved
  }
}
