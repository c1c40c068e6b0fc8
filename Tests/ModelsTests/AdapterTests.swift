// Adapters in the forward and backward pass: nothing changes at first, gradients are right and only the adapter's, merging computes the same.
// Not here: PEFT's files (AdapterFolderTests).
import ModelFiles
import Tensors
import Testing

@testable import Models

@Suite struct AdapterTests {
  private static let count = 14

  /// An adapter whose B is not zero any more.
  static func adapter(_ c: TransformerConfiguration, rank: Int = 3, _ targets: [BlockPart] = AdapterSettings.allTargets) -> Adapter {
    let adapter = Adapter(AdapterSettings(rank: rank, alpha: 5, targets: targets), for: c, seed: 4)
    var random = RandomSource(seed: 9)
    for module in adapter.modules {
      for (_, up) in module.ups { for i in 0..<up.count { up[i] = 0.3 * random.normal() } }
    }
    return adapter
  }

  private static func tensors(_ adapter: Adapter) -> [(name: String, tensor: Tensor)] {
    adapter.modules.flatMap { module in [("\(module.name) A", module.down)] + module.ups.map { ("\(module.name) B", $0.tensor) } }
  }

  @Test(arguments: FamilyModel.all)
  func aFreshAdapterChangesNoBit(_ family: FamilyModel) throws {
    let model = try family.model()
    let adapted = model.with(Adapter(AdapterSettings(), for: model.configuration, seed: 1))
    #expect(adapted.adapter?.modules.isEmpty == false)
    #expect(bits(try adapted.logits(family.tokens)) == bits(try model.logits(family.tokens)))
    #expect(adapted.adapter?.parameterCount == model.configuration.parameterCount(of: AdapterSettings()))
  }

  @Test(arguments: FamilyModel.all)
  func theMergedModelComputesTheSame(_ family: FamilyModel) throws {
    let model = try family.model()
    let adapted = model.with(Self.adapter(model.configuration))
    let expected = try adapted.logits(family.tokens).values
    expectClose(try adapted.merged.logits(family.tokens).values, expected, tolerance: 3e-4, "merged")
    #expect(adapted.merged.adapter == nil)
    let plain = try model.logits(family.tokens).values
    #expect(zip(plain, expected).contains { abs($0 - $1) > 0.1 }, "the adapter should change something")
    // Files hold what the model computes.
    let written = adapted.tensorsToWrite(.f32), merged = adapted.merged.tensorsToWrite(.f32)
    let folder = try TemporaryFolder()
    for (name, tensors) in [("a", written), ("b", merged)] { try SafetensorsWriter.write(tensors, to: "\(folder.path)/\(name)") }
    #expect(try WholeFile.bytes("\(folder.path)/a", limit: .max) == WholeFile.bytes("\(folder.path)/b", limit: .max))
    #expect(bits(try adapted.with(nil).logits(family.tokens)) == bits(try model.logits(family.tokens)))
  }

