// Finds special and added tokens in text: the longest at a place, as the common libraries do. Not here: the rule about who may use it
// (PromptSpan, AddedTokens).

/// A sorted list of special spellings, searched like a trie: each further byte narrows the range of candidates.
struct SpecialMatcher: Sendable {
  /// Longer spellings are never recognised: a hostile vocabulary could make every search as long as its longest token.
  static let maximumLength = 128

  private let spellings: [[UInt8]]
  private let ids: [Int]
  private let startsSpecial: [Bool]

  init(_ entries: some Sequence<(spelling: [UInt8], id: Int)>) {
    let sorted = entries.filter { (1...Self.maximumLength).contains($0.spelling.count) }.sorted {
      $0.spelling.lexicographicallyPrecedes($1.spelling)
    }
    spellings = sorted.map(\.spelling)
    ids = sorted.map(\.id)
    var starts = [Bool](repeating: false, count: 256)
    for spelling in spellings { starts[Int(spelling[0])] = true }
    startsSpecial = starts
  }

  var isEmpty: Bool { spellings.isEmpty }

  func id(of spelling: [UInt8]) -> Int? {
    guard let match = longestMatch(in: spelling, at: 0), match.length == spelling.count else { return nil }
    return match.id
  }

  /// The longest special token that starts at `start`, nil if there is none.
  func longestMatch(in text: [UInt8], at start: Int) -> (id: Int, length: Int)? {
    guard start < text.count, startsSpecial[Int(text[start])] else { return nil }
    var low = 0
    var high = spellings.count
    var best: (id: Int, length: Int)?
    var depth = 0
    while start + depth < text.count {
      let byte = text[start + depth]
      // All candidates are longer than `depth` here. Most often all or none go on with this byte.
      if spellings[low][depth] != byte || spellings[high - 1][depth] != byte {
        low = boundary(from: low, to: high) { $0[depth] >= byte }
        high = boundary(from: low, to: high) { $0[depth] > byte }
        guard low < high else { break }
      }
      depth += 1
      // A spelling that ends here sorts before all its extensions.
      if spellings[low].count == depth {
        best = (ids[low], depth)
        low += 1
        guard low < high else { break }
      }
    }
    return best
  }

  /// The first index in the range for which the predicate holds; the predicate is false, then true along the sorted range.
  private func boundary(from low: Int, to high: Int, _ holds: ([UInt8]) -> Bool) -> Int {
    var low = low
    var high = high
    while low < high {
      let middle = low + (high - low) / 2
      if holds(spellings[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
