// The loop: the same bits every time, accumulation, isolation of documents, errors that name the place. Not here: PyTorch (GoldenTests), files.
import ModelFiles
import Inference
import Models
import Tensors
import Testing
import Tokenization

@testable import Training

@Suite struct TrainerTests {
  /// A student whose only teacher is another model comes nearer to it than to what the text alone teaches; resumed, it needs the same teacher.
  @Test func aStudentLearnsItsTeachersDistribution() throws {
    let corpus = try Tiny.corpus()
    let tokenizer = try Tiny.tokenizer(corpus)
    func model(_ seed: UInt64) throws -> LoadedModel {
      // Larger weights than fresh ones, so that its distribution is not even.
      let plain = Transformer(try Tiny.recipe().configuration, seed: seed)
      for parameter in plain.parameters where parameter.isMatrix {
        for i in 0..<parameter.tensor.count { parameter.tensor[i] *= 8 }
      }
      return LoadedModel(name: "teacher", path: "t", transformer: plain, tokenizer: tokenizer, chatTemplate: .sprout)
    }
    let teacher = try model(5)
    let recipe = try Tiny.recipe {
      $0.steps = 60
      $0.distillation = Recipe.Distillation(temperature: 2, share: 1, teacher: teacher)
    }
    #expect(try Recipe(yaml: recipe.yaml(), file: "x") == recipe)
    let student = Trainer(recipe, corpus, tokenizer)
    try student.learn(from: teacher)
    let first = try student.advance().loss
    var last = first
    while student.step < 60 { last = try student.advance().loss }
    // The divergence alone: 0 would be the teacher itself.
    #expect(last < 0.6 * first && last >= 0, "\(first) → \(last)")
    #expect(throws: TrainingError.wrongTeacher) { try student.learn(from: model(6)) }
    #expect(throws: TrainingError.wrongTeacher) { try Trainer(Tiny.recipe(), corpus, tokenizer).learn(from: teacher) }
  }

  @Test func twoRunsAreEqualBitForBit() throws {
    let (a, b, other) = (try Tiny.trainer(), try Tiny.trainer(), try Tiny.trainer { $0.seed = 8 })
    for _ in 0..<4 {
      let (x, y) = (try a.advance(), try b.advance())
      #expect(x.loss == y.loss && x.gradientNorm == y.gradientNorm && x.tokens == y.tokens)
      _ = try other.advance()
    }
    #expect(a.state == b.state)
    #expect(a.state != other.state)
    #expect(a.step == 4)
  }

  @Test func threadsDoNotChangeABit() throws {
    let before = Kernels.threadCount
    defer { Kernels.threadCount = before }
    func state(_ threads: Int) throws -> [UInt32] {
      Kernels.threadCount = threads
      let trainer = try Tiny.trainer()
      for _ in 0..<4 { _ = try trainer.advance() }
      return trainer.state
    }
    #expect(try state(1) == state(2))
  }

  @Test func trainingLearns() throws {
    let trainer = try Tiny.trainer { $0.steps = 60 }
    let first = try trainer.advance().loss
    var last = first
    while trainer.step < 60 { last = try trainer.advance().loss }
    #expect(first > 5 && last < first / 2, "\(first) → \(last)")
    let evaluation = try #require(try trainer.evaluate())
    #expect(evaluation.nats > 0 && evaluation.bitsPerByte > 0)
    // A token is at least one byte of text, so the rates keep their order.
    #expect(evaluation.bitsPerByte <= evaluation.nats / 0.6931 * 3)
  }

  /// Products in bf16 learn along the same curve, and the same bits for any number of threads.
  @Test func bfloat16LearnsAlike() throws {
    let before = Kernels.threadCount
    defer { Kernels.threadCount = before }
    func run(_ precision: Recipe.Precision, threads: Int) throws -> (losses: [Double], state: [UInt32]) {
      Kernels.threadCount = threads
      let trainer = try Tiny.trainer {
        $0.steps = 40
        $0.precision = precision
      }
      return (try (0..<40).map { _ in try trainer.advance().loss }, trainer.state)
    }
    let (exact, rounded, again) = (try run(.float32, threads: 1), try run(.bfloat16, threads: 1), try run(.bfloat16, threads: 2))
    #expect(rounded.state == again.state)
    #expect(rounded.state != exact.state, "the recipe's precision must reach the products")
    for (step, (a, b)) in zip(exact.losses, rounded.losses).enumerated() {
      #expect(abs(a - b) < 0.02 * a + 0.02, "loss of step \(step + 1): \(b), in f32 \(a)")
    }
  }

