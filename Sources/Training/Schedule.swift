// The schedule of a run: how many steps, at which rates, by which optimizer, and when it reports. Not here: what is learned (TrainingTask).
#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The part of a run's settings that does not depend on what it learns from.
public struct Schedule: Codable, Sendable, Hashable {
  public var steps: Int
  /// Passes summed into one step.
  public var batches: Int
  public var optimizer: Recipe.Optimizer
  public var precision: Recipe.Precision
  public var logEvery: Int
  public var checkpointEvery: Int
  public var evaluateEvery: Int

  public init(
    steps: Int, batches: Int = 1, optimizer: Recipe.Optimizer, precision: Recipe.Precision = .float32, logEvery: Int, checkpointEvery: Int,
    evaluateEvery: Int
  ) {
    (self.steps, self.batches, self.optimizer, self.precision) = (steps, batches, optimizer, precision)
    (self.logEvery, self.checkpointEvery, self.evaluateEvery) = (logEvery, checkpointEvery, evaluateEvery)
  }

  /// Linear warm-up, then cosine to the floor, or constant and then a line to the floor. Steps count from 0.
  public func rate(at step: Int) -> Double {
    let warm = max(1, Int((optimizer.warmup * Double(steps)).rounded()))
    if step < warm { return optimizer.rate * Double(step + 1) / Double(warm) }
    if let share = optimizer.decayShare {
      let left = Double(steps - step) / max(1, share * Double(steps))
      return optimizer.rate * (optimizer.floor + (1 - optimizer.floor) * min(1, left))
    }
    let progress = Double(step - warm) / Double(max(1, steps - warm))
    return optimizer.rate * (optimizer.floor + (1 - optimizer.floor) * 0.5 * (1 + cos(min(1, progress) * Double.pi)))
  }
}
