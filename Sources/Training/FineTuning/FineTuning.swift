// Fine-tuning: a model, examples, settings; batches by shuffled passes over the examples. Not here: the loop (TrainingRun), reading (ExampleReading).
import Inference
import Languages
import ModelFiles
import Models
import Tokenization

/// A model and the examples that it will learn from.
public struct FineTuning: Sendable {
  /// The model as it was, its weights as f32.
  public let model: LoadedModel
  public let settings: FineTuningSettings
  /// What an adapter says that it belongs to: a path, or the name of a model.
  public let base: String
  let fingerprint: String
  let examples: [EncodedExample]
  let heldOut: [Batch]
  /// The examples of each batch.
  private let plan: [[Int32]]
  /// Prompts of held-out examples, or of examples where none are held out.
  public let samples: [FineTuningSample]
  public let counts: Counts

  /// What the data came to.
  public struct Counts: Sendable, Hashable {
    public var examples = 0
    public var heldOut = 0
    /// Longer than a document may be, or without an answer in what is left.
    public var cut = 0
    public var tokens = 0
    /// Tokens that count towards the loss.
    public var answerTokens = 0
  }

  /// - Parameters:
  ///   - path: a file of examples, or a folder of such files.
  ///   - settings: made from the tokens of one pass over the examples.
  public init(
    _ model: LoadedModel, base: String, data path: String, samples: Int = 3, settings: (_ tokens: Int) -> FineTuningSettings
  ) throws(FileError) {
    let reading = try ExampleReading(path)
    // Length and seed do not depend on how much there is.
    let draft = settings(1)
    let encoder = ExampleEncoder(model, length: draft.length)
    let isHeldOut = Self.heldOut(reading.examples, draft)
    var (examples, heldOut, counts): ([EncodedExample], [Batch], Counts) = ([], [], Counts())
    for (example, isHeldOut) in zip(reading.examples, isHeldOut) {
      var documents = try encoder.encoded(example)
      if case .chat = example.content, documents.first?.isCut ?? true { counts.cut += 1 }
      // A long text is held out in part.
      if case .text = example.content, !isHeldOut, draft.evaluationShare > 0, documents.count > 3 {
        let kept = documents.count - max(1, Int(Double(documents.count) * draft.evaluationShare))
        heldOut += documents[kept...].map(\.batch)
        documents.removeLast(documents.count - kept)
      }
      if isHeldOut { heldOut += documents.map(\.batch) } else { examples += documents }
    }
    guard !examples.isEmpty else {
      throw FileError(
        file: path, place: "data",
        problem: Bilingual(zh: "没有剩下可学的 token", en: "no token is left to learn from"),
        mend: Bilingual(zh: "请增加例子，或调大 --length、调小 --eval-share", en: "Add examples, raise --length, or lower --eval-share"))
    }
    (counts.examples, counts.heldOut) = (examples.count, heldOut.count)
    counts.tokens = examples.reduce(0) { $0 + $1.inputs.count }
    counts.answerTokens = examples.reduce(0) { $0 + $1.counted }
    let settings = settings(counts.tokens)
    try settings.checkMemory(model.transformer, model.path, tokensPerExample: Double(counts.tokens) / Double(examples.count))
    let shown = zip(reading.examples, isHeldOut).filter { $0.1 == isHeldOut.contains(true) }.map(\.0).spread(samples)
    var prompts: [FineTuningSample] = []
    for example in shown { if let sample = try encoder.sample(example) { prompts.append(sample) } }
    self.model = model.with(model.transformer.dense)
    (self.settings, self.base, self.examples, self.heldOut, self.counts) = (settings, base, examples, heldOut, counts)
    self.samples = prompts
    fingerprint = SHA256.hexadecimal(Array((reading.fingerprint + self.model.transformer.fingerprint).utf8))
    plan = Self.plan(examples.map(\.inputs.count), settings)
  }

  /// Which examples are held out: the same share of every collection, chosen by their content, so that a copy of one is not trained on either.
  private static func heldOut(_ examples: [Example], _ settings: FineTuningSettings) -> [Bool] {
    let keys = examples.map { example in
      var random = RandomSource(seed: settings.seed &+ HeldOut.hash(example.texts.joined(separator: "\u{1}")))
      return random.next()
    }
    let count = Int((Double(examples.count) * settings.evaluationShare).rounded())
    guard settings.evaluationShare > 0, examples.count > 1 else { return examples.map { _ in false } }
    let chosen = Set(Set(keys).sorted().prefix(min(max(1, count), Set(keys).count - 1)))
    return keys.map(chosen.contains)
  }

