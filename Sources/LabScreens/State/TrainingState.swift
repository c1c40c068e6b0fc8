// Where the training view stands: the plan, the run's phase and record, cursor and switches, and which checkpoint the lab has open. Not here: what keys
// and reports do (UpdateTraining), drawing (TrainingView).
import Inference
import Languages

public struct TrainingState: Sendable {
  public enum Phase: Sendable, Hashable {
    /// The view was never opened.
    case closed
    case planning
    /// There is a plan, and nothing runs: new, or stopped earlier.
    case ready
    /// Corpus, tokenizer: what comes before the first step.
    case preparing
    case running
    case pausing
    case paused
    case stopping
    case finished
    /// Another process trains, or did.
    case watching
  }

  public internal(set) var phase = Phase.closed
  public internal(set) var plan: TrainingPlan?
  public internal(set) var record = TrainingRecord()
  /// Why there is no plan, or why the run ended.
  public internal(set) var problem: Bilingual?
  /// What the preparation is at.
  var preparation: (words: Bilingual, done: Int, total: Int)?
  /// Of a watched run.
  var watched: (name: String, folder: String, isLive: Bool)?

  /// The step under the cursor; nil follows the run.
  public internal(set) var cursor: Int?
  /// The answer under the cursor.
  var answer = 0
  /// The loss on a linear axis instead of a logarithmic one.
  public internal(set) var isLinear = false
  /// The axis of steps reaches to the end of the run.
  public internal(set) var isWhole = false
  /// The plan is shown where the curve could be.
  var showsPlan = false

  /// The checkpoint that the lab's model is; nil for its own model.
  public internal(set) var opened: TrainingCheckpoint?
  /// On its way.
  var opening: TrainingCheckpoint?
  /// The lab's own model, while a checkpoint has its place.
  var home: LoadedModel?

  public init() {}

  /// Whether there is a run of this program that goes on.
  public var isActive: Bool {
    switch phase {
    case .preparing, .running, .pausing, .paused, .stopping: true
    case .closed, .planning, .ready, .finished, .watching: false
    }
  }

  public var name: String { watched?.name ?? plan?.name ?? "" }

  /// The step that all numbers of the view are about.
  public var step: Int { cursor ?? record.lastStep }

  /// What Enter would open.
  var checkpoint: TrainingCheckpoint? { record.checkpoint(near: step) }
}
