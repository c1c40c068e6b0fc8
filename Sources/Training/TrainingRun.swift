// The training loop: batches, forward, backward, clip, update; one stream of events. Not here: where batches come from (TrainingTask), files of
// checkpoints (Checkpoint).
import ModelFiles
import Models
import Tensors

/// What a run learns from, and what it leaves.
protocol TrainingTask: Sendable {
  var schedule: Schedule { get }
  /// What a checkpoint remembers of the data.
  var fingerprint: String { get }
  /// Throws when data, tokenizer and settings do not belong together.
  func check() throws(TrainingError)
  /// The batch of one pass of one step: a pure function, so that resuming needs no state. The task has passed `check`.
  func batch(step: Int, pass: Int) -> Batch
  /// Loss on data that is never trained on; nil without any.
  func heldOutLoss(of transformer: Transformer, limit: Int) throws -> HeldOutLoss?
  /// The files of a checkpoint that open again, besides the optimizer's.
  func write(_ parameters: FlatParameters, to folder: String) throws(FileError)
}

/// Trains one model for one task.
public class TrainingRun {
  let task: any TrainingTask
  public let parameters: FlatParameters
  /// Steps done.
  public private(set) var step: Int
  /// So many checkpoints, spread evenly over the run, stay beside the newest and the best; with any, the beginning is kept too. Every checkpoint
  /// remembers it for whoever resumes.
  public var keep = 0
  /// Whose distribution is learned, too; it reads the same tokens.
  private var teacher: (transformer: Transformer, unembedding: Tensor, mix: DistillationMix)?
  /// The last evaluation, for the checkpoint of the same step.
  var evaluation: (step: Int, bitsPerByte: Double)?

  init(_ task: any TrainingTask, _ parameters: FlatParameters, step: Int) {
    (self.task, self.parameters, self.step) = (task, parameters, step)
  }

  public var schedule: Schedule { task.schedule }

  func learn(from teacher: Transformer, _ mix: DistillationMix) { self.teacher = (teacher, teacher.unembedding.tensor, mix) }

  /// One optimizer step.
  /// - Returns: loss in nats per token, gradient norm before clipping, tokens seen.
  public func advance() throws -> (loss: Double, gradientNorm: Double, tokens: Int) {
    try task.check()
    return try advance(rate: schedule.rate(at: step)) { task.batch(step: step, pass: $0) }
  }

  /// One optimizer step on `schedule.batches` batches: the mean of their losses.
  func advance(rate: Double, batch: (_ pass: Int) -> Batch) throws -> (loss: Double, gradientNorm: Double, tokens: Int) {
    parameters.clearGradients()
    var (loss, tokens) = (0.0, 0)
    for pass in 0..<schedule.batches {
      let batch = batch(pass)
      loss += Double(try accumulate(batch, share: 1 / Float(schedule.batches))) / Double(schedule.batches)
      tokens += batch.inputs.count
    }
    parameters.fillMissingGradients()
    let norm = parameters.gradientNorm()
    guard loss.isFinite, norm.isFinite else {
      throw TrainingError.notFinite(step: step + 1, parameter: parameters.firstNotFinite() ?? "loss")
    }
    let scale = norm > schedule.optimizer.clip ? schedule.optimizer.clip / norm : 1
    parameters.update(schedule.optimizer, schedule.precision, rate: rate, step: step, scale: scale)
    step += 1
    return (loss, norm, tokens)
  }

  /// Adds a batch's gradients, scaled by `share`, and returns its loss.
  func accumulate(_ batch: Batch, share: Float) throws -> Float {
    guard batch.weights.contains(where: { $0 > 0 }) else { return 0 }
    let tape = Tape(products: schedule.precision == .bfloat16 ? .bfloat16 : .float32)
    let model = parameters.transformer
    let hidden = try model.hidden(batch.inputs, Run(tape: tape, documents: batch.documents))
    let teaching = try teacher.map { teacher in
      let states = try teacher.transformer.hidden(batch.inputs, Run(documents: batch.documents))
      return DistillationTeacher(
        hidden: states, unembedding: teacher.unembedding, cap: teacher.transformer.configuration.logitCap, teacher.mix)
    }
    let loss = linearCrossEntropy(
      hidden, model.unembedding.tensor, targets: batch.targets, weights: batch.weights, cap: model.configuration.logitCap,
      teacher: teaching,
      tape)
    tape.backward(from: loss, seed: share)
    return loss[0]
  }

  /// What the model makes of prompts as it is; nothing where the run does not know how to ask.
  func ask(_ prompts: [String]) throws -> [TrainingSample] { [] }

  /// Loss on held-out data; nil when there is none.
  public func evaluate(limit: Int = 400) throws -> HeldOutLoss? {
    try task.check()
    return try task.heldOutLoss(of: parameters.transformer, limit: limit)
  }

  /// Runs to the end of the schedule, or until cancelled; checkpoints go below `folder`.
  /// - Returns: the path of the last checkpoint.
  public func run(
    folder: String, options: RunOptions = RunOptions(), isCancelled: () -> Bool = { false },
    onEvent: (TrainingEvent) throws -> Void = { _ in }
  ) throws -> String {
    try task.check()
    let lock = try RunLock(folder: folder)
    defer { withExtendedLifetime(lock) {} }
    let existing = try Checkpoint.latest(in: folder).found
    if let existing, existing.step > step { throw TrainingError.folderInUse(path: existing.path, step: existing.step) }
    var last = existing?.path ?? ""
    var (seconds, tokens, measured) = (0.0, 0, 0)
    if keep > 0, step == 0, existing == nil {
      last = try Checkpoint.save(self, in: folder)
      try onEvent(.checkpoint(path: last))
    }
    while step < schedule.steps {
      let start = ContinuousClock.now
      let result = try advance()
      let elapsed = (ContinuousClock.now - start).components
      seconds += Double(elapsed.seconds) + Double(elapsed.attoseconds) * 1e-18
      tokens += result.tokens
      measured += 1
      if options.reportsEveryStep || step % schedule.logEvery == 0 || step == schedule.steps || step == 1 {
        try onEvent(
          .step(
            TrainingStep(
              step: step, totalSteps: schedule.steps, loss: result.loss, learningRate: schedule.rate(at: step - 1),
              gradientNorm: result.gradientNorm, tokensPerSecond: Double(tokens) / max(seconds, 1e-9),
              secondsLeft: seconds / Double(measured) * Double(schedule.steps - step))))
        (seconds, tokens, measured) = (0, 0, 0)
      }
      if step % schedule.evaluateEvery == 0 || step == schedule.steps {
        if let result = try evaluate() {
          evaluation = (step, result.bitsPerByte)
          try onEvent(.evaluated(step: step, loss: result.nats, bitsPerByte: result.bitsPerByte))
        }
        if !options.prompts.isEmpty { try onEvent(.sampled(step: step, ask(options.prompts))) }
      }
      let stops = isCancelled()
      if step % schedule.checkpointEvery == 0 || step == schedule.steps || stops {
        last = try Checkpoint.save(self, in: folder)
        try onEvent(.checkpoint(path: last))
      }
      if stops { return last }
    }
    try onEvent(.finished(path: last))
    return last
  }
}
