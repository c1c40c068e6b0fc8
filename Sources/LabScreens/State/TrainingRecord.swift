// What is known of a run of training: its numbers step by step, evaluations, answers, checkpoints. Plain values; the program fills them from the run or
// from its log. Not here: what the view does with them (TrainingState), drawing.

/// The numbers of one step, as the run reported them.
public struct TrainingPoint: Sendable, Hashable {
  /// Steps done, from 1.
  public let step: Int
  /// Nats per token of this step's batches.
  public let loss: Double
  public let learningRate: Double
  /// Before clipping.
  public let gradientNorm: Double
  public let tokensPerSecond: Double
  /// At the rate of the steps since the report before.
  public let secondsLeft: Double

  public init(step: Int, loss: Double, learningRate: Double, gradientNorm: Double, tokensPerSecond: Double, secondsLeft: Double) {
    (self.step, self.loss, self.learningRate) = (step, loss, learningRate)
    (self.gradientNorm, self.tokensPerSecond, self.secondsLeft) = (gradientNorm, tokensPerSecond, secondsLeft)
  }
}

/// Held-out answers at a step.
public struct TrainingEvaluation: Sendable, Hashable {
  public let step: Int
  /// Nats per token.
  public let loss: Double
  public let bitsPerByte: Double

  public init(step: Int, loss: Double, bitsPerByte: Double) { (self.step, self.loss, self.bitsPerByte) = (step, loss, bitsPerByte) }
}

/// What the model made of the run's prompts at a step.
public struct TrainingAnswers: Sendable, Hashable {
  public struct Answer: Sendable, Hashable {
    public let prompt: String
    public let text: String
    /// The model ended by itself; else the answer was cut.
    public let isEnded: Bool

    public init(prompt: String, text: String, isEnded: Bool) { (self.prompt, self.text, self.isEnded) = (prompt, text, isEnded) }
  }

  public let step: Int
  public let answers: [Answer]

  public init(step: Int, answers: [Answer]) { (self.step, self.answers) = (step, answers) }
}

/// Weights of a step that can be opened.
public struct TrainingCheckpoint: Sendable, Hashable {
  public let path: String
  public let step: Int
  /// On held-out answers; nil where it was not measured.
  public let bitsPerByte: Double?

  public init(path: String, step: Int, bitsPerByte: Double?) { (self.path, self.step, self.bitsPerByte) = (path, step, bitsPerByte) }
}

/// The course of a run. All lists are in the order of their steps.
public struct TrainingRecord: Sendable, Hashable {
  /// Of the whole run; 0 where nothing says it.
  public var totalSteps = 0
  public private(set) var points: [TrainingPoint] = []
  public private(set) var evaluations: [TrainingEvaluation] = []
  public private(set) var answers: [TrainingAnswers] = []
  public var checkpoints: [TrainingCheckpoint] = []

  /// More points than any screen has dots; then every second one goes.
  static let mostPoints = 1 << 14
  private static let mostAnswers = 4096

  public init() {}

  public var isEmpty: Bool { points.isEmpty && evaluations.isEmpty && answers.isEmpty && checkpoints.isEmpty }

  /// A step that was there already was trained again, from an older checkpoint: what came after it belongs to the attempt before.
  public mutating func add(_ point: TrainingPoint) {
    if let last = points.last, point.step <= last.step { rewind(to: point.step - 1) }
    points.append(point)
    if points.count > Self.mostPoints { points = points.enumerated().filter { $0.offset % 2 == 1 }.map(\.element) }
  }

  public mutating func add(_ evaluation: TrainingEvaluation) {
    evaluations.removeAll { $0.step >= evaluation.step }
    evaluations.append(evaluation)
  }

  public mutating func add(_ answers: TrainingAnswers) {
    self.answers.removeAll { $0.step >= answers.step }
    self.answers.append(answers)
    if self.answers.count > Self.mostAnswers { self.answers.removeFirst() }
  }

  /// Forgets what came after a step: the run goes on from there.
  public mutating func rewind(to step: Int) {
    points.removeAll { $0.step > step }
    evaluations.removeAll { $0.step > step }
    answers.removeAll { $0.step > step }
  }

  // MARK: Reading

  /// The last step that anything is known of.
  public var lastStep: Int {
    [points.last?.step, evaluations.last?.step, answers.last?.step, checkpoints.last?.step].compactMap { $0 }.max() ?? 0
  }

  public var firstStep: Int { [points.first?.step, evaluations.first?.step, checkpoints.first?.step].compactMap { $0 }.min() ?? 0 }

  /// The last point at or before a step; the first one where there is none before.
  public func point(at step: Int) -> TrainingPoint? { index(at: step).map { points[$0] } }

  func index(at step: Int) -> Int? {
    guard !points.isEmpty else { return nil }
    var (low, high) = (0, points.count)
    while low < high {
      let middle = (low + high) / 2
      if points[middle].step <= step { low = middle + 1 } else { high = middle }
    }
    return max(0, low - 1)
  }

  public func evaluation(at step: Int) -> TrainingEvaluation? { evaluations.last { $0.step <= step } }

  /// The answers at or before a step, and those before them.
  public func answers(at step: Int) -> (now: TrainingAnswers, before: TrainingAnswers?)? {
    guard let index = answers.lastIndex(where: { $0.step <= step }) else { return nil }
    return (answers[index], index > 0 ? answers[index - 1] : nil)
  }

  /// The checkpoint whose step is nearest; of two the earlier.
  public func checkpoint(near step: Int) -> TrainingCheckpoint? { checkpoints.min { abs($0.step - step) < abs($1.step - step) } }

  /// The mean of the loss in which a step's weight halves with every `halfLife` steps that follow it, for each point.
  func smoothed(halfLife: Double) -> [Double] {
    var (sum, weight) = (0.0, 0.0)
    return points.indices.map { index in
      let passed = index > 0 ? Double(points[index].step - points[index - 1].step) : 0
      let decay = Numeric.exp(-passed / halfLife * Numeric.log(2))
      if points[index].loss.isFinite { (sum, weight) = (sum * decay + points[index].loss, weight * decay + 1) }
      return weight > 0 ? sum / weight : .nan
    }
  }

  /// A hundredth of the run, in steps.
  var halfLife: Double { max(1, Double(max(totalSteps, lastStep)) / 100) }

  /// Over the last reports, because single ones are as uneven as the machine's other work.
  public var recentRate: (tokensPerSecond: Double, secondsPerStep: Double)? {
    let recent = points.suffix(16).filter { $0.tokensPerSecond > 0 && $0.tokensPerSecond.isFinite && $0.step < totalSteps }
    guard !recent.isEmpty else { return nil }
    let count = Double(recent.count)
    // Times add up, rates do not: the mean of the seconds a token.
    let perToken = recent.reduce(0) { $0 + 1 / $1.tokensPerSecond } / count
    let perStep = recent.reduce(0) { $0 + $1.secondsLeft / Double(totalSteps - $1.step) } / count
    return (1 / perToken, perStep)
  }
}