  /// Batches of about `batchTokens`, going through the examples in an order of its own in each pass.
  private static func plan(_ lengths: [Int], _ settings: FineTuningSettings) -> [[Int32]] {
    var random = RandomSource(seed: settings.seed)
    var order: [Int32] = []
    return (0..<settings.schedule.steps * settings.schedule.batches).map { _ in
      var (batch, tokens): ([Int32], Int) = ([], 0)
      while batch.isEmpty || tokens < settings.batchTokens {
        if order.isEmpty {
          order = lengths.indices.map(Int32.init)
          order.shuffle(using: &random)
        }
        guard let next = order.last, batch.isEmpty || tokens + lengths[Int(next)] <= settings.batchTokens + settings.length / 2 else {
          break
        }
        order.removeLast()
        batch.append(next)
        tokens += lengths[Int(next)]
      }
      return batch
    }
  }

  /// A sample of one's own.
  public func sample(_ text: String) throws(FileError) -> FineTuningSample {
    let encoder = ExampleEncoder(model, length: settings.length)
    return FineTuningSample(question: text, ids: try encoder.prompt([ChatMessage(.user, text)], "--sample"), reference: nil)
  }

  /// A fresh run, or one that goes on from a checkpoint.
  public func run(resuming checkpoint: Checkpoint? = nil) throws(FileError) -> TrainingRun {
    guard let checkpoint else { return TrainingRun(self, parameters(nil, model.transformer), step: 0) }
    let path = checkpoint.path
    let file = "\(path)/\(FineTuningSettings.fileName)"
    guard try FineTuningSettings(file: file) == settings else {
      throw FileError(
        file: file, place: "settings",
        problem: Bilingual(zh: "这次的设置与开始训练时不同", en: "the settings are not those that the run began with"),
        mend: Bilingual(zh: "请用原来的设置继续，或换一个 --out", en: "Go on with the same settings, or choose another --out"))
    }
    try checkpoint.check(fingerprint)
    let parameters =
      switch settings.method {
      case .lora: parameters(try Adapter(folder: path, for: model.transformer.configuration), model.transformer)
      case .full: parameters(nil, try Transformer(huggingFace: HuggingFaceFolder(path: path)))
      }
    try checkpoint.restoreOptimizer(of: parameters)
    return TrainingRun(self, parameters, step: checkpoint.step)
  }

  private func parameters(_ adapter: Adapter?, _ transformer: Transformer) -> FlatParameters {
    switch settings.method {
    case .full: return FlatParameters(transformer)
    case .lora:
      let fresh = adapter ?? Adapter(settings.adapter, for: transformer.configuration, seed: settings.seed)
      return FlatParameters(transformer, training: fresh)
    }
  }

  /// Parameters that are trained, of all that the model then has.
  public var trainable: (count: Int, total: Int) {
    let all = model.transformer.parameterCount
    guard settings.method == .lora else { return (all, all) }
    let own = model.transformer.configuration.parameterCount(of: settings.adapter)
    return (own, all + own)
  }
}

extension FineTuning: TrainingTask {
  var schedule: Schedule { settings.schedule }

  func check() throws(TrainingError) {}

  func batch(step: Int, pass: Int) -> Batch {
    var batch = Batch()
    for index in plan[step * settings.schedule.batches + pass] {
      let example = examples[Int(index)]
      batch.inputs += example.inputs
      batch.targets += example.targets
      batch.weights += example.weights
      batch.documents.append(example.inputs.count)
    }
    return batch
  }

  func heldOutLoss(of transformer: Transformer, limit: Int) throws -> HeldOutLoss? {
    try HeldOutLoss.measure(transformer, model.tokenizer, heldOut.spread(limit))
  }

  /// An adapter of PEFT or a Hugging Face folder, with the settings beside it.
  func write(_ parameters: FlatParameters, to folder: String) throws(FileError) {
    try writeModel(parameters.transformer, to: folder)
    let path = "\(folder)/\(FineTuningSettings.fileName)"
    do { try AtomicFile.write(try settings.json(), to: path) } catch let error as FileError { throw error } catch {
      throw FileError(
        file: path, place: "JSON", problem: Bilingual(zh: "设置无法写成 JSON", en: "the settings cannot be written as JSON"),
        mend: Bilingual(zh: "请检查设置中的数值", en: "Check the numbers of the settings"))
    }
  }

  /// What was learned, alone.
  public func writeModel(_ transformer: Transformer, to folder: String) throws(FileError) {
    try WholeFile.makeFolder(folder)
    if let adapter = transformer.adapter {
      try adapter.write(to: folder, for: transformer.configuration, base: base)
    } else {
      try HuggingFaceWriter.write(transformer, model.tokenizer, to: folder)
    }
  }
}
