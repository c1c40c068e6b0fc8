// Cards and analyses on a trained model, where attention and probabilities are far from even. Skipped where the fixture is absent.
import Foundation
import Inference
import Insight
import Models
import Testing

@Suite struct RealModelTests {
  static let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("shared/fixtures/hf-tinystories-656k").path
  static let isThere = FileManager.default.fileExists(atPath: path + "/config.json")

  @Test(.enabled(if: isThere, "the trained model is not here")) func cardsAddUp() throws {
    let model = try LoadedModel(path: Self.path)
    let trace = try Trace.record(model, ids: model.encode(raw: "Once upon a time, there was a little girl named Lily. She loved to"))
    #expect(trace.nonFinite.isEmpty)
    var random = RandomSource(seed: 8)
    for operation in trace.operations {
      for _ in 0..<40 {
        let card = try #require(trace.card(operation: operation.index, at: Samples.cell(operation, of: trace, &random)))
        if let fault = CardChecker.fault(card) { Issue.record("\(fault)\n\(CardChecker.describe(card))") }
        if !CardChecker.agrees(card, with: trace) { Issue.record("does not agree\n\(CardChecker.describe(card))") }
      }
    }
    // It knows how stories begin.
    #expect(trace.surprisals.contains { ($0.prediction?.probability ?? 0) > 0.9 && $0.prediction?.rank == 1 })
    #expect(trace.headPatterns.joined().contains { $0.strongest != nil })
  }
}
