// The merge loops: the heap against the scan, rank order, and time on long pieces.
import Testing

@testable import Tokenization

@Suite struct MergeTests {
  /// A table over 8 symbols with random merges, some of which chain.
  private static func randomTable(_ random: inout SeededGenerator) -> MergeTable {
    var next: Int32 = 8
    let merges = (0..<40).map { _ in
      defer { next += 1 }
      return Merge(left: .random(in: 0..<next, using: &random), right: .random(in: 0..<next, using: &random), merged: next)
    }
    return MergeTable(merges) { _ in false }
  }

  @Test func heapAndScanAgree() {
    var random = SeededGenerator(seed: 2)
    for length in 0..<400 {
      let table = Self.randomTable(&random)
      let symbols = (0..<length).map { Symbol(id: .random(in: 0..<4, using: &random), start: $0) }
      var scanned = symbols
      var heaped = symbols
      var loop = MergeLoop()
      loop.scan(table, &scanned, length)
      MergeLoop.useHeap(table, &heaped, length)
      #expect(scanned == heaped)
    }
  }

  @Test func lowestRankFirstThenLeftmost() {
    // Ranks: bc before ab. "abc" becomes a + bc, "aab" becomes a + ab.
    let table = MergeTable([Merge(left: 1, right: 2, merged: 3), Merge(left: 0, right: 1, merged: 4)]) { _ in false }
    func merged(_ ids: [Int32]) -> [Int32] {
      var symbols = ids.enumerated().map { Symbol(id: $1, start: $0) }
      var loop = MergeLoop()
      loop.apply(table, to: &symbols, end: symbols.count)
      return symbols.map(\.id)
    }
    #expect(merged([0, 1, 2]) == [0, 3])
    #expect(merged([0, 0, 1]) == [0, 4])
    let pairs = MergeTable([Merge(left: 0, right: 0, merged: 1)]) { _ in false }
    var odd = (0..<3).map { Symbol(id: 0, start: $0) }
    var loop = MergeLoop()
    loop.apply(pairs, to: &odd, end: 3)
    #expect(odd == [Symbol(id: 1, start: 0), Symbol(id: 0, start: 2)])
  }

  @Test func longPiecesAreNotQuadratic() throws {
    let tokenizer = try BPETrainer.train(
      texts: ["aaaaaaaaaaaaaaaa", "abababab"], vocabularySize: 264, specialTokens: [], preTokenizer: .gpt2)
    // Unoptimized builds take a tenth of the text and get the same time.
    #if DEBUG
      let length = 100_000
    #else
      let length = 1_000_000
    #endif
    for text in [String(repeating: "a", count: length), String(repeating: "ab", count: length / 2)] {
      var ids: [Int] = []
      let time = Duration.measuring { ids = tokenizer.encode(text) }
      #expect(time < .seconds(20), "quadratic time would take hours")
      #expect(ids.count < length / 3)
      #expect(tokenizer.decode(ids) == text)
    }
  }
}
