// Configurations from GGUF metadata: what is read, and that everything unsupported or out of range is refused by name. Not here: weights.
import ModelFiles
import Testing

@testable import Models

@Suite struct GGUFConfigurationTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func read(_ changes: [(String, GGUFValue?)], tensors: [TensorToWrite] = []) throws -> TransformerConfiguration {
    var metadata = oddConfiguration.ggufMetadata(name: "odd")
    for (key, value) in changes {
      metadata.removeAll { $0.key == key }
      if let value { metadata.append((key, value)) }
    }
    let path = "\(folder.path)/model.gguf"
    try GGUFWriter.write(metadata: metadata, tensors: tensors, to: path)
    return try TransformerConfiguration(gguf: GGUFFile(path: path))
  }

  @Test func ourOwnMetadataIsReadBack() throws {
    let head = TensorToWrite(name: "output.weight", shape: [1], type: .f32, floats: [0])
    #expect(try read([], tensors: [head]) == oddConfiguration)
  }

  @Test func defaultsAndOldSpellings() throws {
    let few: [(String, GGUFValue?)] = [
      ("llama.vocab_size", nil), ("tokenizer.ggml.tokens", .strings(["a", "b"])), ("llama.attention.head_count_kv", nil),
      ("llama.rope.freq_base", nil), ("llama.attention.key_length", nil), ("llama.attention.value_length", nil),
      ("llama.rope.scale_linear", .float32(1)), ("llama.rope.scaling.type", .string("none")), ("llama.expert_count", .uint32(0)),
    ]
    let configuration = try read(few)
    #expect(configuration.vocabularySize == 2)
    #expect(configuration.keyValueHeadCount == 3)
    #expect(configuration.rotary?.base == 10_000)
    #expect(configuration.headSize == 10 && configuration.rotary?.dimensions == 6)
    #expect(configuration.tiesEmbeddings)
  }

  static let refused: [(String, GGUFValue?, String)] = [
    ("general.architecture", .string("gemma"), "general.architecture"), ("general.architecture", nil, "general.architecture"),
    ("llama.rope.scaling.type", .string("longrope"), "llama.rope.scaling.type"),
    ("llama.rope.scaling.type", .uint32(1), "llama.rope.scaling.type"),
    ("llama.rope.scale_linear", .float32(0), "llama.rope.scale_linear"), ("llama.expert_count", .uint32(8), "llama.expert_count"),
    ("llama.rope.scaling.factor", .float32(.infinity), "llama.rope.scaling.factor"),
    ("llama.rope.dimension_count", .uint32(5), "head_dim"), ("llama.rope.dimension_count", .uint32(8), "head_dim"),
    ("llama.attention.sliding_window", .string("4"), "llama.attention.sliding_window"),
    ("llama.rope.dimension_sections", .int32s([1, 1, 1, 0]), "llama.rope.dimension_sections"),
    ("llama.attention.value_length", .uint32(8), "llama.attention.value_length"),
    ("llama.block_count", .string("3"), "llama.block_count"), ("llama.block_count", .uint32(5000), "llama.block_count"),
    ("llama.attention.head_count", .uint32(0), "llama.attention.head_count"),
    ("llama.attention.head_count", nil, "llama.attention.head_count"),
    ("llama.attention.head_count_kv", .uint32(2), "num_key_value_heads"), ("llama.embedding_length", .uint32(0), "llama.embedding_length"),
    ("llama.context_length", .uint32(0), "llama.context_length"),
    ("llama.feed_forward_length", .int32s([1, 2]), "llama.feed_forward_length"),
    ("llama.attention.layer_norm_rms_epsilon", .float32(.nan), "llama.attention.layer_norm_rms_epsilon"),
    ("llama.rope.freq_base", .float32(0), "llama.rope.freq_base"), ("llama.vocab_size", .uint32(0), "llama.vocab_size"),
  ]

  @Test(arguments: refused.indices)
  func everyUnusableSettingIsNamed(_ index: Int) throws {
    let (key, value, place) = Self.refused[index]
    let error = try #require(fileError { _ = try read([(key, value)]) }, "\(key) was accepted")
    #expect(error.place == place)
    #expect(error.file.hasSuffix("model.gguf"))
  }

  @Test func scalingsAreRead() throws {
    func scaling(_ changes: [(String, GGUFValue?)]) throws -> RotaryConfiguration.Scaling? { try read(changes).rotary?.scaling }
    // Old files have a factor alone.
    #expect(try scaling([("llama.rope.scale_linear", .float32(4))]) == .linear(factor: 4))
    #expect(try scaling([("llama.rope.scaling.factor", .float32(2))]) == .linear(factor: 2))
    #expect(
      try scaling([("llama.rope.scaling.type", .string("none")), ("llama.rope.scaling.factor", .float32(2))])
        == RotaryConfiguration.Scaling.none)
    var yarn = RotaryConfiguration.YaRN(factor: 4, originalContext: 16)
    let keys: [(String, GGUFValue?)] = [
      ("llama.rope.scaling.type", .string("yarn")), ("llama.rope.scaling.factor", .float32(4)),
      ("llama.rope.scaling.original_context_length", .uint32(16)),
    ]
    #expect(try scaling(keys) == .yarn(yarn))
    (yarn.betaFast, yarn.betaSlow, yarn.magnitude) = (8, 2, 0.5 * RotaryConfiguration.yarnMagnitude(4))
    let more: [(String, GGUFValue?)] = [
      ("llama.rope.scaling.yarn_beta_fast", .float32(8)), ("llama.rope.scaling.yarn_beta_slow", .float32(2)),
      ("llama.rope.scaling.attn_factor", .float32(0.5)),
    ]
    #expect(try scaling(keys + more) == .yarn(yarn))
    #expect(try read([("llama.attention.sliding_window", .uint32(7))]).window == AttentionWindow(size: 7, period: 1))
  }

  @Test func aTableOfDivisorsIsRead() throws {
    func table(_ values: [Float]) -> TensorToWrite {
      TensorToWrite(name: "rope_freqs.weight", shape: [values.count], type: .f32, floats: values)
    }
    #expect(try read([], tensors: [table([1, 2, 8])]).rotary?.scaling == .divisors([1, 2, 8]))
    for bad in [[1, 2], [1, 2, 0], [1, 2, .nan], [1, 2, -1]] as [[Float]] {
      #expect(try #require(fileError { _ = try read([], tensors: [table(bad)]) }, "\(bad)").place == "rope_freqs.weight")
    }
    let both = fileError { _ = try read([("llama.rope.scaling.type", .string("linear"))], tensors: [table([1, 2, 8])]) }
    #expect(both?.place == "llama.rope.scaling.type")
    let long = TensorToWrite(name: "rope_factors_long.weight", shape: [3], type: .f32, floats: [1, 1, 1])
    #expect(fileError { _ = try read([], tensors: [long]) }?.place == "rope_factors_long.weight")
  }

  @Test func biasesFollowFromTheTensors() throws {
    for (name, expected) in [
      ("attn_q", [true, false, false]), ("attn_qkv", [true, false, false]), ("attn_output", [false, true, false]),
      ("ffn_down", [false, false, true]),
    ] {
      let biases = try read([], tensors: [TensorToWrite(name: "blk.0.\(name).bias", shape: [1], type: .f32, floats: [0])]).biases
      #expect([biases.queryKeyValue, biases.attentionOutput, biases.feedForward] == expected, "\(name)")
    }
  }

  /// Gemma's files leave out what llama.cpp knows by heart.
  @Test func gemmaIsReadWithWhatItsFilesLeaveOut() throws {
    func renamed(_ architecture: String, _ more: [(String, GGUFValue?)] = []) throws -> TransformerConfiguration {
      var metadata = oddConfiguration.ggufMetadata(name: "odd").map {
        (key: $0.key.replacing("llama.", with: "\(architecture)."), value: $0.value)
      }
      for (key, value) in more {
        metadata.removeAll { $0.key == key }
        if let value { metadata.append((key, value)) }
      }
      metadata.removeAll { $0.key == "general.architecture" }
      metadata.append(("general.architecture", .string(architecture)))
      let path = "\(folder.path)/model.gguf"
      try GGUFWriter.write(metadata: metadata, tensors: [], to: path)
      return try TransformerConfiguration(gguf: GGUFFile(path: path))
    }
    let gemma2 = try renamed("gemma2")
    #expect(gemma2.window == AttentionWindow(size: 4096, period: 2) && gemma2.scoreCap == 50 && gemma2.logitCap == 30)
    #expect(gemma2.attentionScale == nil && gemma2.embeddingScale == Float(30).squareRoot() && gemma2.normalizesOutputs)
    #expect(try renamed("gemma2", [("gemma2.block_count", .uint32(46))]).attentionScale == 1 / Float(10).squareRoot())
    #expect(try renamed("gemma3").window == nil)
    let gemma3 = try renamed("gemma3", [("gemma3.attention.sliding_window", .uint32(512))])
    #expect(gemma3.window == AttentionWindow(size: 512, period: 6, rotary: RotaryConfiguration(base: 10_000, dimensions: 6)))
    #expect(gemma3.normalizesQueriesAndKeys && gemma3.scoreCap == nil && gemma3.activation == .geluTanh)
    #expect(try renamed("gemma3", [("gemma3.block_count", .uint32(62))]).attentionScale == 1 / Float(10).squareRoot())
  }
}
