// Hooks, recorder and operations: names, shapes, and that watching changes nothing. Not here: whether the values are right (GoldenTests).
import Tensors
import Testing

@testable import Models

@Suite struct HookTests {
  static let everyHook: [Hook] =
    [.embed, .tokenTypeEmbed, .positionEmbed, .embedSum, .fullEmbed]
    + (0..<3).flatMap { layer in BlockHook.allCases.map { .block(layer, $0) } }
    + [.finalNormalized, .uncappedLogits, .logits]
  /// What Llama lacks.
  static let foreign: Set<BlockHook> = [
    .normalizedQuery, .normalizedKey, .cappedScores, .norm1Post, .normalizedMid, .norm2Post, .normalizedPost,
  ]
  static let blockHooks = BlockHook.allCases.filter { !foreign.contains($0) }
  static let everyHookOfLlama: [Hook] =
    [.embed, .finalNormalized, .logits] + (0..<3).flatMap { layer in blockHooks.map { .block(layer, $0) } }

  @Test func namesRoundTrip() {
    for hook in Self.everyHook { #expect(Hook(name: hook.name) == hook) }
    #expect(Set(Self.everyHook.map(\.name)).count == Self.everyHook.count)
    #expect(Hook.block(2, .pattern).name == "blocks.2.attn.hook_pattern")
    #expect(Hook.block(2, .pattern).layer == 2)
    #expect(Hook.logits.layer == nil)
  }

  @Test(arguments: [
    "", "blocks", "blocks.0", "blocks.0.", "blocks.-1.hook_resid_pre", "blocks.+1.hook_resid_pre", "blocks.01.hook_resid_pre",
    "blocks..0.hook_resid_pre", "blocks.99999999999999999999.hook_resid_pre", "block.0.hook_resid_pre", "blocks.0.hook_resid_pre ",
    "blocks.0.attn", "hook_embed.", "Logits",
  ])
  func otherNamesAreNoHooks(_ name: String) { #expect(Hook(name: name) == nil) }

  @Test func everyHookIsRecordedWithItsShape() throws {
    let model = Transformer(oddConfiguration, seed: 1)
    let recorder = Recorder { _ in true }
    _ = try model.logits([5, 0, 36, 7], Run(recorder: recorder))
    let (n, d, f, heads, size) = (4, 30, 20, 3, 6)
    let shapes: [BlockHook: [Int]] = [
      .residualPre: [n, d], .norm1: [n, d], .query: [n, heads, size], .key: [n, 1, size], .value: [n, 1, size],
      .rotatedQuery: [n, heads, size], .rotatedKey: [n, 1, size], .scores: [heads, n, n], .maskedScores: [heads, n, n],
      .pattern: [heads, n, n], .mix: [n, heads, size], .headResult: [n, heads, d], .attentionOut: [n, d], .residualMid: [n, d],
      .norm2: [n, d], .gate: [n, f], .up: [n, f], .activation: [n, f], .feedForwardOut: [n, d], .residualPost: [n, d],
    ]
    for layer in 0..<3 {
      for hook in Self.blockHooks { #expect(recorder.tensors[.block(layer, hook)]?.shape == shapes[hook], "\(layer) \(hook.rawValue)") }
    }
    #expect(recorder.tensors[.embed]?.shape == [n, d])
    #expect(recorder.tensors[.finalNormalized]?.shape == [n, d])
    #expect(recorder.tensors[.logits]?.shape == [n, 37])
    #expect(recorder.tensors.count == Self.everyHookOfLlama.count)
    // The mask costs nothing: softmax stops early, and the masked scores are made for whoever reads them.
    let masks = Set((0..<3).map { Hook.block($0, .maskedScores) })
    #expect(Set(recorder.nanoseconds.keys) == recorder.tensors.hooks.subtracting(masks))
    #expect(recorder.nanoseconds.values.allSatisfy { $0 >= 0 })
  }

  @Test func keysOfTheCacheAppearInScores() throws {
    let model = Transformer(oddConfiguration, seed: 1)
    let cache = KeyValueCache(oddConfiguration, capacity: 8)
    _ = try model.hidden([1, 2, 3], Run(cache: cache))
    let recorder = Recorder()
    _ = try model.hidden([4, 5], Run(cache: cache, recorder: recorder))
    #expect(recorder.tensors[.block(0, .scores)]?.shape == [3, 2, 5])
    #expect(recorder.tensors[.block(0, .rotatedKey)]?.shape == [2, 1, 6])
    #expect(cache.count == 5)
  }

  @Test func theRecorderKeepsWhatIsWanted() throws {
    let model = Transformer(oddConfiguration, seed: 1)
    let recorder = Recorder { $0 == .block(1, .pattern) }
    _ = try model.logits([5, 0], Run(recorder: recorder))
    #expect(recorder.tensors.hooks == [.block(1, .pattern)])
    let all = Recorder()
    _ = try model.logits([5, 0], Run(recorder: all))
    #expect(all.tensors[.block(0, .headResult)] == nil)
    #expect(all.tensors.count == Self.everyHookOfLlama.count - 3)
  }

  @Test func observedEqualsUnobservedBitForBit() throws {
    for (model, tokens) in [(try Golden.model(), try Golden.tokens()), (Transformer(oddConfiguration, seed: 3), [5, 0, 36, 7, 7])] {
      let plain = try model.logits(tokens)
      let observed = try model.logits(tokens, Run(recorder: Recorder { _ in true }))
      #expect(bits(plain) == bits(observed))
      let (left, right) = (KeyValueCache(model.configuration, capacity: 32), KeyValueCache(model.configuration, capacity: 32))
      for part in [tokens.prefix(3), tokens.dropFirst(3)] {
        let a = try model.logits(Array(part), Run(cache: left))
        let b = try model.logits(Array(part), Run(cache: right, recorder: Recorder()))
        #expect(bits(a) == bits(b))
      }
    }
  }

  @Test func headResultsSumToTheAttentionOutput() throws {
    let recorder = Recorder { _ in true }
    _ = try Golden.model().logits(Golden.tokens(), Run(recorder: recorder))
    for layer in 0..<2 {
      let parts = try #require(recorder.tensors[.block(layer, .headResult)])
      let whole = try #require(recorder.tensors[.block(layer, .attentionOut)])
      let (n, heads, d) = (parts.shape[0], parts.shape[1], parts.shape[2])
      let sums = (0..<n * d).map { i in (0..<heads).reduce(Float(0)) { $0 + parts[i / d, $1, i % d] } }
      expectClose(sums, whole.values, tolerance: 1e-5, "block \(layer)")
    }
  }
}

@Suite struct OperationTests {
  @Test func operationsCoverEveryHookInTheOrderOfComputation() throws {
    let model = Transformer(oddConfiguration, seed: 1)
    let operations = model.operations
    #expect(operations.map(\.index) == Array(operations.indices))
    let blockHooks = HookTests.blockHooks.filter { $0 != .headResult }
    var expected: [Hook] = [.embed]
    // The residual stream that enters a block is what the operation before it made.
    for layer in 0..<3 { expected += blockHooks.filter { $0 != .residualPre }.map { .block(layer, $0) } }
    expected += [.finalNormalized, .logits]
    #expect(operations.compactMap(\.output) == expected)
    #expect(operations.last?.kind == .sample)
    let foreign: Set<OperationKind> = [
      .embedPositions, .addPositions, .normalizeQuery, .normalizeKey, .capScores, .normalizeAttention, .normalizeFeedForward, .capLogits,
    ]
    #expect(Set(operations.map(\.kind)) == Set(OperationKind.allCases).subtracting(foreign))

    let recorder = Recorder()
    _ = try model.logits([1, 2], Run(recorder: recorder))
    var known: Set<Hook> = []
    for operation in operations {
      for input in operation.inputs {
        let isEntry = input.layer.map { input == .block($0, .residualPre) } ?? false
        #expect(isEntry || known.contains(input), "\(operation.kind) reads \(input.name) before it is made")
        #expect(recorder.tensors[input] != nil, "\(input.name)")
      }
      if let output = operation.output { known.insert(output) }
      #expect(operation.layer == operation.output?.layer)
      #expect(operation.mayBeInfinite == (operation.kind == .mask))
    }
  }

  @Test func arithmeticOfTheProjectionsIsTwiceTheWeights() {
    let model = Transformer(oddConfiguration, seed: 1)
    let products: Set<OperationKind> = [.query, .key, .value, .project, .gate, .up, .down, .logits]
    let counted = model.operations.filter { products.contains($0.kind) }.reduce(0) {
      $0 + model.floatingPointOperations(of: $1, tokens: 5, past: 9)
    }
    let matrices = model.parameters.filter { $0.isMatrix && $0.name != "model.embed_tokens.weight" }
    #expect(counted == 2 * 5 * matrices.reduce(0) { $0 + $1.tensor.count })
    let scores = model.operations.first { $0.kind == .scores }
    #expect(scores.map { model.floatingPointOperations(of: $0, tokens: 5, past: 9) } == 2 * 5 * 14 * 18)
  }

  @Test func aModelWithoutBlocksWorks() throws {
    var configuration = oddConfiguration
    configuration.layerCount = 0
    let model = Transformer(configuration, seed: 1)
    #expect(model.operations.map(\.kind) == [.embed, .finalNorm, .logits, .sample])
    #expect(try model.logits([3]).shape == [1, 37])
  }
}
