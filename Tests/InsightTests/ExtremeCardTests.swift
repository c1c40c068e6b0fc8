// Cards of runs with numbers that break naive formatting: tiny, huge, zero, mixed, not finite.
import Insight
import Models
import Testing

@Suite struct ExtremeCardTests {
  enum Extreme: String, CaseIterable, Sendable { case zeros, tiny, small, huge, mixed, coarse }

  static func trace(_ extreme: Extreme, seed: UInt64) throws -> Trace {
    try Samples.trace(
      Samples.model(seed: seed) { random in
        switch extreme {
        case .zeros: 0
        case .tiny: random.normal() * 1e-12
        case .small: random.normal() * 1e-3
        case .huge: random.normal() * 1e3
        case .mixed: [Float(0), 1e-12, 1e3, -1e3, 1e-3, 1, -1][random.below(7)]
        case .coarse: Float(random.below(5) - 2) * 0.5
        }
      }, seed: seed)
  }

  @Test(arguments: Extreme.allCases) func cardsAddUp(_ extreme: Extreme) throws {
    for seed in [UInt64(1), 2] {
      let trace = try Self.trace(extreme, seed: seed)
      var random = RandomSource(seed: seed)
      for operation in trace.operations {
        for _ in 0..<12 {
          let card = try #require(trace.card(operation: operation.index, at: Samples.cell(operation, of: trace, &random)))
          if let fault = CardChecker.fault(card) { Issue.record("\(fault)\n\(CardChecker.describe(card))") }
          let scale = card.lines.map { $0.result.value.magnitude }.filter(\.isFinite).max() ?? 0
          if !CardChecker.agrees(card, with: trace, scale: scale) { Issue.record("does not agree\n\(CardChecker.describe(card))") }
        }
      }
    }
  }

  /// One bad weight in the first query projection.
  @Test(arguments: [Float.nan, .infinity, -.infinity]) func badNumbersAreShownAndNamed(_ bad: Float) throws {
    var count = 0
    let model = Samples.model { random in
      count += 1
      return count == 300 * 24 + 24 + 30 ? bad : random.normal() * 0.3
    }
    let trace = try Samples.trace(model)
    let first = try #require(trace.nonFinite.first)
    #expect(first.hook == .block(0, .query) && first.operation.kind == .query && first.count == 14 && first.first == [0, 0, 1])
    var random = RandomSource(seed: 1)
    for operation in trace.operations {
      for _ in 0..<12 {
        let card = try #require(trace.card(operation: operation.index, at: Samples.cell(operation, of: trace, &random)))
        if let fault = CardChecker.fault(card) { Issue.record("\(fault)\n\(CardChecker.describe(card))") }
      }
    }
    let card = try #require(trace.card(operation: first.operation.index, at: first.first))
    #expect(card.recorded == Quantity(try #require(trace.tensor(first.hook))[0, 0, 1]))
    #expect(card.result == card.recorded && card.deviation == nil && !card.result.isFinite)
  }
}