  @Test func passesAddUpToTheMeanOfTheirGradients() throws {
    let trainer = try Tiny.trainer()
    let batches = [trainer.source.batch(step: 0, pass: 0), trainer.source.batch(step: 0, pass: 1)]
    var parts: [[Float]] = []
    var losses: [Float] = []
    for batch in batches {
      trainer.parameters.clearGradients()
      losses.append(try trainer.accumulate(batch, share: 1))
      parts.append(trainer.parameters.gradients.values)
    }
    trainer.parameters.clearGradients()
    for batch in batches { _ = try trainer.accumulate(batch, share: 0.5) }
    let together = trainer.parameters.gradients.values
    let worst = together.indices.map { abs(together[$0] - (parts[0][$0] + parts[1][$0]) / 2) }.max() ?? 1
    #expect(worst < 1e-6)
    #expect(together.contains { abs($0) > 1e-3 })
    let loss = try Tiny.trainer().advance().loss
    #expect(abs(loss - Double(losses[0] + losses[1]) / 2) < 1e-6)
  }

  @Test func aStepWithoutCountingTokensMovesByDecayAndMomentumOnly() throws {
    let trainer = try Tiny.trainer()
    _ = try trainer.advance()
    let (mean, step) = (trainer.parameters.means.values, trainer.step)
    var silent = trainer.source.batch(step: 0, pass: 0)
    silent.weights = silent.weights.map { _ in 0 }
    let result = try trainer.advance(rate: 0.01) { _ in silent }
    #expect(result.loss == 0 && result.gradientNorm == 0)
    #expect(trainer.step == step + 1)
    #expect(zip(trainer.parameters.means.values, mean).allSatisfy { abs($0 - $1 * 0.9) < 1e-6 })
  }

  @Test func documentsAreIsolated() throws {
    let trainer = try Tiny.trainer()
    var batch = trainer.source.batch(step: 0, pass: 0)
    try #require(batch.documents.count >= 3)
    /// The mean loss of the tokens of one document; the others do not count.
    func loss(of document: Int, _ batch: Batch) throws -> Float {
      var batch = batch
      let start = batch.documents.prefix(document).reduce(0, +)
      let range = start..<start + batch.documents[document]
      batch.weights = batch.weights.indices.map { range.contains($0) ? 1 : 0 }
      trainer.parameters.clearGradients()
      return try trainer.accumulate(batch, share: 1)
    }
    let before = try (0..<3).map { try loss(of: $0, batch) }
    for i in 0..<batch.documents[0] { batch.inputs[i] = Int32(20 + i) }
    let after = try (0..<3).map { try loss(of: $0, batch) }
    #expect(before[0] != after[0])
    #expect(before[1] == after[1] && before[2] == after[2])
  }

  @Test func weightsThatAreNoNumbersAreNamed() throws {
    for name in ["model.layers.1.mlp.up_proj.weight", "model.norm.weight", "model.embed_tokens.weight"] {
      let trainer = try Tiny.trainer()
      _ = try trainer.advance()
      let tensor = try #require(trainer.parameters.transformer.parameters.first { $0.name == name }).tensor
      tensor.data.update(repeating: .nan, count: tensor.count)
      let before = trainer.state
      #expect(throws: TrainingError.notFinite(step: 2, parameter: name)) { try trainer.advance() }
      #expect(trainer.state == before && trainer.step == 1)
    }
  }

