// The sampler: logits through the ordered filters to one token, with a report of what each filter did. Deterministic by seed.

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif
import Models
import Tensors

/// A vocabulary entry on its way through the filters.
public struct Candidate: Sendable, Hashable {
  public let id: Int
  /// After penalty and temperature, if those have run.
  public var logit: Double
  /// Among the candidates that are left.
  public var probability: Double
}

/// What one filter did.
public struct SamplingStage: Sendable, Hashable {
  public let filter: SamplingFilter
  /// Most probable first; ties by id.
  public let before: [Candidate]
  public let after: [Candidate]
}

/// The chosen token and how it came about.
public struct SamplingChoice: Sendable, Hashable {
  public let id: Int
  /// Probability after all filters; 1 when greedy.
  public let probability: Double
  /// The random draw in [0, 1); nil when greedy.
  public let draw: Double?
  /// log softmax of the model's own logits, before any filter.
  public let logprob: Double
  /// Filters that changed something possible, in order; empty unless asked for.
  public let stages: [SamplingStage]
}

/// Chooses tokens one after another; its random state moves on with every draw.
public struct Sampler: Sendable {
  public let settings: SamplingSettings
  private var random: RandomSource

  /// - Parameter settings: within their ranges (`SamplingSettings.check`).
  public init(_ settings: SamplingSettings) {
    self.settings = settings
    random = RandomSource(seed: settings.seed)
  }

  /// Chooses from logits in vocabulary order; all must be finite or −∞, one at least finite.
  /// - Parameter recent: the tokens so far, for the repetition penalty.
  public mutating func choose(_ logits: [Float], recent: [Int], reporting: Bool = false) -> SamplingChoice {
    let top = indexOfLargest(logits)
    let normalizer = logNormalizer(logits, largest: top)
    if settings.temperature == 0 && settings.repetitionPenalty == 1 && !reporting {
      let id = top
      return SamplingChoice(id: id, probability: 1, draw: nil, logprob: Double(logits[id]) - normalizer, stages: [])
    }
    let (candidates, stages) = filtered(logits, recent: recent, reporting: reporting)
    if settings.temperature == 0 {
      let id = candidates[0].id
      return SamplingChoice(id: id, probability: 1, draw: nil, logprob: Double(logits[id]) - normalizer, stages: stages)
    }
    let draw = random.uniform()
    var cumulative = 0.0
    let chosen =
      candidates.first { candidate in
        cumulative += candidate.probability
        return draw < cumulative
      } ?? lastPossible(candidates)
    return SamplingChoice(
      id: chosen.id, probability: chosen.probability, draw: draw, logprob: Double(logits[chosen.id]) - normalizer, stages: stages)
  }

  /// A token that was not chosen but given, as results of tools are: no draw, and what the model thought of it.
  static func forced(_ id: Int, _ logits: [Float]) -> SamplingChoice {
    SamplingChoice(id: id, probability: 1, draw: nil, logprob: Double(logits[id]) - logNormalizer(logits), stages: [])
  }

  /// The candidates that survive all filters, most probable first, and each filter's work.
  public func filtered(_ logits: [Float], recent: [Int], reporting: Bool) -> (candidates: [Candidate], stages: [SamplingStage]) {
    var candidates: [Candidate]
    var order = settings.order[...]
    if !reporting, let quick = mostProbable(logits, recent: recent) {
      (candidates, order) = quick
    } else {
      candidates = logits.enumerated().map { Candidate(id: $0.offset, logit: Double($0.element), probability: 0) }
    }
    normalize(&candidates)
    var stages: [SamplingStage] = []
    for filter in order {
      let before = reporting ? candidates : []
      apply(filter, to: &candidates, recent: recent)
      if reporting { stages.append(SamplingStage(filter: filter, before: before, after: candidates)) }
    }
    return (candidates, stages)
  }

