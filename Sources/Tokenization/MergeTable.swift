// The learned merges of byte pair encoding and the loop that applies them (Sennrich et al. 2016, arXiv:1508.07909).
// Not here: where the first symbols come from, and training.

/// One symbol of a piece while it is being merged.
struct Symbol: Hashable {
  var id: Int32
  /// Where the symbol begins, in bytes of the text being encoded.
  var start: Int
}

/// One merge: the pair of ids and the id that it becomes.
struct Merge {
  var left: Int32
  var right: Int32
  var merged: Int32
}

/// Which neighbours merge, and in which order.
protocol MergeRule {
  /// The rank in the high half, lowest first, and the merged id in the low half; `IntegerTable.none` if the two do not merge.
  /// - Parameter end: where the right symbol ends.
  func entry(_ left: Symbol, _ right: Symbol, end: Int) -> UInt64
}

/// Merges by pair of ids. Rank 0 is the merge learned first and applied first.
struct MergeTable: MergeRule, Sendable {
  private let entries: IntegerTable

  /// - Parameters:
  ///   - merges: by rank; a pair listed twice keeps its first rank.
  ///   - isForbidden: ids that text must never yield; merges into them are kept for writing and never applied.
  init(_ merges: [Merge], isForbidden: (Int32) -> Bool) {
    var entries = IntegerTable(capacity: merges.count)
    for (rank, merge) in merges.enumerated() where !isForbidden(merge.merged) {
      entries.insert(Self.key(merge.left, merge.right), UInt64(rank) << 32 | UInt64(UInt32(bitPattern: merge.merged)))
    }
    self.entries = entries
  }

  private static func key(_ left: Int32, _ right: Int32) -> UInt64 {
    UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
  }

  func entry(_ left: Symbol, _ right: Symbol, end: Int) -> UInt64 { entries[Self.key(left.id, right.id)] }
}

/// Applies merges to the symbols of one piece. Keeps its memory from piece to piece.
struct MergeLoop {
  /// Up to this many symbols, scanning for the lowest rank beats a heap.
  private static let scanLimit = 40
  private static let none = IntegerTable.none
  private var best: [UInt64] = []

  private static func id(_ entry: UInt64) -> Int32 { Int32(truncatingIfNeeded: entry) }

  /// Applies merges, lowest rank first and leftmost on ties, until none applies.
  /// - Parameter end: where the last symbol ends.
  mutating func apply(_ rule: some MergeRule, to symbols: inout [Symbol], end: Int) {
    if symbols.count <= Self.scanLimit { scan(rule, &symbols, end) } else { Self.useHeap(rule, &symbols, end) }
  }

  /// The plain loop: quadratic, fastest for words. Twin of `useHeap`.
  mutating func scan(_ rule: some MergeRule, _ symbols: inout [Symbol], _ end: Int) {
    var count = symbols.count
    guard count > 1 else { return }
    best.removeAll(keepingCapacity: true)
    for i in 1..<count { best.append(rule.entry(symbols[i - 1], symbols[i], end: i + 1 < count ? symbols[i + 1].start : end)) }
    while true {
      var lowest = Self.none
      var place = 0
      for i in 0..<count - 1 where best[i] < lowest {
        lowest = best[i]
        place = i
      }
      guard lowest != Self.none else { break }
      symbols[place].id = Self.id(lowest)
      count -= 1
      for i in place + 1..<max(place + 1, count) {
        symbols[i] = symbols[i + 1]
        best[i - 1] = best[i]
      }
      let next = place + 1 < count ? symbols[place + 1].start : end
      if place > 0 { best[place - 1] = rule.entry(symbols[place - 1], symbols[place], end: next) }
      if place + 1 < count {
        best[place] = rule.entry(symbols[place], symbols[place + 1], end: place + 2 < count ? symbols[place + 2].start : end)
      }
    }
    symbols.removeLast(symbols.count - count)
  }

  /// A linked list and a heap of (rank, place): n log n, for long pieces.
  static func useHeap(_ rule: some MergeRule, _ symbols: inout [Symbol], _ end: Int) {
    let count = symbols.count
    guard count > 1 else { return }
    precondition(count < Int(Int32.max), "a piece of text beyond 2 Gi symbols")
    var next = (0..<count).map { Int32($0 + 1) }
    var previous = (0..<count).map { Int32($0 - 1) }
    let dead: Int32 = -2

    func entry(_ left: Int) -> UInt64 {
      let right = Int(next[left])
      guard right < count else { return none }
      let after = Int(next[right])
      return rule.entry(symbols[left], symbols[right], end: after < count ? symbols[after].start : end)
    }
    // Rank in the high half, place in the low half: the smallest key is the lowest rank, then the leftmost.
    func key(_ left: Int) -> UInt64? {
      let found = entry(left)
      return found == none ? nil : (found >> 32) << 32 | UInt64(left)
    }
    var queue = Heap((0..<count - 1).compactMap(key))

    while let lowest = queue.popMin() {
      let left = Int(lowest & 0xFFFF_FFFF)
      // Entries are not removed when their pair changes; a stale one no longer matches what stands there.
      guard previous[left] != dead, key(left) == lowest else { continue }
      let right = Int(next[left])
      symbols[left].id = id(entry(left))
      next[left] = next[right]
      previous[right] = dead
      if Int(next[left]) < count { previous[Int(next[left])] = Int32(left) }
      if previous[left] >= 0, let changed = key(Int(previous[left])) { queue.push(changed) }
      if let changed = key(left) { queue.push(changed) }
    }

    var kept = 0
    var place = 0
    while place < count {
      symbols[kept] = symbols[place]
      kept += 1
      place = Int(next[place])
    }
    symbols.removeLast(count - kept)
  }
}