  @Test func gradientsThatOverflowAreNamed() throws {
    let trainer = try Tiny.trainer()
    for parameter in trainer.parameters.transformer.parameters where parameter.isMatrix {
      parameter.tensor.data.update(repeating: 3e38, count: parameter.tensor.count)
    }
    #expect { try trainer.advance() } throws: { error in
      if case TrainingError.notFinite(step: 1, parameter: _) = error { true } else { false }
    }
  }

  @Test func theRateWarmsUpAndFallsToTheFloor() throws {
    let recipe = try Tiny.recipe {
      $0.steps = 100
      $0.optimizer.warmup = 0.1
    }
    #expect(abs(recipe.rate(at: 0) - 0.001) < 1e-12)
    #expect(abs(recipe.rate(at: 9) - 0.01) < 1e-12)
    #expect((10..<99).allSatisfy { recipe.rate(at: $0) >= recipe.rate(at: $0 + 1) })
    // Half way down the cosine, then nearly the floor of a tenth.
    #expect(abs(recipe.rate(at: 55) - 0.0055) < 1e-9)
    #expect(recipe.rate(at: 99) > 0.001 && recipe.rate(at: 99) < 0.00101)
  }

  // MARK: What does not belong together

  @Test func aStageWithoutItsPartsIsAnError() throws {
    let folder = try TemporaryFolder()
    try folder.write(Tiny.files["pairs-a.jsonl"] ?? "", to: "pairs-a.jsonl")
    let corpus = try Corpus(folder: folder.path)
    let trainer = Trainer(try Tiny.recipe(), corpus, try Tiny.tokenizer(Tiny.corpus()))
    #expect(throws: TrainingError.emptyMixture(stage: 2)) { try trainer.advance() }
    #expect(throws: TrainingError.emptyMixture(stage: 2)) { try trainer.run(folder: folder.path + "/run") }
    #expect(folder.names == ["pairs-a.jsonl"])
  }

  @Test func aTokenizerLargerThanTheModelIsAnError() throws {
    let corpus = try Tiny.corpus()
    let trainer = Trainer(try Tiny.recipe { $0.shape.vocabulary = 280 }, corpus, try Tiny.tokenizer(corpus))
    #expect(throws: TrainingError.vocabularyTooLarge(tokenizer: 288, model: 280)) { try trainer.advance() }
  }

  @Test func nothingHeldOutMeansNoEvaluation() throws {
    // Sums are always held out in part; nothing is in a corpus of nothing.
    let trainer = try Tiny.trainer()
    #expect(try HeldOutLoss.measure(trainer.parameters.transformer, trainer.tokenizer, Corpus()) == nil)
    // Nor for a tokenizer that cannot write chats.
    let plain = try BPETrainer.train(texts: [], vocabularySize: 256, specialTokens: [], preTokenizer: .smollm)
    #expect(try HeldOutLoss.measure(trainer.parameters.transformer, plain, Tiny.corpus()) == nil)
  }

  @Test func oneRunInAFolderAtATime() throws {
    let folder = try TemporaryFolder()
    let trainer = try Tiny.trainer()
    let other = try Tiny.trainer()
    var refusals = 0
    _ = try trainer.run(
      folder: folder.path,
      onEvent: { event in
        guard case .step = event else { return }
        #expect(throws: TrainingError.folderBusy(path: folder.path)) { _ = try other.run(folder: folder.path) }
        refusals += 1
      })
    #expect(refusals == 12)
    // The end of a run frees the folder.
    #expect(throws: TrainingError.self) { _ = try other.run(folder: folder.path) }
    #expect(throws: Never.self) { _ = try trainer.run(folder: folder.path) }
  }

  @Test func aCheckpointSaysWhereItComesFrom() throws {
    let folder = try TemporaryFolder()
    let trainer = try Tiny.trainer { $0.steps = 3 }
    let path = try trainer.run(folder: folder.path)
    let provenance = try #require(try Provenance(checkpoint: path))
    #expect(provenance.name == "tiny" && provenance.step == 3 && provenance.corpus == trainer.source.corpus.fingerprint)
    #expect(try Recipe(yaml: provenance.recipe, file: "x") == trainer.recipe)
    let metadata = Dictionary(uniqueKeysWithValues: provenance.ggufMetadata.map { ($0.key, $0.value) })
    #expect(metadata["llmlab.step"] == .uint32(3) && metadata["llmlab.recipe"] == .string(provenance.recipe))
    #expect(metadata["llmlab.recipe.sha256"] == .string(SHA256.hexadecimal(Array(provenance.recipe.utf8))))
    #expect(try Provenance(checkpoint: folder.path) == nil)
    try AtomicFile.write(Array("{".utf8), to: "\(path)/MANIFEST.json")
    #expect(throws: FileError.self) { _ = try Provenance(checkpoint: path) }
  }

  @Test func cancellingWritesACheckpoint() throws {
    let folder = try TemporaryFolder()
    let trainer = try Tiny.trainer()
    let path = try trainer.run(folder: folder.path, isCancelled: { trainer.step == 2 })
    #expect(path == "\(folder.path)/step-000002")
    #expect(try Checkpoint.latest(in: folder.path).found?.step == 2)
  }
}
