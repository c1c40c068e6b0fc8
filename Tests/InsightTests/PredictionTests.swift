// Surprisal of the sequence and the distribution of the next token, against sums written out here.
import Foundation
import Inference
import Insight
import Models
import Testing

extension Double {
  static func log2(_ value: Double) -> Double { value > 0 ? Foundation.log2(value) : 0 }
}

@Suite struct PredictionTests {
  static func probabilities(_ logits: [Float]) -> [Double] {
    let powers = logits.map { exp(Double($0)) }
    let total = powers.reduce(0, +)
    return powers.map { $0 / total }
  }

  @Test func surprisalIsThatOfTheLogits() throws {
    let trace = try Samples.trace(Samples.model(seed: 6), tokens: 32)
    let surprisals = trace.surprisals
    #expect(surprisals.map(\.id) == trace.ids && surprisals[0].prediction == nil)
    for token in surprisals.dropFirst() {
      let prediction = try #require(token.prediction)
      let p = Self.probabilities(trace.logits(at: token.position - 1))
      expectNear(prediction.probability, p[token.id])
      expectNear(prediction.bits, -Double.log2(p[token.id]))
      #expect(prediction.rank == 1 + p.indices.filter { p[$0] > p[token.id] }.count)
      let best = p.indices.sorted { p[$0] > p[$1] }.prefix(8)
      #expect(prediction.alternatives.map(\.id) == Array(best))
      expectNear(prediction.alternatives[0].probability, p[best[0]])
    }
    // 31 predicted tokens: the 3 least expected are marked.
    let marked = surprisals.filter { $0.prediction?.isBottomDecile == true }
    let lowest = surprisals.compactMap(\.prediction?.logprob).sorted().prefix(3)
    #expect(marked.compactMap(\.prediction?.logprob).sorted() == Array(lowest))
  }

  @Test func theDistributionSumsToOne() throws {
    let trace = try Samples.trace(Samples.model(seed: 6))
    let next = try #require(trace.nextToken(at: 4, top: 12))
    let p = Self.probabilities(trace.logits(at: 4))
    #expect(next.entries.count == 12 && next.otherCount == 288 && next.isGreedy && next.position == 4)
    for entry in next.entries { expectNear(entry.probability, p[entry.id]) }
    expectNear(next.entries.reduce(next.otherMass) { $0 + $1.probability }, 1)
    expectNear(next.entropy, p.reduce(0) { $0 - $1 * Double.log2($1) })
    #expect(trace.nextToken()?.position == 13 && trace.nextToken(at: 14) == nil && trace.nextToken(at: -1) == nil)
    #expect(trace.nextToken(top: 1000)?.otherCount == 0)
  }

  @Test func filtersCutAndTheDrawFallsOnTheChosenToken() throws {
    let trace = try Samples.trace(Samples.model(seed: 6))
    var settings = SamplingSettings.lively
    settings.topK = 6
    settings.topP = 0.7
    settings.repetitionPenalty = 1.3
    for seed in UInt64(0)..<40 {
      settings.seed = seed
      var sampler = Sampler(settings)
      let choice = sampler.choose(trace.lastLogits, recent: trace.ids, reporting: true)
      let next = try #require(trace.nextToken(settings: settings))
      #expect(next.segment(of: try #require(choice.draw))?.id == choice.id)
      #expect(next.stages.map(\.keptCount) == choice.stages.map(\.after.count))
      expectNear(next.segments.last?.range.upperBound, 1)
    }
    let next = try #require(trace.nextToken(settings: settings))
    #expect(next.stages.map(\.filter) == SamplingFilter.defaultOrder)
    #expect(next.stages[1].beforeCount == 300 && next.stages[1].keptCount == 6 && next.stages[1].isActive && !next.stages[3].isActive)
    #expect(next.survivorCount == next.segments.count && !next.isGreedy)
    for entry in next.entries {
      #expect((entry.cutBy == nil) == (entry.finalProbability > 0))
      #expect((entry.cutBy == nil) == next.segments.contains { $0.id == entry.id })
    }
    #expect(next.entries.contains { $0.cutBy == .topK } && next.entries.contains { $0.cutBy == .topP })
    let cut = next.stages[1].cutMass
    #expect(cut > 0 && cut < 1)
  }
}
