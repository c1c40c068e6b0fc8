// Looks a run up: its recipe as a plan, what its folder holds as a record. Reads only; nothing is computed. Not here: training (TrainingThread).
import Assets
import Foundation
import LabScreens
import Languages
import ModelFiles
import Training

/// A run that could be started, or gone on with.
struct PlannedRun {
  var setup: TrainingSetup
  var recipe: Recipe
  var folder: String
  /// Checkpoints along the run.
  var keep: Int
}

enum TrainingDesk {
  /// Checkpoints that a run of the view keeps along its way.
  static let keep = 12

  /// What `plan` asks for: something to start, or something to watch.
  enum Answer {
    case run(PlannedRun, TrainingReport)
    case watch(TrainingWatch, TrainingReport)
  }

  static func look(_ request: TrainingRequest) throws -> Answer {
    if let folder = request.watch { return try watch(TrainingWatch(folder: folder, log: request.log, mustExist: true)) }
    let setup = try TrainingSetup(request)
    let recipe = try setup.readRecipe()
    let folder = setup.folder(of: recipe)
    if recipe.distillation != nil {
      throw Failure(
        zh: "这次训练有教师模型：请用 llmlab train --teacher 训练，:train --watch \(folder) 观看。",
        en: "This run has a teacher: train it with llmlab train --teacher, and follow it with :train --watch \(folder)")
    }
    if RunLock.isHeld(folder: folder) { return try watch(TrainingWatch(folder: folder, log: nil)) }
    let latest = try Checkpoint.latest(in: folder)
    if let found = latest.found, let own = try? Self.recipe(of: found.path), own != recipe {
      // What only says how much is kept or logged is part of the recipe too: the run is repeated bit for bit or not at all.
      throw Failure(
        zh: "\(folder) 中是另一个配方的训练（或另一个 --steps）。请用 --out 换一个目录，或用 :train --out \(folder) 继续它。",
        en:
          "\(folder) holds a run by another recipe, or with other --steps. Choose another folder with --out, or go on with it: :train --out \(folder)"
      )
    }
    var watch = try TrainingWatch(folder: folder, log: nil)
    _ = watch.read()
    var record = watch.record
    if record.isEmpty { record = shipped(recipe.name) }
    record.totalSteps = recipe.steps
    let kept = try latest.found?.keep ?? 0
    let planned = PlannedRun(setup: setup, recipe: recipe, folder: folder, keep: setup.keep ?? (kept > 0 ? kept : keep))
    var plan = plan(recipe, folder: folder, keep: planned.keep)
    (plan.doneSteps, plan.from) = (latest.found?.step ?? 0, setup.from)
    plan.tokensPerSecond = record.recentRate?.tokensPerSecond
    return .run(planned, .planned(plan, record))
  }

  private static func watch(_ watch: TrainingWatch) throws -> Answer {
    var watch = watch
    _ = watch.read()
    return .watch(watch, .watching(name: watch.name, folder: watch.folder, watch.plan, watch.record, isLive: watch.isLive))
  }

  static func recipe(of checkpoint: String) throws -> Recipe {
    let file = "\(checkpoint)/recipe.yaml"
    return try Recipe(yaml: try WholeFile.text(file, limit: 1 << 20), file: file)
  }

  /// Saved steps of a recipe's run that come with the program, and its log.
  private static func shipped(_ name: String) -> TrainingRecord {
    var record = TrainingRecord()
    record.checkpoints = ((try? Checkpoint.files(in: Assets.models, of: name)) ?? []).map(TrainingCheckpoint.init)
    guard !record.checkpoints.isEmpty else { return record }
    var reader = RunLogReader(path: "\(Assets.models)/\(name)-\(RunLog.name)")
    for event in (try? reader.read())?.events ?? [] { record.add(event) }
    return record
  }

  static func plan(_ recipe: Recipe, folder: String, keep: Int) -> TrainingPlan {
    var plan = TrainingPlan()
    let shape = recipe.shape
    (plan.name, plan.folder, plan.keep) = (recipe.name, folder, keep)
    (plan.layers, plan.hidden, plan.heads, plan.keyValueHeads) = (shape.layers, shape.hidden, shape.heads, shape.keyValueHeads)
    (plan.context, plan.vocabulary, plan.parameters) = (shape.context, shape.vocabulary, recipe.parameterCount)
    plan.precision = recipe.precision == .bfloat16 ? "bf16" : "f32"
    (plan.steps, plan.tokensPerStep, plan.operationsPerToken) = (recipe.steps, recipe.tokensPerStep, recipe.operationsPerToken)
    var end = 0.0
    plan.stages = recipe.stages.map { stage in
      end += stage.share
      let total = stage.mixture.values.reduce(0, +)
      let parts = stage.mixture.map { TrainingPlan.Part(name: $0.key, share: $0.value / total) }
      // Steps before `end · steps`, counted from 0, belong to the stage.
      return TrainingPlan.Stage(
        lastStep: min(recipe.steps, Int((end * Double(recipe.steps)).rounded(.up))),
        mixture: parts.sorted { ($1.share, $0.name) < ($0.share, $1.name) })
    }
    (plan.checkpointEvery, plan.evaluateEvery) = (recipe.checkpointEvery, recipe.evaluateEvery)
    // Weights and the optimizer's two moments in f32; in memory the gradients too.
    (plan.checkpointBytes, plan.memoryBytes) = (12 * recipe.parameterCount, 16 * recipe.parameterCount)
    return plan
  }
}

extension TrainingCheckpoint {
  init(_ entry: CheckpointEntry) { self.init(path: entry.path, step: entry.step, bitsPerByte: entry.bitsPerByte) }
}

extension TrainingRecord {
  /// Takes what an event says of the run.
  mutating func add(_ event: TrainingEvent) {
    switch event {
    case .step(let step):
      totalSteps = step.totalSteps
      add(TrainingPoint(step))
    case .evaluated(let step, let loss, let bits): add(TrainingEvaluation(step: step, loss: loss, bitsPerByte: bits))
    case .sampled(let step, let samples): add(TrainingAnswers(step: step, samples))
    case .resumed, .checkpoint, .finished: break
    }
  }
}

extension TrainingPoint {
  init(_ step: TrainingStep) {
    self.init(
      step: step.step, loss: step.loss, learningRate: step.learningRate, gradientNorm: step.gradientNorm,
      tokensPerSecond: step.tokensPerSecond,
      secondsLeft: step.secondsLeft)
  }
}

extension TrainingAnswers {
  init(step: Int, _ samples: [TrainingSample]) {
    self.init(step: step, answers: samples.map { Answer(prompt: $0.prompt, text: $0.answer, isEnded: $0.isEnded) })
  }
}
