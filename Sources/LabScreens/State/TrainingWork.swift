// What the training view asks for and what comes back. Training runs on a thread of its own, the program's: this is how the two talk.
// Not here: training (the program and Training), what the view makes of reports (UpdateTraining).
import Languages

/// What a run would be, before anything is started. Every number follows from the recipe, or was measured in an earlier part of the run.
public struct TrainingPlan: Sendable, Hashable {
  /// A part of the run with its own mixture.
  public struct Stage: Sendable, Hashable {
    public var lastStep: Int
    /// Parts of the corpus with their share, largest first.
    public var mixture: [Part]

    public init(lastStep: Int, mixture: [Part]) { (self.lastStep, self.mixture) = (lastStep, mixture) }
  }

  public struct Part: Sendable, Hashable {
    public var name: String
    public var share: Double

    public init(name: String, share: Double) { (self.name, self.share) = (name, share) }
  }

  public var name = ""
  /// Where checkpoints and log go.
  public var folder = ""
  /// The model whose weights it begins with; nil for random ones.
  public var from: String?
  public var layers = 0
  public var hidden = 0
  public var heads = 0
  public var keyValueHeads = 0
  public var context = 0
  public var vocabulary = 0
  public var parameters = 0
  public var precision = ""
  public var steps = 0
  public var tokensPerStep = 0
  /// Multiplications and additions, forward and backward.
  public var operationsPerToken = 0.0
  public var stages: [Stage] = []
  public var checkpointEvery = 0
  public var evaluateEvery = 0
  /// Checkpoints that stay, spread over the run.
  public var keep = 0
  public var checkpointBytes = 0
  /// Of weights, gradients and the optimizer.
  public var memoryBytes = 0
  /// Steps that a checkpoint of the folder holds; the run goes on from there.
  public var doneSteps = 0
  /// Measured in this run before, on this machine or the one that trained it; nil where nothing was measured.
  public var tokensPerSecond: Double?

  public init() {}

  /// Where in the run a step is, from 0; steps count from 1.
  public func stage(at step: Int) -> Int? { stages.firstIndex { step <= $0.lastStep } ?? (stages.isEmpty ? nil : stages.count - 1) }
}

public enum TrainingWork: Sendable, Hashable {
  /// What would a run be, and what is there of it? Starts nothing. With `watch` set, follows a run of another process instead.
  case plan(TrainingRequest)
  /// Starts the planned run, or goes on with it.
  case start
  case pause
  case resume
  /// Ends the run after its present step, with a checkpoint.
  case stop
}

public enum TrainingReport: Sendable {
  /// The answer to `plan`: what could be started, and what is there of the run.
  case planned(TrainingPlan, TrainingRecord)
  /// The answer to `plan` for a run of another process, or for files that a run left. `isLive`: somebody trains there now.
  case watching(name: String, folder: String, TrainingPlan?, TrainingRecord, isLive: Bool)
  /// What comes before the first step.
  case preparing(Bilingual, done: Int, total: Int)
  /// Training begins, or goes on, after this step.
  case began(step: Int)
  case point(TrainingPoint)
  case evaluated(TrainingEvaluation)
  case answered(TrainingAnswers)
  /// What there is now: older ones may be gone.
  case checkpoints([TrainingCheckpoint])
  case paused
  case resumed
  /// Stopped on demand; a checkpoint holds everything up to this step.
  case stopped(step: Int)
  case finished
  /// News of a watched run.
  case watched(TrainingRecord, isLive: Bool)
  case failed(Bilingual)
  /// Something to know that stops nothing.
  case warning(Bilingual)
}
