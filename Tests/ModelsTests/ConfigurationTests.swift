// Configurations from config.json: what is read, and that everything unsupported or out of range is refused by name. Not here: weights.
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
    func base(_ changes: [(String, JSON?)]) throws -> Float? { try Self.read(changes).rotary?.base }
    #expect(try base([("rope_theta", 500_000)]) == 500_000)
    #expect(try base([("rope_parameters", ["rope_type": "default", "rope_theta": 1000.5])]) == 1000.5)
    #expect(try base([("rope_scaling", .null)]) == 10_000)
    #expect(try base([("rope_scaling", ["rope_type": "default"])]) == 10_000)
  }

  /// What the fields of each scaling mean; what they do is held against transformers in FamilyTests.
  @Test func everyScalingIsRead() throws {
    func scaling(_ settings: JSON, _ more: [(String, JSON?)] = []) throws -> RotaryConfiguration.Scaling? {
      let context: [(String, JSON?)] = [("max_position_embeddings", 131_072)]
      let old = try Self.read(context + more + [("rope_scaling", settings), ("rope_theta", 5000)]).rotary
      var new = JSONObject()
      new["rope_theta"] = 5000
      for (key, value) in try settings.cursor(file: "").object().entries { new[key] = value }
      #expect(try Self.read(context + more + [("rope_parameters", .object(new))]).rotary == old)
      #expect(old?.base == 5000 && old?.dimensions == 8)
      return old?.scaling
    }
    #expect(try scaling(["type": "linear", "factor": 2]) == .linear(factor: 2))
    #expect(try scaling(["rope_type": "dynamic", "factor": 2]) == RotaryConfiguration.Scaling.none)
    #expect(
      try scaling([
        "rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0, "original_max_position_embeddings": 8192,
      ]) == .llama3(factor: 8, lowFactor: 1, highFactor: 4, originalContext: 8192))
    var yarn = RotaryConfiguration.YaRN(factor: 4, originalContext: 32768)
    let plain: JSON = ["type": "yarn", "factor": 4, "original_max_position_embeddings": 32768]
    #expect(try scaling(plain) == .yarn(yarn))
    #expect(yarn.betaFast == 32 && yarn.betaSlow == 1 && yarn.truncates && yarn.magnitude == nil)
    // What lies beside the object comes first, as in transformers; without a factor the contexts' ratio is meant.
    #expect(
      try scaling(["type": "yarn", "factor": .null, "original_max_position_embeddings": 1], [("original_max_position_embeddings", 32768)])
        == .yarn(yarn))
    (yarn.betaFast, yarn.betaSlow, yarn.truncates, yarn.magnitude) = (16, 2, false, 1.25)
    let full: JSON = [
      "rope_type": "yarn", "factor": 4, "original_max_position_embeddings": 32768, "beta_fast": 16, "beta_slow": 2, "truncate": false,
      "attention_factor": 1.25, "mscale": 3, "mscale_all_dim": 3,
    ]
    #expect(try scaling(full) == .yarn(yarn))
    guard case .yarn(let deep) = try scaling(["rope_type": "yarn", "factor": 40, "mscale": 1, "mscale_all_dim": 1]) else {
      Issue.record("no YaRN")
      return
    }
    #expect(deep.magnitude == 1 && deep.originalContext == 131_072)
  }

  @Test func everyFamilyIsReadWithItsParts() throws {
    func read(_ type: String, _ changes: [(String, JSON?)] = []) throws -> TransformerConfiguration {
      try Self.read([("model_type", .string(type)), ("hidden_act", nil)] + changes)
    }
    func biases(_ c: TransformerConfiguration) -> [Bool] { [c.biases.queryKeyValue, c.biases.attentionOutput, c.biases.feedForward] }
    #expect(biases(try read("llama", [("attention_bias", true)])) == [true, true, false])
    #expect(biases(try read("llama", [("mlp_bias", true)])) == [false, false, true])
    #expect(biases(try read("qwen2")) == [true, false, false])
    #expect(biases(try read("glm")) == [true, false, false])
    let qwen3 = try read("qwen3")
    #expect(
      qwen3.headSize == 128 && qwen3.rotary?.dimensions == 128 && qwen3.normalizesQueriesAndKeys && biases(qwen3) == [false, false, false])
    #expect(try read("qwen3", [("head_dim", 16)]).rotary?.dimensions == 16)
    let glm4 = try read("glm4")
    #expect(glm4.rotary?.dimensions == 4 && glm4.normalizesOutputs && glm4.normEpsilon == 1.5625e-7)
    #expect(try read("glm", [("partial_rotary_factor", 0.25)]).rotary?.dimensions == 2)
    #expect(try read("mistral", [("sliding_window", 4096)]).window == AttentionWindow(size: 4096, period: 1))
    #expect(try read("mistral", [("sliding_window", .null)]).window == nil)
    #expect(try read("llama", [("sliding_window", 4096)]).window == nil)
    let gemma2 = try read(
      "gemma2", [("head_dim", 16), ("sliding_window", 64), ("query_pre_attn_scalar", 144), ("attn_logit_softcapping", 50)])
    #expect(gemma2.window == AttentionWindow(size: 64, period: 2) && gemma2.attentionScale == 1 / 12 && gemma2.tiesEmbeddings)
    #expect(gemma2.scoreCap == 50 && gemma2.logitCap == nil && gemma2.embeddingScale == Float(32).squareRoot())
    let gemma3 = try read("gemma3_text", [("sliding_window", 64), ("rope_scaling", ["rope_type": "linear", "factor": 8])])
    #expect(gemma3.headSize == 256 && gemma3.attentionScale == nil && gemma3.window?.period == 6)
    #expect(gemma3.rotary(layer: 0) == RotaryConfiguration(base: 10_000, dimensions: 256))
    #expect(gemma3.rotary(layer: 5) == RotaryConfiguration(base: 1e6, dimensions: 256, scaling: .linear(factor: 8)))
  }

  /// A model that also sees keeps its language model's numbers in an object of their own.
  @Test func theTextConfigurationOfAModelThatSeesIsRead() throws {
    guard case .object(var text) = Self.base else { fatalError("the base is an object") }
    text["model_type"] = "gemma3_text"
    let whole: JSON = ["model_type": "gemma3", "vision_config": [:], "text_config": .object(text)]
    let alone = try TransformerConfiguration(huggingFace: .object(text), file: "config.json")
    #expect(try TransformerConfiguration(huggingFace: whole, file: "config.json") == alone)
  }

  @Test func packedWeightsAreRefusedByName() throws {
    let packed: JSON = ["quant_method": "gptq", "bits": 4]
    let error = #expect(throws: FileError.self) { try Self.read([("quantization_config", packed)]) }
    #expect(error?.place == "quantization_config" && error?.problem.en.contains("gptq") == true && error?.mend.en.contains("GGUF") == true)
    #expect(throws: Never.self) { try Self.read([("quantization_config", .null)]) }
  }

  /// `partial_rotary_factor` must come back as the same number of dimensions through the truncation of those who read it.
  @Test func sharesOfAHeadSurvive() throws {
    for (size, turned) in [(44, 30), (45, 26), (47, 6), (128, 64), (96, 72)] {
      var c = TransformerConfiguration(
        vocabularySize: 5, hiddenSize: 8, layerCount: 1, headCount: 2, keyValueHeadCount: 1, headSize: size, intermediateSize: 4,
        contextLength: 8)
      (c.family, c.biases.queryKeyValue) = (.glm, true)
      c.rotary?.dimensions = turned
      let config = try Transformer(c, seed: 1).huggingFaceConfig(bos: nil, eos: nil, type: .f32)
      #expect(try TransformerConfiguration(huggingFace: config, file: "config.json") == c, "\(turned) of \(size)")
    }
  }

  static let refused: [(String, JSON?, String)] = [
    ("model_type", "mixtral", "model_type"), ("model_type", "qwen3_moe", "model_type"), ("model_type", nil, "model_type"),
    ("model_type", 3, "model_type"),
    ("hidden_act", "gelu", "hidden_act"), ("attention_bias", "no", "attention_bias"), ("mlp_bias", 1, "mlp_bias"),
    ("layer_types", ["full_attention", "sliding_attention"], "layer_types[1]"), ("layer_types", "full_attention", "layer_types"),
    ("rope_scaling", ["type": "linear"], "rope_scaling.factor"), ("rope_scaling", ["factor": 2], "rope_scaling.factor"),
    ("rope_scaling", ["type": "linear", "factor": 0], "rope_scaling.factor"),
    ("rope_scaling", ["rope_type": "llama3", "factor": 8], "rope_scaling.low_freq_factor"), ("rope_scaling", 2, "rope_scaling"),
    ("rope_scaling", ["rope_type": "longrope", "factor": 8], "rope_scaling.rope_type"),
    ("rope_scaling", ["type": "su"], "rope_scaling.type"), ("rope_scaling", ["type": 7], "rope_scaling.type"),
    ("rope_parameters", ["rope_type": "yarn", "factor": 1e300], "rope_parameters.factor"),
    ("rope_parameters", ["rope_type": "yarn", "factor": 2, "beta_fast": -1], "rope_parameters.beta_fast"),
    ("partial_rotary_factor", 0.2, "head_dim"), ("partial_rotary_factor", 2, "partial_rotary_factor"),
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

  /// What a family's arithmetic does not have: the family, the change, the place that the error names.
  static let foreign: [(String, [(String, JSON?)], String)] = [
    ("mistral", [("sliding_window", 0)], "sliding_window"), ("mistral", [("sliding_window", "all")], "sliding_window"),
    ("mistral", [("sliding_window", 8), ("layer_types", ["full_attention", "chunked_attention"])], "layer_types[1]"),
    ("qwen2", [("use_sliding_window", true)], "use_sliding_window"), ("qwen2", [("hidden_act", "gelu")], "hidden_act"),
    ("qwen2", [("layer_types", ["full_attention", "sliding_attention"])], "layer_types[1]"),
    ("qwen3", [("use_sliding_window", true)], "use_sliding_window"), ("qwen3", [("attention_bias", "x")], "attention_bias"),
    ("phi3", [("hidden_act", "gelu")], "hidden_act"),
    ("phi3", [("rope_scaling", ["type": "longrope", "short_factor": [1], "long_factor": [2]])], "rope_scaling.type"),
    ("phi3", [("rope_scaling", ["type": "yarn", "factor": 4])], "rope_scaling"),
    ("glm", [("hidden_act", "relu")], "hidden_act"), ("glm4", [("partial_rotary_factor", 0)], "partial_rotary_factor"),
    ("gemma2", [("hidden_activation", "relu")], "hidden_activation"), ("gemma2", [("attention_bias", true)], "attention_bias"),
    ("gemma2", [("attn_logit_softcapping", 0)], "attn_logit_softcapping"),
    ("gemma2", [("sliding_window", 8), ("layer_types", ["sliding_attention"])], "layer_types"),
    ("gemma2", [("sliding_window", .null), ("layer_types", ["sliding_attention", "full_attention"])], "layer_types[0]"),
    ("gemma2", [("query_pre_attn_scalar", 0)], "query_pre_attn_scalar"),
    ("gemma3_text", [("final_logit_softcapping", 30)], "final_logit_softcapping"),
    ("gemma3_text", [("use_bidirectional_attention", true)], "use_bidirectional_attention"),
    ("gemma3_text", [("sliding_window_pattern", 0)], "sliding_window_pattern"),
    (
      "gemma3_text", [("rope_parameters", ["full_attention": ["rope_type": "longrope", "rope_theta": 1e6]])],
      "rope_parameters.full_attention.rope_type"
    ),
    ("gpt2", [("n_embd", 32), ("n_layer", 2), ("n_head", 5), ("n_positions", 64)], "n_head"),
    ("gpt2", [("n_embd", 32), ("n_layer", 2), ("n_head", 4), ("n_positions", 64), ("activation_function", "relu")], "activation_function"),
    ("gpt2", [("n_embd", 32), ("n_layer", 2), ("n_head", 4), ("n_positions", 64), ("scale_attn_weights", false)], "scale_attn_weights"),
    (
      "gpt2", [("n_embd", 32), ("n_layer", 2), ("n_head", 4), ("n_positions", 64), ("scale_attn_by_inverse_layer_idx", true)],
      "scale_attn_by_inverse_layer_idx"
    ),
    ("gpt2", [("n_embd", 32), ("n_layer", 2), ("n_head", 4)], "n_positions"), ("gpt2", [], "n_embd"),
    ("chatglm", [], "padded_vocab_size"), ("chatglm", chatGLM + [("multi_query_attention", false)], "multi_query_attention"),
    ("chatglm", chatGLM + [("post_layer_norm", false)], "post_layer_norm"), ("chatglm", chatGLM + [("rmsnorm", false)], "rmsnorm"),
    ("chatglm", chatGLM + [("interleaved_qkv", true)], "interleaved_qkv"), ("chatglm", chatGLM + [("rope_ratio", 0)], "rope_ratio"),
    ("chatglm", chatGLM + [("multi_query_group_num", 3)], "num_key_value_heads"),
  ]
  private static let chatGLM: [(String, JSON?)] = [
    ("padded_vocab_size", 61), ("num_layers", 2), ("ffn_hidden_size", 48), ("multi_query_attention", true), ("multi_query_group_num", 2),
  ]

  @Test(arguments: foreign.indices)
  func whatAFamilyDoesNotHaveIsNamed(_ index: Int) throws {
    let (family, changes, place) = Self.foreign[index]
    let all: [(String, JSON?)] = [("model_type", .string(family))] + changes
    let error = try #require(fileError { _ = try Self.read(all) }, "\(family): \(changes) was accepted")
    #expect(error.place == place, "\(family)")
    for text in [error.problem, error.mend] { #expect(!text.zh.isEmpty && !text.en.isEmpty && text.zh != text.en) }
  }

  @Test func theRootMustBeAnObject() throws {
    let error = try #require(fileError { _ = try TransformerConfiguration(huggingFace: [1, 2], file: "config.json") })
    #expect(error.place == "document")
  }
}
