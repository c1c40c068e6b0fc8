// What an evaluation found: counts, intervals, gates. Not here: how it was found (Evaluator), printing.

/// Passed of asked.
public struct Score: Sendable, Hashable {
  public var passed = 0
  public var count = 0

  public var share: Double { count == 0 ? .nan : Double(passed) / Double(count) }

  /// 95 % interval of Wilson (1927): holds near 0 and 1, too.
  public var interval: (low: Double, high: Double) {
    guard count > 0 else { return (0, 1) }
    let (n, z) = (Double(count), 1.959964)
    let center = (share + z * z / (2 * n)) / (1 + z * z / n)
    let half = z / (1 + z * z / n) * (share * (1 - share) / n + z * z / (4 * n * n)).squareRoot()
    return (max(0, center - half), min(1, center + half))
  }

  mutating func add(_ isPassed: Bool) {
    count += 1
    if isPassed { passed += 1 }
  }
}

/// The result of an evaluation.
public struct EvaluationReport: Sendable {
  /// What is measured: the skills of the probes, and what every answer must be.
  public struct Line: Sendable {
    public let name: String
    public let score: Score
    /// Share that Sprout must reach, and the share beyond.
    public let gate: Double
    public let stretch: Double
  }

  public var lines: [Line] = []
  /// Of held-out answers; nil when there are none.
  public var bitsPerByte: Double?
  /// Share of the sentences of all answers that stand in the corpus word for word.
  public var verbatim = Score()
  /// Questions with answers that failed, for reading.
  public var failures: [(skill: String, question: String, answer: String, expected: String)] = []

  /// Whether every gate that was measured is reached; nothing measured reaches none.
  public var reachesGates: Bool { !lines.isEmpty && lines.allSatisfy { $0.score.share >= $0.gate } }

  static let wellFormed = "well-formed"
  static let language = "language"

  /// Gates of Sprout: share that must be reached, and stretch.
  static let gates: [String: (gate: Double, stretch: Double)] = [
    "smalltalk": (0.85, 0.93), "concepts": (0.75, 0.88), language: (0.99, 1), "stories": (0.80, 0.90), "sums-2-digits": (0.98, 0.995),
    "sums-3-digits": (0.88, 0.97), "calculator": (0.95, 0.99), "translation": (0.92, 0.97), "sentiment": (0.90, 0.95),
    "outside": (0.80, 0.92),
    wellFormed: (0.99, 0.999),
  ]
}
