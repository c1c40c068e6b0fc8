// The loop of BPE training over words of ids: pair counts, where pairs occur, and a queue of the most frequent. Not here: text.

struct BPELearner {
  private struct Pair: Hashable {
    var left: Int32
    var right: Int32
  }

  private struct Occurrences {
    var count = 0
    /// Words that hold the pair or held it once; may repeat.
    var words: [Int32] = []

    mutating func add(_ more: Int, in word: Int32) {
      count += more
      if words.last != word { words.append(word) }
    }
  }

  /// A pair in the queue; the smallest candidate is the one to merge next.
  private struct Candidate: Comparable {
    let count: Int
    let pair: Pair
    let left: [UInt8]
    let right: [UInt8]

    static func < (a: Candidate, b: Candidate) -> Bool {
      if a.count != b.count { return a.count > b.count }
      if a.left != b.left { return b.left.lexicographicallyPrecedes(a.left) }
      return b.right.lexicographicallyPrecedes(a.right)
    }

    static func == (a: Candidate, b: Candidate) -> Bool { a.count == b.count && a.left == b.left && a.right == b.right }
  }

  private(set) var tokens: [[UInt8]]
  private(set) var merges: [Merge] = []
  /// Different merges may spell the same token, which then keeps one id.
  private var idOfToken: [[UInt8]: Int32]
  private var words: [[Int32]] = []
  private var counts: [Int] = []
  private var pairs: [Pair: Occurrences] = [:]
  private var learned: Set<Pair> = []

  /// - Parameter firstMergeable: tokens before this id are special; merges that spell one get an id of their own.
  init(tokens: [[UInt8]], firstMergeable: Int) {
    self.tokens = tokens
    idOfToken = Dictionary(tokens[firstMergeable...].enumerated().map { ($1, Int32(firstMergeable + $0)) }) { first, _ in first }
  }

  mutating func add(word: [Int32], count: Int) {
    let index = Int32(words.count)
    words.append(word)
    counts.append(count)
    for (left, right) in zip(word, word.dropFirst()) { add(Pair(left: left, right: right), count, in: index) }
  }

  /// Merges the best pair until there are `size` tokens or no pairs.
  mutating func learn(until size: Int, _ progress: (Int, Int) -> Void) {
    var queue = Heap(pairs.map { candidate($0.key, $0.value.count) })
    while tokens.count < size, let best = queue.popMin() {
      // Counts fall while a candidate waits; then it goes back to where it belongs now.
      let count = pairs[best.pair]?.count ?? 0
      guard count == best.count else {
        if count > 0 { queue.push(candidate(best.pair, count)) }
        continue
      }
      for pair in merge(best.pair) {
        if let count = pairs[pair]?.count, count > 0 { queue.push(candidate(pair, count)) }
      }
      progress(tokens.count, size)
    }
  }

  private func candidate(_ pair: Pair, _ count: Int) -> Candidate {
    Candidate(count: count, pair: pair, left: tokens[Int(pair.left)], right: tokens[Int(pair.right)])
  }

  private mutating func add(_ pair: Pair, _ count: Int, in word: Int32) {
    pairs[pair, default: Occurrences()].add(count, in: word)
  }

  /// Replaces the pair in all words and returns the pairs whose count grew.
  private mutating func merge(_ pair: Pair) -> Set<Pair> {
    let bytes = tokens[Int(pair.left)] + tokens[Int(pair.right)]
    let merged = idOfToken[bytes] ?? Int32(tokens.count)
    if Int(merged) == tokens.count {
      tokens.append(bytes)
      idOfToken[bytes] = merged
    }
    // A token found along two ways can bring back a pair that was merged before; its first rank stands.
    if learned.insert(pair).inserted { merges.append(Merge(left: pair.left, right: pair.right, merged: merged)) }

    var grown: Set<Pair> = []
    for index in pairs.removeValue(forKey: pair)?.words ?? [] {
      replace(pair, by: merged, inWord: index, &grown)
    }
    return grown
  }

  private mutating func replace(_ pair: Pair, by merged: Int32, inWord index: Int32, _ grown: inout Set<Pair>) {
    let word = words[Int(index)]
    let count = counts[Int(index)]
    var result: [Int32] = []
    result.reserveCapacity(word.count)
    var i = 0
    while i < word.count {
      guard i + 1 < word.count, word[i] == pair.left, word[i + 1] == pair.right else {
        result.append(word[i])
        i += 1
        continue
      }
      if let before = result.last {
        subtract(Pair(left: before, right: pair.left), count)
        grow(Pair(left: before, right: merged), count, in: index, &grown)
      }
      if i + 2 < word.count {
        subtract(Pair(left: pair.right, right: word[i + 2]), count)
        grow(Pair(left: merged, right: word[i + 2]), count, in: index, &grown)
      }
      result.append(merged)
      i += 2
    }
    words[Int(index)] = result
  }

  private mutating func subtract(_ pair: Pair, _ count: Int) { pairs[pair]?.count -= count }

  private mutating func grow(_ pair: Pair, _ count: Int, in word: Int32, _ grown: inout Set<Pair>) {
    add(pair, count, in: word)
    grown.insert(pair)
  }
}
