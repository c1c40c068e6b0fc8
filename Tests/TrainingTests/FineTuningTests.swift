// Fine-tuning: it begins at the base bit for bit, leaves the base as it is, learns, resumes bit for bit, and what it leaves opens. Not here: data
// (ExampleTests), the adapter's arithmetic (ModelsTests).
import Foundation
import Inference
import ModelFiles
import Models
import Tensors
import Testing
import Tokenization

@testable import Training

@Suite struct FineTuningTests {
  let folder: TemporaryFolder
  let model: LoadedModel

  init() throws {
    folder = try TemporaryFolder()
    let trainer = try Tiny.trainer()
    model = LoadedModel(
      name: "tiny", path: "tiny", transformer: trainer.parameters.transformer.plainCopy, tokenizer: trainer.tokenizer, chatTemplate: .sprout
    )
    let lines = (0..<20).map { "{\"prompt\":\"what is \($0)\",\"completion\":\"number \($0)\"}" }
    try folder.write(lines.joined(separator: "\n"), to: "data.jsonl")
  }

  private func fineTuning(
    _ method: FineTuningSettings.Method = .lora, steps: Int = 8, data: String = "data.jsonl", _ model: LoadedModel? = nil,
    _ change: (inout FineTuningSettings) -> Void = { _ in }
  ) throws -> FineTuning {
    try FineTuning(model ?? self.model, base: "tiny", data: "\(folder.path)/\(data)") { _ in
      var settings = FineTuningSettings(
        method: method, adapter: AdapterSettings(rank: 2, alpha: 4), steps: steps, rate: 1e-2, batchTokens: 64, length: 64, seed: 3,
        evaluationShare: 0.2)
      settings.schedule.logEvery = 1
      settings.schedule.checkpointEvery = 2
      change(&settings)
      return settings
    }
  }

  private static func bits(_ transformer: Transformer) -> [UInt32] { transformer.parameters.flatMap { $0.tensor.values.map(\.bitPattern) } }
  private static let tokens = (0..<20).map { Int32($0 * 13 % 288) }

  @Test(arguments: FineTuningSettings.Method.allCases)
  func theFirstModelIsTheBase(_ method: FineTuningSettings.Method) throws {
    let fineTuning = try fineTuning(method)
    let run = try fineTuning.run()
    let (first, base) = (try run.parameters.transformer.logits(Self.tokens), try model.transformer.logits(Self.tokens))
    #expect(first.values.map(\.bitPattern) == base.values.map(\.bitPattern))
    #expect(run.parameters.count == fineTuning.trainable.count)
    #expect(fineTuning.trainable.total == model.transformer.parameterCount + (method == .lora ? run.parameters.count : 0))
  }

