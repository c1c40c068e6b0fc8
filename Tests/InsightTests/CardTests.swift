// Cards of every operation over random models: they add up as shown, agree with the run, and name where their numbers come from.
import Insight
import Models
import Testing

@Suite struct CardTests {
  /// Every family; shapes with shared and unshared key-value heads, one row shorter than the listed terms, one wide, tied and untied.
  static let traces: [Trace] = {
    let models = [
      Samples.model(seed: 1), Samples.model(hidden: 32, heads: 4, keyValueHeads: 4, intermediate: 64, scale: 0.1, tied: false, seed: 2),
      Samples.model(hidden: 6, layers: 1, heads: 3, keyValueHeads: 1, headSize: 4, intermediate: 5, scale: 0.8, seed: 3),
      Samples.model(hidden: 96, layers: 1, heads: 8, keyValueHeads: 2, intermediate: 160, scale: 0.2, gain: 3, seed: 4),
    ]
    return (models + Samples.families).enumerated().compactMap {
      try? Samples.trace($1, tokens: [14, 20, 5, 33][$0 % 4], seed: UInt64($0))
    }
  }()

  @Test(arguments: OperationKind.allCases) func randomCellsAddUp(_ kind: OperationKind) throws {
    var random = RandomSource(seed: 11)
    var (count, deviations) = (0, 0)
    for trace in Self.traces {
      let operations = trace.operations.filter { $0.kind == kind }
      if operations.isEmpty { continue }
      for _ in 0..<150 {
        let operation = operations[random.below(operations.count)]
        let card = try #require(trace.card(operation: operation.index, at: Samples.cell(operation, of: trace, &random)))
        count += 1
        // Weights too small for f32 are 0 in the run and not counted.
        deviations += card.deviation == nil || card.exact.magnitude < 1e-37 ? 0 : 1
        if let fault = CardChecker.fault(card) { Issue.record("\(fault)\n\(CardChecker.describe(card))") }
        if !CardChecker.agrees(card, with: trace) { Issue.record("does not agree\n\(CardChecker.describe(card))") }
        checkSources(card, in: trace)
      }
    }
    #expect(count >= 150)
    #expect(deviations * 100 < count, "\(deviations) of \(count) differ from the run in the fourth digit")
  }

  /// Every cell that stands in a line lies in a source, and sources lie in their tensors.
  private func checkSources(_ card: ArithmeticCard, in trace: Trace) {
    #expect(!card.sources.isEmpty)
    for source in card.sources {
      let shape: [Int]? =
        switch source.tensor {
        case .hook(let hook): trace.tensor(hook)?.shape
        case .weight(let name): trace.model.transformer.parameters.first { $0.name == name }?.tensor.shape
        case .tokens: [trace.ids.count]
        }
      #expect(shape?.count == source.region.count)
      for (range, size) in zip(source.region, shape ?? []) { #expect(!range.isEmpty && range.lowerBound >= 0 && range.upperBound <= size) }
    }
    let cells = card.lines.flatMap(\.cells)
    #expect(cells.allSatisfy { cell in card.sources.contains { $0.tensor == cell.tensor && $0.contains(cell.indices) } })
  }

  @Test func aDotProductListsItsLargestTermsAndTheRest() throws {
    let trace = Self.traces[0]
    let operation = try #require(trace.operations.first { $0.kind == .query })
    let card = try #require(trace.card(operation: operation.index, at: [3, 1, 2]))
    let terms = card.lines.filter { $0.role == .term }
    #expect(terms.count == 8)
    #expect(card.lines.filter { $0.role == .others }.map(\.label.en) == ["other 16 dims"])
    #expect(zip(terms, terms.dropFirst()).allSatisfy { abs($0.result.value) >= abs($1.result.value) })
    #expect(card.name == "blocks.0.attn.hook_q[3, 1, 2]")
    #expect(card.sources[1].region == [8..<9, 0..<24])
    // "other dims" is what those dims really give, to the last digits.
    let listed = Set(terms.compactMap { $0.cells[1].indices.last })
    let weight = try #require(trace.model.transformer.weight(of: operation)?.weight.tensor)
    let row = try #require(trace.tensor(.block(0, .norm1)))
    let rest = (0..<24).filter { !listed.contains($0) }.reduce(0.0) { $0 + Double(row[3, $1]) * Double(weight[8, $1]) }
    let others = try #require(card.lines.first { $0.role == .others }).result
    #expect(abs(others.value - rest) <= others.tolerance * 12)
  }

  @Test func sharedHeadsReadTheirOwnKeys() throws {
    let trace = Self.traces[0]
    let operation = try #require(trace.operations.first { $0.kind == .scores && $0.layer == 1 })
    let card = try #require(trace.card(operation: operation.index, at: [3, 5, 2]))
    #expect(card.sources[1] == CardSource(.hook(.block(1, .rotatedKey)), [2..<3, 1..<2, 0..<6]))
  }

  @Test func theMaskSaysWhy() throws {
    let trace = Self.traces[0]
    let operation = try #require(trace.operations.first { $0.kind == .mask })
    let masked = try #require(trace.card(operation: operation.index, at: [0, 2, 5]))
    #expect(masked.result.text == "-∞" && masked.lines.last?.label.en == "key 5 comes after query 2: not visible")
    let kept = try #require(trace.card(operation: operation.index, at: [0, 5, 2]))
    #expect(kept.result.text == kept.lines[0].result.text)
    let weight = try #require(trace.card(operation: operation.index + 1, at: [0, 2, 5]))
    #expect(weight.lines.map(\.text) == ["-∞", "exp(-∞) = 0"])
  }

  @Test func cellsOutsideHaveNoCard() {
    let trace = Self.traces[0]
    for (operation, cell) in [(0, [0]), (0, [0, 24]), (0, [-1, 0]), (0, [14, 0]), (-1, [0, 0]), (999, [0, 0]), (7, [0, 0, 99])] {
      #expect(trace.card(operation: operation, at: cell) == nil)
    }
    let sample = trace.operations.count - 1
    #expect(trace.card(operation: sample, at: [0, 300]) == nil)
    #expect(trace.card(operation: sample, at: [])?.cell.first == 13)
  }

  @Test func aCardIsQuick() throws {
    let trace = try Samples.trace(Samples.model(hidden: 256, heads: 8, keyValueHeads: 4, intermediate: 700), tokens: 128)
    var random = RandomSource(seed: 5)
    let clock = ContinuousClock()
    for operation in trace.operations {
      let cells = (0..<20).map { _ in Samples.cell(operation, of: trace, &random) }
      let best = cells.map { cell in clock.measure { _ = trace.card(operation: operation.index, at: cell) } }.min() ?? .zero
      // Unoptimised builds are some twenty times slower.
      #expect(best < .milliseconds(20), "\(operation.kind): \(best)")
    }
  }
}
