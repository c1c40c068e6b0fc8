// Ten optimizer steps against PyTorch: losses, gradient norms, all gradients of the first step, weights at the end. Not here: data.
import ModelFiles
import Models
import Tensors
import Testing
import Tokenization

@testable import Training

@Suite struct GoldenTests {
  static let folder = testFolder.appendingPathComponent("Golden").path

  private static func numbers(_ root: JSONCursor, _ key: String) throws -> [Double] {
    try root.member(key).elements().map { try $0.number() }
  }

  @Test func tenStepsEqualPyTorch() throws {
    let file = "\(Self.folder)/training-small.json"
    let root = try JSON.parse(contentsOf: file).cursor(file: file)
    let batch = Batch(
      inputs: try Self.numbers(root, "tokens").map { Int32($0) }, targets: try Self.numbers(root, "targets").map { Int32($0) },
      weights: try Self.numbers(root, "weights").map { Float($0) }, documents: try Self.numbers(root, "documents").map { Int($0) })
    let recipe = try Tiny.recipe {
      $0.batches = 1
      $0.optimizer.clip = 0
    }
    var golden = recipe
    for (path, key) in [
      (\Recipe.optimizer.beta1, "beta1"), (\.optimizer.beta2, "beta2"), (\.optimizer.epsilon, "epsilon"),
      (\.optimizer.weightDecay, "decay"),
      (\.optimizer.clip, "clip"),
    ] as [(WritableKeyPath<Recipe, Double>, String)] { golden[keyPath: path] = try root.member(key).number() }
    let corpus = try Tiny.corpus()
    let model = try Transformer(huggingFace: HuggingFaceFolder(path: "\(Self.folder)/training-small"))
    let trainer = Trainer(golden, corpus, try Tiny.tokenizer(corpus), parameters: FlatParameters(model))

    let (losses, norms) = (try Self.numbers(root, "losses"), try Self.numbers(root, "norms"))
    let rates = try Self.numbers(root, "rates")
    #expect(norms.contains { $0 > golden.optimizer.clip }, "the golden run should clip")
    for step in 0..<10 {
      let result = try trainer.advance(rate: rates[step]) { _ in batch }
      #expect(abs(result.loss - losses[step]) <= 1e-4, "loss of step \(step + 1): \(result.loss), not \(losses[step])")
      #expect(abs(result.gradientNorm - norms[step]) <= 1e-4 * max(1, norms[step]), "norm of step \(step + 1)")
      if step == 0 { try expectFirstGradients(trainer) }
    }
    trainer.parameters.clearGradients()
    let after = Double(try trainer.accumulate(batch, share: 1))
    #expect(abs(after - (try root.member("lossAfter").number())) <= 1e-4)
    let weights = try SafetensorsFile(path: "\(Self.folder)/training-small-after.safetensors")
    for info in weights.tensors {
      let mine = try #require(trainer.parameters.transformer.parameters.first { $0.name == info.name }).tensor.values
      let worst = zip(mine, try weights.floats(info)).map { abs($0 - $1) }.max() ?? 1
      #expect(worst <= 1e-4, "\(info.name): \(worst)")
    }
  }

  private func expectFirstGradients(_ trainer: Trainer) throws {
    let expected = try SafetensorsFile(path: "\(Self.folder)/training-small-gradients.safetensors")
    #expect(expected.tensors.count == trainer.parameters.transformer.parameters.count)
    for info in expected.tensors {
      let mine = trainer.gradient(of: info.name)
      #expect(mine.count == info.elementCount, "\(info.name)")
      let worst = zip(mine, try expected.floats(info)).map { abs($0 - $1) }.max() ?? 1
      #expect(worst <= 1e-4, "\(info.name): \(worst)")
    }
  }
}