  /// The k candidates of top-k without sorting the vocabulary, and the filters that still have to run; nil where a filter before top-k needs
  /// probabilities of all tokens.
  private func mostProbable(_ logits: [Float], recent: [Int]) -> (candidates: [Candidate], left: ArraySlice<SamplingFilter>)? {
    let k = settings.topK
    guard k > 0, k < logits.count, let place = settings.order.firstIndex(of: .topK) else { return nil }
    let before = settings.order[..<place]
    guard before.allSatisfy({ $0 == .repetitionPenalty || $0 == .topP && settings.topP >= 1 || $0 == .minP && settings.minP <= 0 }) else {
      return nil
    }
    var best: [Candidate] = []
    best.reserveCapacity(k + 1)
    func offer(_ id: Int, _ logit: Double) {
      if best.count == k, let last = best.last, !(logit > last.logit || logit == last.logit && id < last.id) { return }
      let at = best.firstIndex { logit > $0.logit || logit == $0.logit && id < $0.id } ?? best.count
      best.insert(Candidate(id: id, logit: logit, probability: 0), at: at)
      if best.count > k { best.removeLast() }
    }
    var penalizedIds: Set<Int> = []
    if before.contains(.repetitionPenalty), settings.repetitionPenalty != 1 {
      penalizedIds = Set(recent.suffix(settings.repetitionWindow)).filter(logits.indices.contains)
      for id in penalizedIds { offer(id, penalized(Double(logits[id]))) }
    }
    // Offered in the order of ids: an equal logit behind the k best loses its tie, except against the penalized, which may have larger ids.
    let isStrict = penalizedIds.isEmpty
    func threshold() -> Float {
      guard best.count == k, let last = best.last else { return -.infinity }
      return isStrict ? Float(last.logit) : Float(last.logit).nextDown
    }
    // What is −∞ is offered only where too few others are left.
    logits.withUnsafeBufferPointer { logits in
      visit(logits, above: threshold()) { id, logit in
        if isStrict || !penalizedIds.contains(id) { offer(id, Double(logit)) }
        return threshold()
      }
    }
    if best.count < k {
      for (id, logit) in logits.enumerated() where logit == -.infinity && !penalizedIds.contains(id) { offer(id, Double(logit)) }
    }
    return (best, settings.order[(place + 1)...])
  }

  private func penalized(_ logit: Double) -> Double {
    logit > 0 ? logit / settings.repetitionPenalty : logit * settings.repetitionPenalty
  }

  private func apply(_ filter: SamplingFilter, to candidates: inout [Candidate], recent: [Int]) {
    switch filter {
    case .repetitionPenalty:
      guard settings.repetitionPenalty != 1 else { return }
      let seen = Set(recent.suffix(settings.repetitionWindow))
      for i in candidates.indices where seen.contains(candidates[i].id) {
        candidates[i].logit = penalized(candidates[i].logit)
      }
    case .topK:
      guard settings.topK > 0, settings.topK < candidates.count else { return }
      candidates.removeLast(candidates.count - settings.topK)
    case .topP:
      guard settings.topP < 1 else { return }
      var sum = 0.0
      let last = candidates.firstIndex { candidate in
        sum += candidate.probability
        return sum >= settings.topP
      }
      if let last { candidates.removeLast(candidates.count - last - 1) }
    case .minP:
      guard settings.minP > 0 else { return }
      let floor = candidates[0].probability * settings.minP
      candidates.removeAll { $0.probability < floor }
    case .temperature:
      guard settings.temperature > 0, settings.temperature != 1 else { return }
      for i in candidates.indices { candidates[i].logit /= settings.temperature }
    }
    normalize(&candidates)
  }

  /// Rounding may leave the sum of the probabilities below the draw; a token that was ruled out (−∞) must not profit from it.
  private func lastPossible(_ candidates: [Candidate]) -> Candidate { candidates.last { $0.probability > 0 } ?? candidates[0] }

  /// Sorts by logit and makes the probabilities sum to 1.
  private func normalize(_ candidates: inout [Candidate]) {
    candidates.sort { $0.logit != $1.logit ? $0.logit > $1.logit : $0.id < $1.id }
    let top = candidates[0].logit
    var total = 0.0
    for i in candidates.indices {
      candidates[i].probability = exp(candidates[i].logit - top)
      total += candidates[i].probability
    }
    for i in candidates.indices { candidates[i].probability /= total }
  }
}

/// log Σ exp(logit) of logits of which one at least is finite.
public func logNormalizer(_ logits: [Float]) -> Double { logNormalizer(logits, largest: indexOfLargest(logits)) }

/// The most probable token's share is 1 / Σ exp(logit − largest).
private func logNormalizer(_ logits: [Float], largest: Int) -> Double {
  Double(logits[largest]) - log(Double(softmax(Tensor(logits, [1, logits.count]))[largest]))
}

private func indexOfLargest(_ logits: [Float]) -> Int { logits.withUnsafeBufferPointer { Tensors.indexOfLargest($0) } }

/// The k most probable tokens with their log-probabilities, most probable first; ties by id.
public func topLogprobs(_ logits: [Float], count: Int) -> [(id: Int, logprob: Double)] {
  let normalizer = logNormalizer(logits)
  let order = logits.indices.sorted { logits[$0] != logits[$1] ? logits[$0] > logits[$1] : $0 < $1 }
  return order.prefix(count).map { ($0, Double(logits[$0]) - normalizer) }
}
