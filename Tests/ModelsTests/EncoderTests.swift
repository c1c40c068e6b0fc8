// Encoders against transformers: hidden states, attention, pooling, gradients; hooks and packed texts. Not here: files (EncoderFileTests).
import ModelFiles
import Tensors
import Testing

@testable import Models

@Suite struct EncoderTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func open(_ name: String) throws -> (golden: GoldenEncoder, encoder: Encoder) {
    let golden = try GoldenEncoder(name)
    try golden.write(to: folder)
    return (golden, try golden.open(folder))
  }

  @Test(arguments: GoldenEncoder.names) func hiddenStatesAreThoseOfTransformers(_ name: String) throws {
    let (golden, encoder) = try open(name)
    let recorder = Recorder()
    let watched = try encoder.hidden(golden.tokens, Run(recorder: recorder))
    let hooks: [Hook] = [.fullEmbed, .block(0, .normalizedPost), .block(1, .normalizedPost)]
    for (layer, hook) in hooks.enumerated() {
      expectClose(
        try #require(recorder.tensors[hook]).values, try golden.expected("hidden.\(layer)"), tolerance: 2e-5, "\(name) \(hook.name)")
    }
    expectClose(
      try #require(recorder.tensors[.block(1, .pattern)]).values, try golden.expected("pattern"), tolerance: 2e-5, "\(name), attention")
    // Nobody watches: attention runs fused.
    expectClose(try encoder.hidden(golden.tokens).values, watched.values, tolerance: 2e-5, "\(name), fused")
  }

  @Test(arguments: GoldenEncoder.names) func poolingIsThatOfAPaddedBatch(_ name: String) throws {
    let (golden, encoder) = try open(name)
    let hidden = try encoder.hidden(golden.tokens)
    let last = try golden.expected("hidden.2")
    expectClose(Pooling.mean(hidden), try golden.expected("mean"), tolerance: 2e-5, "mean")
    expectClose(Pooling.cls(hidden), Array(last.prefix(32)), tolerance: 2e-5, "first")
    expectClose(Pooling.last(hidden), Array(last.suffix(32)), tolerance: 2e-5, "last")
  }

  @Test(arguments: ["bert", "distilbert"]) func gradientsAreThoseOfPyTorch(_ name: String) throws {
    let (golden, encoder) = try open(name)
    let (wanted, family) = (try golden.expectedGradients, encoder.configuration.family)
    let trained = encoder.configuration.layout.map(\.name).filter { wanted.contains(family.tensorName($0, .huggingFace)) }
    #expect(trained.count == wanted.count && wanted.count >= 2)
    for name in trained {
      let weight = try #require(encoder.weight(name)?.trainable)
      weight.keepGradient(in: Tensor(uninitialized: weight.shape))
    }
    let tape = Tape()
    let hidden = try encoder.hidden(golden.tokens, Run(tape: tape))
    // sum(hidden · weights) as a product with one row.
    let loss = linear(hidden.reshaped([1, hidden.count]), Tensor(SeededWeights.values("loss", hidden.shape), [1, hidden.count]), tape)
    tape.backward(from: loss)
    for name in trained {
      let tensor = family.tensorName(name, .huggingFace)
      let gradient = try #require(encoder.weight(name)?.trainable?.gradient)
      expectClose(gradient.values, try golden.expected("gradient.\(tensor)"), tolerance: 2e-4, tensor)
    }
  }

  @Test func everyHookOfTheEncoderIsRecorded() throws {
    let (golden, encoder) = try open("bert")
    let recorder = Recorder { _ in true }
    _ = try encoder.hidden(golden.tokens, Run(recorder: recorder))
    let n = golden.tokens.count
    let (wide, heads, square) = ([n, 32], [n, 4, 8], [4, n, n])
    let shapes: [(BlockHook, [Int])] = [
      (.residualPre, wide), (.query, heads), (.key, heads), (.value, heads), (.scores, square), (.maskedScores, square), (.pattern, square),
      (.mix, heads), (.headResult, [n, 4, 32]), (.attentionOut, wide), (.residualMid, wide), (.normalizedMid, wide), (.gate, [n, 48]),
      (.activation, [n, 48]), (.feedForwardOut, wide), (.residualPost, wide), (.normalizedPost, wide),
    ]
    for layer in 0..<2 {
      for (hook, shape) in shapes { #expect(recorder.tensors[.block(layer, hook)]?.shape == shape, "\(layer) \(hook.rawValue)") }
    }
    let outside: [Hook] = [.embed, .tokenTypeEmbed, .positionEmbed, .embedSum, .fullEmbed]
    for hook in outside { #expect(recorder.tensors[hook]?.shape == wide, "\(hook.name)") }
    #expect(recorder.tensors.count == 2 * shapes.count + outside.count)
    for hook in recorder.tensors.hooks { #expect(Hook(name: hook.name) == hook) }
    // Nothing is masked; the shares of the heads and the bias are the whole.
    #expect(recorder.tensors[.block(1, .maskedScores)]?.values == recorder.tensors[.block(1, .scores)]?.values)
    let shares = try #require(recorder.tensors[.block(1, .headResult)])
    let bias = try #require(encoder.blocks[1].output.bias)
    let sums = (0..<n * 32).map { i in (0..<4).reduce(bias.data[i % 32]) { $0 + shares.data[(i / 32 * 4 + $1) * 32 + i % 32] } }
    expectClose(try #require(recorder.tensors[.block(1, .attentionOut)]).values, sums, tolerance: 1e-5, "shares of the heads")
  }

  /// Hooks come in the order of computation, or a resumed pass would take values from before the change.
  @Test(arguments: [Hook.block(0, .key), .block(0, .residualMid), .block(1, .normalizedMid), .tokenTypeEmbed])
  func aChangedPassResumes(_ place: Hook) throws {
    let (golden, encoder) = try open("bert")
    let earlier = Recorder()
    _ = try encoder.hidden(golden.tokens, Run(recorder: earlier))
    // Not a factor: norms would undo it.
    let change = [place: { (x: Tensor) in gelu(x, .exact) }]
    let resumed = try encoder.hidden(golden.tokens, Run(recorder: Recorder(resuming: earlier, changes: change)))
    let whole = try encoder.hidden(golden.tokens, Run(recorder: Recorder(changes: change) { _ in true }))
    #expect(bits(resumed) == bits(whole))
    #expect(bits(whole) != bits(try encoder.hidden(golden.tokens)))
  }

  @Test func packedTextsDoNotSeeEachOther() throws {
    let (golden, encoder) = try open("xlm-roberta")
    let other: [Int32] = [5, 40, 2]
    let packed = try encoder.hidden(golden.tokens + other, Run(documents: [golden.tokens.count, other.count]))
    let alone = try encoder.hidden(golden.tokens).values + encoder.hidden(other).values
    expectClose(packed.values, alone, tolerance: 1e-5, "packed")
  }

  @Test func aPassCanBeCancelled() throws {
    let (golden, encoder) = try open("bert")
    #expect(throws: Run.Cancelled.self) { try encoder.hidden(golden.tokens, Run(isCancelled: { true })) }
  }
}
