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

/// Merges by pair of ids. Rank 0 is the merge learned first and applied first.
struct MergeTable: Sendable {
  /// (left, right) by rank.
  let pairs: [(left: Int32, right: Int32)]
  /// Rank in the high half and the merged id in the low half, so that comparing entries compares ranks.
  private let entries: [UInt64: UInt64]

  private static let none = UInt64.max
  /// Up to this many symbols, scanning for the lowest rank beats a heap.
  private static let scanLimit = 40

  /// - Parameters:
  ///   - merges: by rank; a pair listed twice keeps its first rank.
  ///   - isForbidden: ids that text must never yield; merges into them are kept for writing and never applied.
  init(_ merges: [Merge], isForbidden: (Int32) -> Bool) {
    pairs = merges.map { ($0.left, $0.right) }
    var entries = [UInt64: UInt64](minimumCapacity: merges.count)
    for (rank, merge) in merges.enumerated() where !isForbidden(merge.merged) {
      let key = Self.key(merge.left, merge.right)
      if entries[key] == nil { entries[key] = UInt64(rank) << 32 | UInt64(UInt32(bitPattern: merge.merged)) }
    }
    self.entries = entries
  }

  private static func key(_ left: Int32, _ right: Int32) -> UInt64 {
    UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
  }

  private func entry(_ left: Int32, _ right: Int32) -> UInt64 { entries[Self.key(left, right)] ?? Self.none }

  private static func id(_ entry: UInt64) -> Int32 { Int32(truncatingIfNeeded: entry) }

  /// The id that a pair merges into, nil if it does not merge.
  func merged(_ left: Int32, _ right: Int32) -> Int32? { entries[Self.key(left, right)].map(Self.id) }

  /// Applies merges, lowest rank first and leftmost on ties, until none applies.
  func apply(to symbols: inout [Symbol]) {
    if symbols.count <= Self.scanLimit { applyByScanning(&symbols) } else { applyByHeap(&symbols) }
  }

  /// The plain loop: quadratic, fastest for words. Twin of `applyByHeap`.
  func applyByScanning(_ symbols: inout [Symbol]) {
    guard symbols.count > 1 else { return }
    var best: [UInt64] = []
    best.reserveCapacity(symbols.count)
    for i in 1..<symbols.count { best.append(entry(symbols[i - 1].id, symbols[i].id)) }
    while true {
      var lowest = Self.none
      var place = 0
      for (i, value) in best.enumerated() where value < lowest {
        lowest = value
        place = i
      }
      guard lowest != Self.none else { return }
      symbols[place].id = Self.id(lowest)
      symbols.remove(at: place + 1)
      best.remove(at: place)
      if place > 0 { best[place - 1] = entry(symbols[place - 1].id, symbols[place].id) }
      if place < best.count { best[place] = entry(symbols[place].id, symbols[place + 1].id) }
    }
  }

  /// A linked list and a heap of (rank, place): n log n, for long pieces.
  func applyByHeap(_ symbols: inout [Symbol]) {
    let count = symbols.count
    guard count > 1 else { return }
    precondition(count < Int(Int32.max), "a piece of text beyond 2 Gi symbols")
    var next = [Int32](unsafeUninitializedCapacity: count) { buffer, initialized in
      for i in 0..<count { buffer[i] = Int32(i + 1) }
      initialized = count
    }
    var previous = [Int32](unsafeUninitializedCapacity: count) { buffer, initialized in
      for i in 0..<count { buffer[i] = Int32(i - 1) }
      initialized = count
    }
    let dead: Int32 = -2

    // Rank in the high half, place in the low half: the smallest key is the lowest rank, then the leftmost.
    func key(_ left: Int) -> UInt64? {
      let right = Int(next[left])
      guard right < count else { return nil }
      let found = entry(symbols[left].id, symbols[right].id)
      return found == Self.none ? nil : (found >> 32) << 32 | UInt64(left)
    }
    var queue = Heap((0..<count - 1).compactMap(key))

    while let lowest = queue.popMin() {
      let left = Int(lowest & 0xFFFF_FFFF)
      // Entries are not removed when their pair changes; a stale one no longer matches what stands there.
      guard previous[left] != dead, key(left) == lowest else { continue }
      let right = Int(next[left])
      symbols[left].id = Self.id(entry(symbols[left].id, symbols[right].id))
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
