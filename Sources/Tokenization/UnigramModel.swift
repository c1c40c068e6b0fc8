// The unigram language model (Kudo 2018, arXiv:1804.10959): of all ways to cut a piece into tokens the one with the best sum of scores,
// found by Viterbi's algorithm. Not here: cutting text into pieces, normalization.

struct UnigramModel: Sendable {
  /// A character that no token covers costs this much more than the worst token (SentencePiece's `kUnkPenalty`).
  private static let unknownPenalty = 10.0

  let hasByteFallback: Bool
  /// SentencePiece adds in single precision, which decides between ways that cost the same.
  private let addsSingly: Bool
  private let unknown: Int32?
  private let trie: TokenTrie
  private let scores: [Double]
  private let unknownScore: Double
  private let byteTokens: [Int32]

  init(_ vocabulary: Vocabulary, scores: [Double], hasByteFallback: Bool, addsSingly: Bool, unknown: Int?) {
    self.hasByteFallback = hasByteFallback
    self.addsSingly = addsSingly
    self.unknown = unknown.map(Int32.init)
    self.scores = scores
    let ids = vocabulary.kinds.indices.filter { vocabulary.kinds[$0].isText || vocabulary.kinds[$0] == .byte }
    let spellings = ByteStrings(vocabulary.spellings.map(\.utf8))
    trie = TokenTrie(ids.filter { vocabulary.kinds[$0] != .byte }.map { (spellings[$0], Int32($0)) })
    unknownScore = (ids.map { scores[$0] }.min() ?? 0) - Self.unknownPenalty
    byteTokens = vocabulary.byteTokens(isByteLevel: false)
  }

  private struct Node {
    var score = -Double.infinity
    var start = 0
    var id: Int32 = -1
  }

  /// Appends the tokens of `text[range]`.
  func encode(_ text: UnsafeBufferPointer<UInt8>, _ range: Range<Int>, _ symbols: inout [Symbol]) {
    let (first, end) = (range.lowerBound, range.upperBound)
    var nodes = [Node](repeating: Node(), count: range.count + 1)
    nodes[0].score = 0
    var position = first
    while position < end {
      let length = UTF8Scalar.decode(text, at: position, end: end)?.length ?? 1
      let score = nodes[position - first].score
      var isCovered = false
      func offer(_ next: Int, _ id: Int32, _ cost: Double) {
        let sum = addsSingly ? Double(Float(score) + Float(cost)) : score + cost
        guard sum > nodes[next - first].score else { return }
        nodes[next - first] = Node(score: sum, start: position, id: id)
      }
      trie.forEachMatch(in: text, at: position, end: end) { next, id in
        if next == position + length { isCovered = true }
        offer(next, id, scores[Int(id)])
      }
      if !isCovered { offer(position + length, -1, unknownScore) }
      position += length
    }

    var path: [Symbol] = []
    position = end
    while position > first {
      let node = nodes[position - first]
      path.append(Symbol(id: node.id, start: node.start))
      position = node.start
    }
    append(path.reversed(), text, end, &symbols)
  }

  /// Neighbouring unknown characters are one unknown token, or the bytes of all of them.
  private func append(_ path: [Symbol], _ text: UnsafeBufferPointer<UInt8>, _ end: Int, _ symbols: inout [Symbol]) {
    var index = 0
    while index < path.count {
      guard path[index].id < 0 else {
        symbols.append(path[index])
        index += 1
        continue
      }
      let start = path[index].start
      while index < path.count, path[index].id < 0 { index += 1 }
      let bytes = start..<(index < path.count ? path[index].start : end)
      if hasByteFallback, bytes.allSatisfy({ byteTokens[Int(text[$0])] >= 0 }) {
        for place in bytes { symbols.append(Symbol(id: byteTokens[Int(text[place])], start: place)) }
      } else if let unknown {
        symbols.append(Symbol(id: unknown, start: start))
      }
    }
  }
}