  @Test(arguments: FamilyModel.all)
  func gradientsOfTheAdapterEqualFiniteDifferences(_ family: FamilyModel) throws {
    let model = try family.model()
    let adapter = Self.adapter(model.configuration)
    let adapted = model.with(adapter)
    let (tokens, targets) = (Array(family.tokens.prefix(Self.count)), Array(family.tokens[1...Self.count]))
    let weights = [Float](repeating: 1, count: Self.count)
    func loss() throws -> Double {
      Double(Naive.crossEntropy(try adapted.logits(tokens).values, targets: targets, weights: weights))
    }
    let tensors = Self.tensors(adapter)
    for (_, tensor) in tensors { tensor.keepGradient(in: Tensor(repeating: .nan, tensor.shape)) }
    let tape = Tape()
    tape.backward(from: crossEntropy(try adapted.logits(tokens, Run(tape: tape)), targets: targets, weights: weights, tape))
    #expect(adapted.parameters.allSatisfy { $0.tensor.gradient == nil }, "the base is frozen")

    var random = RandomSource(seed: 3)
    for (name, tensor) in tensors {
      let gradient = try #require(tensor.gradient?.values, "\(name)")
      #expect(gradient.allSatisfy(\.isFinite) && gradient.contains { $0 != 0 }, "\(name)")
      for index in [gradient.indices.max { abs(gradient[$0]) < abs(gradient[$1]) } ?? 0, random.below(gradient.count)] {
        let (kept, step) = (tensor[index], Float(2e-3))
        tensor[index] = kept + step
        let above = try loss()
        tensor[index] = kept - step
        let below = try loss()
        tensor[index] = kept
        let difference = (above - below) / (Double(kept + step) - Double(kept - step))
        #expect(
          abs(Double(gradient[index]) - difference) < 2e-3 + 0.02 * abs(difference),
          "\(name)[\(index)]: \(gradient[index]), not \(difference)")
      }
    }
  }

  @Test func decodingTokenByTokenEqualsOnePass() throws {
    for name in ["llama", "phi3", "gpt2"] {
      let family = try FamilyModel.named(name)
      let model = try family.model()
      let adapted = model.with(Self.adapter(model.configuration, [.query, .value, .down]))
      let cache = KeyValueCache(model.configuration, capacity: family.tokens.count)
      let decoder = TokenDecoder(adapted, cache)
      let whole = try adapted.logits(family.tokens).values
      let single = family.tokens.flatMap { decoder.logits(after: $0).values }
      expectClose(single, whole, tolerance: 2e-4, name)
    }
  }

  /// What is watched is what is computed; the shares of the heads add up to the projection, the adapter's part included.
  @Test func hooksSeeTheAdaptersPart() throws {
    let family = try FamilyModel.named("llama")
    let model = try family.model()
    let adapted = model.with(Self.adapter(model.configuration))
    let (plain, recorder) = (Recorder(), Recorder())
    _ = try model.logits(family.tokens, Run(recorder: plain))
    let logits = try adapted.logits(family.tokens, Run(recorder: recorder))
    expectClose(logits.values, try adapted.logits(family.tokens).values, tolerance: 1e-4, "watched")
    for hook in [BlockHook.query, .key, .value, .attentionOut, .gate, .up, .feedForwardOut] {
      #expect(recorder.tensors[.block(0, hook)]?.values != plain.tensors[.block(0, hook)]?.values, "\(hook)")
    }
    let z = try #require(recorder.tensors[.block(0, .mix)])
    let output = adapted.blocks[0].output
    let (shares, sum) = (output.shares(of: z), output(z, nil))
    let (n, width) = (sum.rows, sum.columns)
    let total = (0..<n * width).map { i in
      (0..<z.shape[1]).reduce(Float(0)) { $0 + shares[(i / width * z.shape[1] + $1) * width + i % width] }
    }
    expectClose(total, sum.values, tolerance: 1e-4, "shares")
  }

  /// Trained on f32 copies, used on the packed weights: the difference is that of the packing.
  @Test func anAdapterWorksOnQuantizedWeights() throws {
    let c = TransformerConfiguration(
      vocabularySize: 64, hiddenSize: 64, layerCount: 2, headCount: 4, keyValueHeadCount: 2, intermediateSize: 96, contextLength: 32)
    let folder = try TemporaryFolder()
    let path = "\(folder.path)/m.gguf"
    try Transformer(c, seed: 2).writeGGUF(to: path, name: "m", type: .q8_0, tokenizer: [("tokenizer.ggml.model", .string("no_vocab"))])
    let model = try Transformer(gguf: GGUFFile(path: path))
    #expect(model.blocks[0].query.weight.kind == .q8_0 && model.dense.blocks[0].query.weight.trainable != nil)
    let adapter = Self.adapter(model.configuration)
    let tokens = (0..<20).map { Int32($0 * 7 % 64) }
    let dense = try model.dense.with(adapter).logits(tokens).values
    expectClose(try model.with(adapter).logits(tokens).values, dense, tolerance: 0.02, "quantized")
    expectClose(try model.with(adapter).merged.logits(tokens).values, dense, tolerance: 0.02, "merged")
    #expect(try model.logits(tokens).values != model.with(adapter).logits(tokens).values)
  }
}
