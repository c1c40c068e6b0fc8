// Every family against transformers: logits, greedy decoding, and what all of the lab relies on (watching, chunks, operations). Not here: files.
import ModelFiles
import Tensors
import Testing

@testable import Models

@Suite struct FamilyTests {
  @Test(arguments: Kernels.InstructionSet.allCases.filter(\.isSupported), FamilyModel.all)
  func logitsEqualTransformers(_ set: Kernels.InstructionSet, _ family: FamilyModel) throws {
    let before = Kernels.instructionSet
    Kernels.instructionSet = set
    defer { Kernels.instructionSet = before }
    let difference = largestDifference(try family.model().logits(family.tokens).values, try family.logits())
    #expect(difference < 2e-4, "\(family.name), \(set.name)")
  }

  @Test(arguments: FamilyModel.all)
  func greedyDecodingEqualsTransformers(_ family: FamilyModel) throws {
    let model = try family.opened()
    let cache = KeyValueCache(model.configuration, capacity: family.tokens.count + family.continuation.count)
    var logits = try model.lastLogits(family.tokens, Run(cache: cache))
    let decoder = TokenDecoder(model, cache)
    var chosen: [Int32] = []
    for _ in family.continuation {
      let values = logits.values
      let best = Int32(values.indices.max { values[$0] < values[$1] } ?? 0)
      chosen.append(best)
      logits = decoder.logits(after: best)
    }
    #expect(chosen == family.continuation)
  }

  /// Windows, positions and biases must not depend on what a prompt is cut into.
  @Test(arguments: FamilyModel.all, [1, 3, 16])
  func chunksThroughTheCacheEqualOnePass(_ family: FamilyModel, _ chunk: Int) throws {
    let model = try family.model()
    let whole = try model.logits(family.tokens).values
    let cache = KeyValueCache(model.configuration, capacity: family.tokens.count)
    var parts: [Float] = []
    for start in stride(from: 0, to: family.tokens.count, by: chunk) {
      let end = min(start + chunk, family.tokens.count)
      parts += try model.logits(Array(family.tokens[start..<end]), Run(cache: cache)).values
    }
    #expect(largestDifference(parts, whole) < 5e-5)
  }

