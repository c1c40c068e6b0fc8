// The Transformer as an object: parameters, seeds, cache, cancellation, packed documents. Not here: files, hooks.
import Tensors
import Testing

@testable import Models

@Suite struct TransformerTests {
  @Test func parametersAreCountedOnceAndInTheOrderOfTheLayout() throws {
    let golden = try Golden.model()
    // Embedding, two blocks of 2 norms, 4 attention and 3 feed-forward matrices, the last norm.
    #expect(golden.parameterCount == 61 * 32 + 2 * (2 * 32 + 2 * 32 * 32 + 2 * 16 * 32 + 3 * 48 * 32) + 32)
    for model in [golden, Transformer(oddConfiguration, seed: 1)] {
      let layout = model.configuration.layout
      #expect(model.parameters.map(\.place) == layout.map(\.name))
      #expect(model.parameters.map(\.tensor.shape) == layout.map(\.shape))
    }
    #expect(!golden.parameters.contains { $0.name == "lm_head.weight" })
    #expect(golden.unembedding === golden.embeddingTable)
  }

  @Test func theSeedDecidesTheWeights() {
    func weights(_ seed: UInt64) -> [[UInt32]] { Transformer(oddConfiguration, seed: seed).parameters.map { bits($0.tensor) } }
    #expect(weights(7) == weights(7))
    #expect(weights(7) != weights(8))
  }

  @Test func freshWeightsHaveTheirDeviations() {
    let model = Transformer(
      TransformerConfiguration(
        vocabularySize: 300, hiddenSize: 64, layerCount: 2, headCount: 4, keyValueHeadCount: 2, intermediateSize: 96, contextLength: 64),
      seed: 5)
    for parameter in model.parameters {
      let values = parameter.tensor.values.map(Double.init)
      guard parameter.isMatrix else {
        #expect(values.allSatisfy { $0 == 1 })
        continue
      }
      let intoResidual = parameter.name.contains("o_proj") || parameter.name.contains("down_proj")
      let deviation = (values.reduce(0) { $0 + $1 * $1 } / Double(values.count)).squareRoot()
      #expect(abs(deviation / (intoResidual ? 0.01 : 0.02) - 1) < 0.1, "\(parameter.name): \(deviation)")
    }
  }

  @Test func randomNumbersAreSplitMix64() {
    var random = RandomSource(seed: 1_234_567)
    // The reference values of Vigna's splitmix64.c.
    #expect(random.next() == 6_457_827_717_110_365_317)
    #expect(random.next() == 3_203_168_211_198_807_973)
    var normal = RandomSource(seed: 1)
    let values = (0..<20_000).map { _ in Double(normal.normal()) }
    #expect(abs(values.reduce(0, +) / 20_000) < 0.03)
    #expect(abs(values.reduce(0) { $0 + $1 * $1 } / 20_000 - 1) < 0.05)
    #expect((0..<1000).allSatisfy { _ in (0..<7).contains(normal.below(7)) && (0..<1).contains(normal.uniform()) })
  }

  @Test(arguments: [1, 2, 5, 16])
  func chunksThroughTheCacheEqualOnePass(_ chunk: Int) throws {
    let (model, tokens) = (try Golden.model(), try Golden.tokens())
    let whole = try model.logits(tokens)
    let cache = KeyValueCache(model.configuration, capacity: tokens.count)
    for start in stride(from: 0, to: tokens.count, by: chunk) {
      let end = min(start + chunk, tokens.count)
      let part = try model.logits(Array(tokens[start..<end]), Run(cache: cache))
      expectClose(part.values, Array(whole.values[start * 61..<end * 61]), tolerance: 1e-5, "positions \(start)..<\(end)")
    }
    #expect(cache.count == cache.capacity)
  }

  @Test func aTruncatedCacheServesAnotherContinuation() throws {
    let (model, tokens) = (try Golden.model(), try Golden.tokens())
    let cache = KeyValueCache(model.configuration, capacity: 32)
    _ = try model.hidden(tokens, Run(cache: cache))
    cache.truncate(to: 6)
    let other: [Int32] = [40, 41, 42]
    let continued = try model.logits(other, Run(cache: cache))
    let whole = try model.logits(Array(tokens.prefix(6)) + other)
    expectClose(continued.values, Array(whole.values.suffix(3 * 61)), tolerance: 1e-5, "after truncation")
  }

  @Test func packedDocumentsDoNotSeeEachOther() throws {
    let model = try Golden.model()
    let (first, second): ([Int32], [Int32]) = ([3, 4, 5, 6], [7, 8, 9])
    let packed = try model.logits(first + second, Run(documents: [4, 3]))
    let (a, b) = (try model.logits(first), try model.logits(second))
    expectClose(packed.values, a.values + b.values, tolerance: 1e-5, "packed")
    let changed = try model.logits([60, 1, 2, 3] + second, Run(documents: [4, 3]))
    #expect(bits(changed).suffix(3 * 61) == bits(packed).suffix(3 * 61))
  }

  @Test func threadsDoNotChangeABit() throws {
    let (model, tokens) = (try Golden.model(), try Golden.tokens())
    let before = Kernels.threadCount
    defer { Kernels.threadCount = before }
    Kernels.threadCount = 1
    let one = bits(try model.logits(tokens))
    Kernels.threadCount = 2
    #expect(bits(try model.logits(tokens)) == one)
  }

  @Test func cancellationLeavesTheCacheAsItWas() throws {
    let (model, tokens) = (try Golden.model(), try Golden.tokens())
    let cache = KeyValueCache(model.configuration, capacity: 32)
    _ = try model.hidden([1, 2], Run(cache: cache))
    var asked = 0
    #expect(throws: Run.Cancelled.self) {
      try model.hidden(
        tokens,
        Run(
          cache: cache,
          isCancelled: {
            asked += 1
            return asked == 2
          }))
    }
    #expect(cache.count == 2)
    let continued = try model.logits([3], Run(cache: cache))
    expectClose(continued.values, Array(try model.logits([1, 2, 3]).values.suffix(61)), tolerance: 1e-5, "after cancellation")
  }
}
