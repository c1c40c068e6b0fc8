// The distribution of the next token at one position, and what each filter of the sampler makes of it. The filters themselves are the
// sampler's own (Inference); this only prepares their work for drawing.
import Inference

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The next token's distribution before and after the filters.
public struct NextToken: Sendable, Hashable {
  /// One token of the vocabulary.
  public struct Entry: Sendable, Hashable {
    public let id: Int
    public let text: String
    /// From the model, before any filter.
    public let logit: Double
    /// Softmax of the model's logits, before any filter.
    public let probability: Double
    /// After each stage; nil once a filter has cut the token.
    public let stageProbabilities: [Double?]
    /// The filter that cut it.
    public let cutBy: SamplingFilter?
    /// After all filters; 0 when cut.
    public let finalProbability: Double
  }

  /// What one filter did.
  public struct Stage: Sendable, Hashable {
    public let filter: SamplingFilter
    /// Whether it changed anything.
    public let isActive: Bool
    /// Tokens before and after. Filters cut from the end of the order, so the cut line stands behind `keptCount` tokens.
    public let beforeCount: Int
    public let keptCount: Int
    /// Probability, before the filter, of what it cut.
    public let cutMass: Double
  }

  /// A token's part of the cumulative bar from 0 to 1.
  public struct Segment: Sendable, Hashable {
    public let id: Int
    public let range: Range<Double>
  }

  public let position: Int
  /// Most probable first.
  public let entries: [Entry]
  /// Tokens that `entries` leaves out, and their probability before any filter.
  public let otherCount: Int
  public let otherMass: Double
  public let stages: [Stage]
  /// Survivors of all filters in the sampler's order; what is not listed lies behind the last segment.
  public let segments: [Segment]
  public let survivorCount: Int
  /// Entropy of the model's distribution before any filter, in bits.
  public let entropy: Double
  /// Temperature 0: the first survivor is taken, nothing is drawn.
  public let isGreedy: Bool

  /// The segment that a draw falls on; nil behind the last listed one.
  public func segment(of draw: Double) -> Segment? { segments.first { $0.range.contains(draw) } }

  struct Key: Hashable, Sendable {
    let position: Int
    let settings: SamplingSettings
    let top: Int
  }
}

extension Trace {
  /// The distribution after the token at `position` (nil: the last), with `top` entries; nil outside the sequence. The last few are kept.
  public func nextToken(at position: Int? = nil, settings: SamplingSettings = .greedy, top: Int = 20) -> NextToken? {
    let position = position ?? ids.count - 1
    guard ids.indices.contains(position), top > 0 else { return nil }
    // The seed has no part in the distribution.
    var settings = settings
    settings.seed = 0
    return memo.nextToken(NextToken.Key(position: position, settings: settings, top: top)) {
      NextToken(self, position: position, settings: settings, top: top)
    }
  }
}

extension NextToken {
  init(_ trace: Trace, position: Int, settings: SamplingSettings, top: Int) {
    let logits = trace.logits(at: position)
    var unfiltered = SamplingSettings.greedy
    unfiltered.order = []
    let original = Sampler(unfiltered).filtered(logits, recent: [], reporting: false).candidates
    let (survivors, work) = Sampler(settings).filtered(logits, recent: Array(trace.ids[...position]), reporting: true)
    let listed = original.prefix(top)

    let afterStages = work.map { stage in
      let wanted = Set(listed.map(\.id))
      return Dictionary(
        stage.after.lazy.filter { wanted.contains($0.id) }.map { ($0.id, $0.probability) }, uniquingKeysWith: { first, _ in first })
    }
    entries = listed.map { candidate in
      let probabilities = afterStages.map { $0[candidate.id] }
      let cut = probabilities.firstIndex { $0 == nil }
      return Entry(
        id: candidate.id, text: trace.model.tokenizer.displayText(of: candidate.id), logit: candidate.logit,
        probability: candidate.probability, stageProbabilities: probabilities, cutBy: cut.map { work[$0].filter },
        finalProbability: probabilities.isEmpty ? candidate.probability : (probabilities.last ?? nil) ?? 0)
    }
    otherCount = original.count - listed.count
    otherMass = original.dropFirst(top).reduce(0) { $0 + $1.probability }
    stages = work.map { stage in
      let kept = Set(stage.after.map(\.id))
      let cutMass =
        stage.after.count == stage.before.count ? 0 : stage.before.reduce(0) { $0 + (kept.contains($1.id) ? 0 : $1.probability) }
      return Stage(
        filter: stage.filter, isActive: stage.after != stage.before, beforeCount: stage.before.count, keptCount: stage.after.count,
        cutMass: cutMass)
    }
    var cumulative = 0.0
    segments = survivors.prefix(top).map { candidate in
      let start = cumulative
      // Logits of NaN have no shares.
      if candidate.probability > 0 { cumulative += candidate.probability }
      return Segment(id: candidate.id, range: start..<cumulative)
    }
    survivorCount = survivors.count
    self.position = position
    entropy = original.reduce(0) { $0 - ($1.probability > 0 ? $1.probability * log2($1.probability) : 0) }
    isGreedy = settings.temperature == 0
  }
}