  @Test(arguments: FamilyModel.all)
  func decodingEqualsThePlainPassBitForBit(_ family: FamilyModel) throws {
    let model = try family.model()
    let (cache, plain) = (KeyValueCache(model.configuration, capacity: 41), KeyValueCache(model.configuration, capacity: 41))
    let decoder = TokenDecoder(model, cache)
    for token in family.tokens { #expect(bits(decoder.logits(after: token)) == bits(try model.lastLogits([token], Run(cache: plain)))) }
  }

  @Test(arguments: FamilyModel.all)
  func observedEqualsUnobservedBitForBit(_ family: FamilyModel) throws {
    let model = try family.model()
    #expect(bits(try model.logits(family.tokens)) == bits(try model.logits(family.tokens, Run(recorder: Recorder { _ in true }))))
    let (left, right) = (KeyValueCache(model.configuration, capacity: 64), KeyValueCache(model.configuration, capacity: 64))
    for part in [family.tokens.prefix(13), family.tokens[13..<14], family.tokens.dropFirst(14)] {
      let watched = try model.logits(Array(part), Run(cache: right, recorder: Recorder()))
      #expect(bits(try model.logits(Array(part), Run(cache: left))) == bits(watched))
    }
  }

  /// With the bias, where the projection has one.
  @Test(arguments: FamilyModel.all)
  func headResultsSumToTheAttentionOutput(_ family: FamilyModel) throws {
    let model = try family.model()
    let recorder = Recorder { _ in true }
    _ = try model.logits(family.tokens, Run(recorder: recorder))
    for (layer, block) in model.blocks.enumerated() {
      let parts = try #require(recorder.tensors[.block(layer, .headResult)])
      let whole = try #require(recorder.tensors[.block(layer, .attentionOut)])
      let (heads, d) = (parts.shape[1], parts.shape[2])
      let sums = whole.values.indices.map { i in
        (0..<heads).reduce(block.output.bias.map { $0[i % d] } ?? 0) { $0 + parts[i / d, $1, i % d] }
      }
      #expect(largestDifference(sums, whole.values) < 2e-5, "block \(layer)")
    }
  }

  /// A table of positions ends: decoding behind it stops instead of reading what lies there.
  @Test func positionsEndWithTheirTable() async {
    await #expect(processExitsWith: .failure) {
      let model = try FamilyModel.named("gpt2").model()
      let decoder = TokenDecoder(model, KeyValueCache(model.configuration, capacity: 200))
      for _ in 0...128 { _ = decoder.logits(after: 1) }
    }
    await #expect(processExitsWith: .success) {
      let model = try FamilyModel.named("gpt2").model()
      let decoder = TokenDecoder(model, KeyValueCache(model.configuration, capacity: 200))
      for _ in 0..<128 { _ = decoder.logits(after: 1) }
    }
  }

  @Test(arguments: FamilyModel.all)
  func packedDocumentsDoNotSeeEachOther(_ family: FamilyModel) throws {
    let model = try family.model()
    let (first, second) = (Array(family.tokens.prefix(20)), Array(family.tokens.suffix(15)))
    let packed = try model.logits(first + second, Run(documents: [20, 15])).values
    #expect(largestDifference(packed, try model.logits(first).values + model.logits(second).values) < 5e-5)
  }

  /// The list that the stepper walks: every recorded tensor once, in the order of computation, each made before it is read.
  @Test(arguments: FamilyModel.all)
  func operationsCoverEveryHookInOrder(_ family: FamilyModel) throws {
    let model = try family.model()
    let recorder = Recorder()
    _ = try model.logits(family.tokens, Run(recorder: recorder))
    let outputs = model.operations.compactMap(\.output)
    // The residual stream that enters a block is what the operation before it made.
    let entries = Set((0..<model.configuration.layerCount).map { Hook.block($0, .residualPre) })
    #expect(outputs == recorder.tensors.hooks.subtracting(entries).sorted())
    var known = entries
    for operation in model.operations {
      #expect(known.isSuperset(of: operation.inputs), "\(operation.kind) reads what is not made yet")
      if let output = operation.output { known.insert(output) }
      if let place = model.configuration.parameter(of: operation) {
        #expect(model.weight(ParameterName(place)) != nil, "\(operation.kind)")
      }
      #expect(model.floatingPointOperations(of: operation, tokens: 3, past: 4) >= 0)
    }
  }

  @Test(arguments: FamilyModel.all)
  func resumedPassesEqualChangedOnes(_ family: FamilyModel) throws {
    let model = try family.model()
    func recorded(_ recorder: Recorder) throws -> Recorder {
      _ = try model.logits(family.tokens, Run(recorder: recorder))
      return recorder
    }
    let plain = try recorded(Recorder())
    let entry = model.configuration.embedded
    for place in [
      entry, .block(0, .scores), .block(1, .maskedScores), .block(1, .norm2),
      model.configuration.logitCap == nil ? .logits : .uncappedLogits,
    ] {
      let changes: [Hook: Recorder.Change] = [place: { Tensor($0.values.map { $0 * 1.5 }, $0.shape) }]
      let full = try recorded(Recorder(changes: changes) { $0 == .logits })
      let resumed = try recorded(Recorder(resuming: plain, changes: changes))
      #expect(resumed.tensors[.logits].map(bits) == full.tensors[.logits].map(bits), "\(place.name)")
      #expect(resumed.tensors[.logits].map(bits) != plain.tensors[.logits].map(bits), "\(place.name) has consequences")
    }
  }

  @Test(arguments: ["gpt2", "gemma2", "mistral", "llama-yarn"])
  func threadsDoNotChangeABit(_ name: String) throws {
    let family = try FamilyModel.named(name)
    let model = try family.model()
    let before = Kernels.threadCount
    defer { Kernels.threadCount = before }
    let passes = try [1, 2, 3].map { (threads: Int) -> [UInt32] in
      Kernels.threadCount = threads
      return bits(try model.logits(family.tokens + family.continuation))
    }
    #expect(passes[1] == passes[0] && passes[2] == passes[0])
  }
}