  @Test(arguments: FineTuningSettings.Method.allCases)
  func itLearnsAndLeavesTheBaseAlone(_ method: FineTuningSettings.Method) throws {
    let fineTuning = try fineTuning(method, steps: 40)
    let base = Self.bits(model.transformer)
    let run = try fineTuning.run()
    var losses: [Double] = []
    while run.step < 40 { losses.append(try run.advance().loss) }
    // Rank 2 beside random weights that stay as they are cannot do much.
    #expect(losses[39] < (method == .full ? 0.8 : 0.98) * losses[0], "\(losses[0]) → \(losses[39])")
    #expect(Self.bits(model.transformer) == base && Self.bits(fineTuning.model.transformer) == base)
    let samples = fineTuning.samples
    let before = try fineTuning.measure(fineTuning.model.transformer, samples: samples, unrelated: nil)
    let after = try fineTuning.measure(run.parameters.transformer, samples: samples, unrelated: nil)
    let (a, b) = (try #require(before.validation), try #require(after.validation))
    #expect(b.nats < a.nats && b.bitsPerByte < a.bitsPerByte)
    #expect(after.answers.count == samples.count && after.answers != before.answers)
    if method == .lora { #expect(Self.bits(run.parameters.transformer) == base, "the base is frozen") }
  }

  @Test(arguments: FineTuningSettings.Method.allCases)
  func resumingAtEveryCheckpointChangesNoBit(_ method: FineTuningSettings.Method) throws {
    let copies = try TemporaryFolder()
    let fineTuning = try fineTuning(method)
    let whole = try fineTuning.run()
    var losses: [Int: UInt64] = [:]
    func events(_ losses: inout [Int: UInt64], _ run: TrainingRun, _ path: String, copying: Bool = false) throws {
      var seen: [Int: UInt64] = [:]
      let report: (TrainingEvent) throws -> Void = { event in
        if case .step(let step) = event { seen[step.step] = step.loss.bitPattern }
        if copying, case .checkpoint(let saved) = event {
          let name = saved.split(separator: "/").last.map(String.init) ?? ""
          try FileManager.default.createDirectory(atPath: "\(copies.path)/from-\(name)", withIntermediateDirectories: true)
          try FileManager.default.copyItem(atPath: saved, toPath: "\(copies.path)/from-\(name)/\(name)")
        }
      }
      _ = try run.run(folder: path, onEvent: report)
      losses = seen
    }
    try events(&losses, whole, "\(folder.path)/run", copying: true)
    #expect(losses.count == 8 && copies.names.count == 4)
    for name in copies.names {
      let path = "\(copies.path)/\(name)"
      let found = try #require(try Checkpoint.latest(in: path).found)
      // A new process reads data and settings again.
      let resumed = try self.fineTuning(method).run(resuming: found)
      #expect(resumed.step == found.step)
      var rest: [Int: UInt64] = [:]
      try events(&rest, resumed, path)
      #expect(rest == losses.filter { $0.key > found.step }, "\(name)")
      #expect(resumed.parameters.state == whole.parameters.state, "\(name)")
    }
  }

  @Test func anotherRunIsRefused() throws {
    let run = try fineTuning().run()
    _ = try run.run(folder: "\(folder.path)/run", isCancelled: { run.step == 2 })
    let found = try #require(try Checkpoint.latest(in: "\(folder.path)/run").found)
    #expect(fileError { _ = try fineTuning(steps: 9).run(resuming: found) }?.place == "settings")
    #expect(fileError { _ = try fineTuning { $0.adapter.rank = 3 }.run(resuming: found) }?.place == "settings")
    #expect(fileError { _ = try fineTuning(.full).run(resuming: found) }?.place == "settings")
    try folder.write("{\"prompt\":\"a\",\"completion\":\"b\"}\n{\"prompt\":\"c\",\"completion\":\"d\"}", to: "other.jsonl")
    #expect(fileError { _ = try fineTuning(data: "other.jsonl").run(resuming: found) }?.place == "corpus")
    let other = model.with(Transformer(model.transformer.configuration, seed: 99))
    #expect(fileError { _ = try fineTuning("data.jsonl", other).run(resuming: found) }?.place == "corpus", "another base model")
    #expect(throws: Never.self) { try fineTuning().run(resuming: found) }
  }

  private func fineTuning(_ data: String, _ model: LoadedModel) throws -> FineTuning { try fineTuning(data: data, model) }

  @Test func whatItLeavesOpens() throws {
    let (lora, full) = ("\(folder.path)/lora", "\(folder.path)/full")
    let fineTuning = try fineTuning(steps: 4)
    let run = try fineTuning.run()
    let checkpoint = try run.run(folder: lora)
    try fineTuning.writeModel(run.parameters.transformer, to: lora)
    let trained = try run.parameters.transformer.logits(Self.tokens).values
    for path in [lora, checkpoint] {
      #expect(Adapter.isFolder(path))
      #expect(try model.adapted(by: path).transformer.logits(Self.tokens).values == trained)
    }
    #expect(try model.transformer.logits(Self.tokens).values != trained)
    let whole = try self.fineTuning(.full, steps: 2).run()
    _ = try whole.run(folder: full)
    try self.fineTuning(.full, steps: 2).writeModel(whole.parameters.transformer, to: full)
    let opened = try LoadedModel(path: full)
    #expect(try opened.transformer.logits(Self.tokens).values == whole.parameters.transformer.logits(Self.tokens).values)
    #expect(opened.chatTemplate == .sprout)
  }

  @Test func whatIsHeldOutIsNeverTrainedOn() throws {
    // Each example twice: a copy of what is held out would give it away.
    let lines = (0..<20).map { "{\"prompt\":\"ask \($0)\",\"completion\":\"say \($0)\"}" }
    try folder.write((lines + lines).joined(separator: "\n"), to: "twice.jsonl")
    let fineTuning = try fineTuning(steps: 30, data: "twice.jsonl")
    #expect(fineTuning.counts.heldOut == 16 && fineTuning.counts.examples == 24)
    let heldOut = Set(fineTuning.heldOut.map(\.inputs))
    var trained: Set<[Int32]> = []
    for step in 0..<30 {
      let batch = fineTuning.batch(step: step, pass: 0)
      #expect(batch == fineTuning.batch(step: step, pass: 0))
      var start = 0
      for length in batch.documents {
        trained.insert(Array(batch.inputs[start..<start + length]))
        start += length
      }
      #expect(start == batch.inputs.count && batch.inputs.count <= 64 + 32)
    }
    #expect(trained.count == 12 && trained.isDisjoint(with: heldOut))
    #expect(fineTuning.samples.count == 3)
    let none = try self.fineTuning { $0.evaluationShare = 0 }
    #expect(none.counts.heldOut == 0 && none.counts.examples == 20)
    #expect(try none.run().evaluate() == nil)
  }

  @Test func plainTextIsLearnedWholeAndHeldOutInPart() throws {
    try folder.write((0..<200).map { "Line \($0) of the text." }.joined(separator: "\n"), to: "book.txt")
    let fineTuning = try fineTuning(data: "book.txt")
    #expect(fineTuning.counts.heldOut > 0 && fineTuning.counts.examples > fineTuning.counts.heldOut)
    #expect(fineTuning.counts.answerTokens == fineTuning.counts.tokens)
    #expect(fineTuning.samples.first?.question.hasPrefix("Line 0") == true)
  }

  @Test func theForgettingMeterMeasuresUnrelatedText() throws {
    let meter = try #require(UnrelatedText(Tiny.corpus(), for: model))
    let fineTuning = try fineTuning(steps: 20)
    let run = try fineTuning.run()
    func loss(_ transformer: Transformer) throws -> HeldOutLoss { try #require(try meter.loss(of: transformer, model.tokenizer)) }
    let before = try loss(model.transformer)
    #expect(try loss(run.parameters.transformer) == before)
    while run.step < 20 { _ = try run.advance() }
    #expect(try loss(run.parameters.transformer) != before)
    let own = LoadedModel(
      name: "m", path: "m", transformer: model.transformer, tokenizer: model.tokenizer,
      chatTemplate: try ChatTemplate(jinja: ExampleEncoderTests.plain, name: "m"))
    #expect(UnrelatedText(try Tiny.corpus(), for: own) == nil)
    try folder.write("Something else.", to: "else.txt")
    #expect(try UnrelatedText("\(folder.path)/else.txt", for: own, length: 64).loss(of: own.transformer, own.tokenizer) != nil)
  }
}

extension Transformer {
  /// Without the trainer's gradients.
  fileprivate var plainCopy: Transformer {
    let parameters = parameters
    var next = 0
    return Transformer(configuration) { (_, shape: [Int]) throws(Never) -> Tensor in
      defer { next += 1 }
      return Tensor(parameters[next].tensor.values, shape)
    }
  }
}

extension FlatParameters {
  /// Weights and both moments, every bit.
  fileprivate var state: [UInt32] { [weights, means, variances].flatMap { $0.values.map(\.bitPattern) } }
}
