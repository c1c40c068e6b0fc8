// Head patterns on attention made by hand: a model whose weights are chosen so that heads do what their names say is hard to write, so the
// scores are checked against sums over the recorded pattern, and pooling and statistics on small numbers.
import Insight
import Models
import Testing

@Suite struct PatternTests {
  static let repeated = [5, 6, 7, 8, 5, 6, 7, 8, 9, 5]

  @Test func scoresAreMeansOverThePattern() throws {
    let trace = try Trace.record(Samples.model(scale: 0.6, seed: 9), ids: Self.repeated)
    let patterns = trace.headPatterns
    #expect(patterns.count == 2 && patterns.allSatisfy { $0.count == 4 })
    for (layer, heads) in patterns.enumerated() {
      let map = try #require(trace.tensor(.block(layer, .pattern)))
      for (head, pattern) in heads.enumerated() {
        func a(_ query: Int, _ key: Int) -> Double { Double(map[head, query, key]) }
        #expect(pattern.layer == layer && pattern.head == head)
        expectNear(pattern.scores[.previousToken], (1..<10).map { a($0, $0 - 1) }.reduce(0, +) / 9)
        expectNear(pattern.scores[.sink], (1..<10).map { a($0, 0) }.reduce(0, +) / 9)
        expectNear(pattern.scores[.duplicateToken], (a(4, 0) + a(5, 1) + a(6, 2) + a(7, 3) + a(9, 0) + a(9, 4)) / 5)
        expectNear(pattern.scores[.induction], (a(4, 1) + a(5, 2) + a(6, 3) + a(7, 4) + a(9, 1) + a(9, 5)) / 5)
        let entropies = (0..<10).map { query in (0...query).reduce(0.0) { $0 - a(query, $1) * Double.log2(a(query, $1)) } }
        expectNear(pattern.lastEntropy, entropies[9])
        expectNear(pattern.meanEntropy, entropies.reduce(0, +) / 10)
      }
    }
  }

  /// Without queries every row is even: entropy is the logarithm of the row's length, and nothing stands out.
  @Test func evenAttentionHasNoPattern() throws {
    let trace = try Trace.record(Samples.model(scale: 0), ids: Self.repeated)
    for pattern in trace.headPatterns.joined() {
      #expect(pattern.strongest == nil)
      expectNear(pattern.lastEntropy, .log2(10))
    }
    let single = try Trace.record(Samples.model(), ids: [4])
    #expect(single.headPatterns[0][0].scores.isEmpty && single.headPatterns[0][0].lastEntropy == 0)
  }

  /// Keys that point one way and queries that all look there: the first token is the only one with a large key.
  @Test func aSinkIsNamed() throws {
    let model = Samples.model(layers: 1, heads: 1, keyValueHeads: 1, headSize: 24, seed: 2)
    let block = model.transformer.blocks[0]
    // The residual stream is the embedding; token 5 alone has a large first dimension, which is all that queries and keys read.
    let table = model.transformer.embeddingTable.tensor
    for id in 0..<300 {
      for i in 0..<24 { table.data[id * 24 + i] = i == 1 ? 1 : 0 }
      if id == 5 { (table.data[id * 24], table.data[id * 24 + 1]) = (1, 1) }
    }
    for tensor in [block.query.weight.tensor, block.key.weight.tensor] { tensor.data.update(repeating: 0, count: tensor.count) }
    // Slow pairs hardly rotate: dimension 11 of 24 pairs with 23.
    block.query.weight.tensor.data[11 * 24 + 1] = 8
    block.key.weight.tensor.data[11 * 24] = 8
    let trace = try Trace.record(model, ids: [5, 6, 7, 8, 9, 10, 11, 12])
    #expect(trace.headPatterns[0][0].strongest == .sink)
  }

  @Test func mapsArePooledByOneFactor() throws {
    let trace = try Samples.trace(Samples.model(), tokens: 33)
    let map = try #require(trace.attentionMap(layer: 1, head: 2, fitting: 10, by: 40))
    #expect(map.rowFactor == 4 && map.columnFactor == 4 && map.rows == 9 && map.columns == 9 && map.isPooled)
    let pattern = try #require(trace.tensor(.block(1, .pattern)))
    #expect(map[2, 1] == (8..<12).flatMap { q in (4..<8).map { pattern[2, q, $0] } }.max())
    #expect(map[8, 8] == pattern[2, 32, 32])
    #expect(trace.attentionMap(layer: 0, head: 4, fitting: 10, by: 10) == nil)
    #expect(trace.attentionMap(layer: 2, head: 0, fitting: 10, by: 10) == nil)
    #expect(trace.attentionMap(layer: 0, head: 0, fitting: 100, by: 100)?.isPooled == false)
  }

  @Test func poolingKeepsWhatMatters() {
    let values: [Float] = [1, -3, 2, .nan, -.infinity, -1]
    let signed = PooledMap(values, rows: 1, columns: 6, fitting: 1, by: 3, rule: .largestMagnitude)
    #expect(signed.values[0] == -3 && signed.values[1].isNaN && signed.values[2] == -1 && signed.columnFactor == 2)
    let largest = PooledMap(values, rows: 1, columns: 6, fitting: 1, by: 3, rule: .largest)
    #expect(largest.values[0] == 1 && largest.values[1].isNaN && largest.values[2] == -1)
    #expect(PooledMap([], rows: 0, columns: 5, fitting: 3, by: 3, rule: .largest).values.isEmpty)
    #expect(PooledMap([1, 2], rows: 2, columns: 1, fitting: 0, by: 0, rule: .largest).values == [2])
  }

  @Test func statisticsOfSmallNumbers() {
    let statistics = TensorStatistics([3, -1, .nan, 2, -.infinity, 0])
    #expect(statistics.count == 6 && statistics.nonFiniteCount == 2 && statistics.minimum == -1 && statistics.maximum == 3)
    expectNear(statistics.mean, 1)
    expectNear(statistics.norm, 14.0.squareRoot())
    expectNear(statistics.standardDeviation, 2.5.squareRoot())
    expectNear(statistics.kurtosis, (16.0 + 16 + 1 + 1) / 4 / 6.25)
    #expect(TensorStatistics([2, 2]).kurtosis == 0 && TensorStatistics([]).mean == 0 && TensorStatistics([.nan]).maximum == 0)
  }
}

func expectNear(_ value: Double?, _ expected: Double, location: SourceLocation = #_sourceLocation) {
  #expect(abs((value ?? .nan) - expected) <= 1e-5 * max(1, abs(expected)), sourceLocation: location)
}
