// Models that look words up: WordPiece (BERT: Schuster and Nakajima 2012, google-research/bert `tokenization.py`) and WordLevel.
// Not here: cutting text into words.

struct WordPieceModel: Sendable {
  /// How the vocabulary tells where a word begins.
  enum Marking: Sendable, Hashable {
    /// Continuations are marked: `##ing`.
    case continuation(String)
    /// Beginnings are marked, as GGUF has it: `▁word`.
    case beginning(String)
  }

  let marking: Marking
  /// Longer words are unknown.
  let longestWord: Int
  private let unknown: Int32?
  private let beginnings: TokenTrie
  private let continuations: TokenTrie

  init(_ vocabulary: Vocabulary, _ marking: Marking, longestWord: Int, unknown: Int?) {
    self.marking = marking
    self.longestWord = longestWord
    self.unknown = unknown.map(Int32.init)
    var tokens: (beginnings: [(bytes: ArraySlice<UInt8>, id: Int32)], continuations: [(bytes: ArraySlice<UInt8>, id: Int32)]) = ([], [])
    for (id, spelling) in vocabulary.spellings.enumerated() where vocabulary.kinds[id].isText {
      let (word, begins) = marking.word(of: spelling)
      let entry = (bytes: word[...], id: Int32(id))
      if begins { tokens.beginnings.append(entry) } else { tokens.continuations.append(entry) }
    }
    beginnings = TokenTrie(tokens.beginnings)
    continuations = TokenTrie(tokens.continuations)
  }

  /// Appends the tokens of the word: the longest that fits, again and again; the unknown token if none fits somewhere.
  func encode(_ text: UnsafeBufferPointer<UInt8>, _ range: Range<Int>, _ symbols: inout [Symbol]) {
    let first = symbols.count
    var position = range.lowerBound
    var fits = characterCount(text, range) <= longestWord
    while fits, position < range.upperBound {
      var longest: (end: Int, id: Int32)?
      let trie = position == range.lowerBound ? beginnings : continuations
      trie.forEachMatch(in: text, at: position, end: range.upperBound) { longest = ($0, $1) }
      guard let longest else {
        fits = false
        break
      }
      symbols.append(Symbol(id: longest.id, start: position))
      position = longest.end
    }
    guard !fits else { return }
    symbols.removeLast(symbols.count - first)
    if let unknown { symbols.append(Symbol(id: unknown, start: range.lowerBound)) }
  }

  private func characterCount(_ text: UnsafeBufferPointer<UInt8>, _ range: Range<Int>) -> Int {
    range.count { text[$0] & 0xC0 != 0x80 }
  }
}

extension WordPieceModel.Marking {
  /// The bytes that a spelling stands for, and whether they begin a word.
  func word(of spelling: String) -> (bytes: [UInt8], begins: Bool) {
    let bytes = Array(spelling.utf8)
    switch self {
    case .continuation(let mark):
      return !mark.isEmpty && bytes.starts(with: mark.utf8) && bytes.count > mark.utf8.count
        ? (Array(bytes.dropFirst(mark.utf8.count)), false) : (bytes, true)
    case .beginning(let mark):
      return bytes.starts(with: mark.utf8) ? (Array(bytes.dropFirst(mark.utf8.count)), true) : (bytes, false)
    }
  }
}

/// Whole words only.
struct WordLevelModel: Sendable {
  private let unknown: Int32?
  private let table: TokenTable

  init(_ vocabulary: Vocabulary, unknown: Int?) {
    self.unknown = unknown.map(Int32.init)
    table = TokenTable(ByteStrings(vocabulary.spellings.map(\.utf8))) { vocabulary.kinds[$0].isText }
  }

  func encode(_ text: UnsafeBufferPointer<UInt8>, _ range: Range<Int>, _ symbols: inout [Symbol]) {
    guard let id = table.index(of: UnsafeBufferPointer(rebasing: text[range])) ?? unknown else { return }
    symbols.append(Symbol(id: id, start: range.lowerBound))
  }
}
