// A run of made-up numbers for the tests of the training view, a plan, and a lab whose training is a script. Not here: tests.
import Foundation
import Inference
import Languages
import ModelFiles
import Models
import Terminal
import Tokenization

@testable import LabScreens

enum TrainingLab {
  /// Checkpoints in real files: the small model, once as it is and once with its weights turned around.
  static let folder: String = {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("llmlab-training-view-\(UUID().uuidString)").path
    try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    let model = LessonLab.model
    for (index, step) in steps.enumerated() {
      let transformer = Transformer(model.transformer.configuration, seed: UInt64(index + 20))
      try? transformer.writeGGUF(
        to: "\(path)/tiny-step-\(step).gguf", name: "tiny-step-\(step)", type: .f32, tokenizer: (try? model.tokenizer.ggufMetadata()) ?? [])
    }
    return path
  }()
  static let steps = [0, 250, 500, 750]

  static var checkpoints: [TrainingCheckpoint] {
    steps.map { TrainingCheckpoint(path: "\(folder)/tiny-step-\($0).gguf", step: $0, bitsPerByte: $0 == 0 ? nil : 3 - Double($0) / 500) }
  }

  static let plan: TrainingPlan = {
    var plan = TrainingPlan()
    (plan.name, plan.folder) = ("tiny", "/runs/tiny")
    (plan.layers, plan.hidden, plan.heads, plan.keyValueHeads, plan.context, plan.vocabulary) = (2, 16, 2, 1, 64, 288)
    (plan.parameters, plan.precision, plan.steps, plan.tokensPerStep, plan.operationsPerToken) = (7472, "f32", 1000, 192, 44832)
    plan.stages = [
      TrainingPlan.Stage(lastStep: 800, mixture: [.init(name: "concepts", share: 0.75), .init(name: "smalltalk", share: 0.25)]),
      TrainingPlan.Stage(lastStep: 1000, mixture: [.init(name: "smalltalk", share: 1)]),
    ]
    (plan.checkpointEvery, plan.evaluateEvery, plan.keep, plan.checkpointBytes, plan.memoryBytes) = (250, 250, 4, 89664, 119552)
    return plan
  }()

  /// The same, with a checkpoint to go on from.
  static var stopped: TrainingPlan {
    var plan = plan
    (plan.doneSteps, plan.tokensPerSecond) = (750, 4000)
    return plan
  }

  static func point(_ step: Int) -> TrainingPoint {
    // Falling, with a wave on it, so that loss and mean differ.
    let loss = 1 + 5 / (1 + Double(step) / 60) + 0.3 * Double((step * 7) % 11) / 11
    return TrainingPoint(
      step: step, loss: loss, learningRate: step <= 100 ? 1e-4 * Double(step) : 0.01 * (1 - Double(step) / 1200),
      gradientNorm: 0.5 + Double(step % 30) / 60, tokensPerSecond: 4000 + Double(step % 7), secondsLeft: 0.048 * Double(1000 - step))
  }

  static func answers(_ step: Int) -> TrainingAnswers {
    let texts: [(String, String, String)] = [
      ("什么是词元？", "一段字。", "词元是一段字，模型一次读一个。"), ("hello, who are you?", "Hello! I am a a a a", "Hello! I am Sprout, a small model."),
      ("tell me a story about a cat", "A cat sat.", "A cat sat."),
    ]
    return TrainingAnswers(
      step: step, answers: texts.map { .init(prompt: $0.0, text: step < 500 ? $0.1 : $0.2, isEnded: step >= 500) })
  }

  /// A run at step 760 of 1,000.
  static let record: TrainingRecord = {
    var record = TrainingRecord()
    record.totalSteps = 1000
    for step in [1] + Array(stride(from: 10, through: 760, by: 10)) {
      record.add(point(step))
      if step % 250 == 0 {
        record.add(TrainingEvaluation(step: step, loss: 4 - Double(step) / 250, bitsPerByte: 3 - Double(step) / 500))
        record.add(answers(step))
      }
    }
    record.checkpoints = checkpoints
    return record
  }()

  /// The lab on its training view; `reports` answer the view's first question.
  static func driver(
    _ keys: String = "", reports: [TrainingReport]? = nil, _ size: Size = Size(columns: 80, rows: 24), _ language: Language = .en,
    theme: Theme = Theme(colorMode: .color256), asked: @escaping (TrainingWork) -> Void = { _ in }
  ) throws -> InlineDriver {
    let engine = LabEngine(courseFolder: "/nonexistent", keeper: nil) { LessonLab.model }
    let reports = reports ?? [.planned(stopped, record)]
    engine.training = { work, report in
      asked(work)
      if case .plan = work { reports.forEach(report) }
    }
    var state = ScreenState(size: size, language: language, theme: theme)
    (state.opensLessonByItself, state.showsTimes, state.prompt) = (false, false, "the cat sat")
    var driver = InlineDriver(state, engine)
    driver.send(try KeyScript.parse("8 " + keys))
    return driver
  }

  static func screen(
    _ keys: String = "", reports: [TrainingReport]? = nil, _ size: Size = Size(columns: 80, rows: 24), _ language: Language = .en,
    theme: Theme = Theme(colorMode: .color256)
  ) throws -> String {
    try driver(keys, reports: reports, size, language, theme: theme).state.frame().plainText
  }
}
