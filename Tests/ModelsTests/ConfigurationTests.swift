// Configurations from files: what is read, and that everything unsupported or out of range is refused by name. Not here: weights.
import Languages
import ModelFiles
import Testing

@testable import Models

@Suite struct HuggingFaceConfigurationTests {
  static let base: JSON = [
    "model_type": "llama", "vocab_size": 61, "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 4,
  ]

  static func read(_ changes: [(String, JSON?)]) throws -> TransformerConfiguration {
    guard case .object(var object) = base else { fatalError("the base is an object") }
    for (key, value) in changes { object[key] = value }
    return try TransformerConfiguration(huggingFace: .object(object), file: "config.json")
  }

  @Test func defaultsAreThoseOfLlama() throws {
    #expect(
      try Self.read([])
        == TransformerConfiguration(
          vocabularySize: 61, hiddenSize: 32, layerCount: 2, headCount: 4, keyValueHeadCount: 4, headSize: 8, intermediateSize: 48,
          contextLength: 2048, normEpsilon: 1e-6, ropeBase: 10_000, tiesEmbeddings: false))
  }

  @Test func bothSpellingsOfRoPEAreRead() throws {
    #expect(try Self.read([("rope_theta", 500_000)]).ropeBase == 500_000)
    #expect(try Self.read([("rope_parameters", ["rope_type": "default", "rope_theta": 1000.5])]).ropeBase == 1000.5)
    #expect(try Self.read([("rope_scaling", .null)]).ropeBase == 10_000)
    #expect(try Self.read([("rope_scaling", ["rope_type": "default"])]).ropeBase == 10_000)
  }

  static let refused: [(String, JSON?, String)] = [
    ("model_type", "qwen2", "model_type"), ("model_type", nil, "model_type"), ("model_type", 3, "model_type"),
    ("hidden_act", "gelu", "hidden_act"), ("attention_bias", true, "attention_bias"), ("mlp_bias", true, "mlp_bias"),
    ("attention_bias", "no", "attention_bias"),
    ("rope_scaling", ["type": "linear", "factor": 2], "rope_scaling.type"), ("rope_scaling", ["factor": 2], "rope_scaling.factor"),
    ("rope_scaling", ["rope_type": "llama3"], "rope_scaling.rope_type"), ("rope_scaling", 2, "rope_scaling"),
    ("rope_parameters", ["rope_type": "yarn"], "rope_parameters.rope_type"),
    ("rope_parameters", ["rope_theta": 0], "rope_parameters.rope_theta"),
    ("vocab_size", 0, "vocab_size"), ("vocab_size", 1_099_511_627_776, "vocab_size"), ("vocab_size", nil, "vocab_size"),
    ("hidden_size", -32, "hidden_size"), ("hidden_size", 32.5, "hidden_size"), ("hidden_size", "32", "hidden_size"),
    ("num_hidden_layers", 2000, "num_hidden_layers"), ("num_hidden_layers", -1, "num_hidden_layers"),
    ("num_attention_heads", 0, "num_attention_heads"), ("num_key_value_heads", 0, "num_key_value_heads"),
    ("num_key_value_heads", 3, "num_key_value_heads"), ("num_key_value_heads", 8, "num_key_value_heads"),
    ("head_dim", 7, "head_dim"), ("head_dim", 0, "head_dim"), ("head_dim", 1_048_576, "head_dim"),
    ("intermediate_size", 0, "intermediate_size"), ("max_position_embeddings", 0, "max_position_embeddings"),
    ("max_position_embeddings", 1_073_741_824, "max_position_embeddings"), ("rms_norm_eps", -1, "rms_norm_eps"),
    ("rms_norm_eps", 2, "rms_norm_eps"),
    ("rope_theta", 0.5, "rope_theta"), ("rope_theta", 1e300, "rope_theta"), ("tie_word_embeddings", 1, "tie_word_embeddings"),
  ]

  @Test(arguments: refused.indices)
  func everyUnusableSettingIsNamed(_ index: Int) throws {
    let (key, value, place) = Self.refused[index]
    let error = try #require(fileError { _ = try Self.read([(key, value)]) }, "\(key) was accepted")
    #expect(error.file == "config.json")
    #expect(error.place == place)
    for text in [error.problem, error.mend] { #expect(!text.zh.isEmpty && !text.en.isEmpty && text.zh != text.en) }
  }

  @Test func theRootMustBeAnObject() throws {
    let error = try #require(fileError { _ = try TransformerConfiguration(huggingFace: [1, 2], file: "config.json") })
    #expect(error.place == "document")
  }
}

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
    #expect(configuration.ropeBase == 10_000)
    #expect(configuration.headSize == 6)
    #expect(configuration.tiesEmbeddings)
  }

  static let refused: [(String, GGUFValue?, String)] = [
    ("general.architecture", .string("gemma"), "general.architecture"), ("general.architecture", nil, "general.architecture"),
    ("llama.rope.scaling.type", .string("yarn"), "llama.rope.scaling.type"),
    ("llama.rope.scaling.type", .uint32(1), "llama.rope.scaling.type"),
    ("llama.rope.scale_linear", .float32(4), "llama.rope.scale_linear"), ("llama.expert_count", .uint32(8), "llama.expert_count"),
    ("llama.rope.dimension_count", .uint32(4), "llama.rope.dimension_count"),
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

  @Test(arguments: ["blk.0.attn_q.bias", "rope_freqs.weight"])
  func tensorsThatWouldChangeTheArithmeticAreNamed(_ name: String) throws {
    let tensor = TensorToWrite(name: name, shape: [1], type: .f32, floats: [0])
    let error = try #require(fileError { _ = try read([], tensors: [tensor]) })
    #expect(error.place == name)
  }
}
