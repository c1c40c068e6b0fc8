// GLM-4 (Zeng et al. 2024) as transformers has it (`glm`), its successor with normalised outputs (`glm4`), and ChatGLM2/3 and GLM-4 in the
// authors' own format (`chatglm`): biases on queries, keys and values, half of each head turned in neighbouring pairs, few key-value heads.
import ModelFiles

enum GLM: FamilyRules {
  static let modelTypes = ["glm"]
  static let className = "GlmForCausalLM"
  static let ggufArchitecture = "chatglm"

  static func configuration(_ config: JSONCursor) throws(FileError) -> TransformerConfiguration {
    var c = try config.llamaLike(defaultEpsilon: 1.5625e-7)
    try config.require("hidden_act", oneOf: ["silu"])
    c.rotary = try config.rotary(headSize: c.headSize, context: c.contextLength, defaultShare: 0.5)
    c.biases.queryKeyValue = try config.flag("attention_bias", default: true)
    return c
  }

  static func configMembers(_ c: TransformerConfiguration) -> [(key: String, value: JSON)] {
    [
      ("attention_bias", .bool(c.biases.queryKeyValue)),
      ("partial_rotary_factor", .number(c.rotaryShare)),
      // The class's default is a token that small vocabularies lack.
      ("pad_token_id", .null),
    ]
  }

  static func tensorName(_ parameter: ParameterName, _ format: ModelFormat) -> String {
    if format == .gguf { return GGUFNames.tensor(parameter, fusing: .fusedAttention.merging(.fusedGate) { $1 }) }
    guard case .block(let layer, let part) = parameter.place, part == .gate || part == .up else { return parameter.text }
    return "model.layers.\(layer).mlp.gate_up_proj.\(parameter.kind.rawValue)"
  }

  static func keepsPairsTogether(_ format: ModelFormat) -> Bool { true }
}

enum GLM4: FamilyRules {
  static let modelTypes = ["glm4"]
  static let className = "Glm4ForCausalLM"
  static let ggufArchitecture = "glm4"

  static func configuration(_ config: JSONCursor) throws(FileError) -> TransformerConfiguration {
    var c = try GLM.configuration(config)
    c.normalizesOutputs = true
    return c
  }

  static func configMembers(_ c: TransformerConfiguration) -> [(key: String, value: JSON)] { GLM.configMembers(c) }

  static func complete(_ c: inout TransformerConfiguration, _ metadata: FamilyMetadata) throws(FileError) { c.normalizesOutputs = true }

  static func tensorName(_ parameter: ParameterName, _ format: ModelFormat) -> String {
    format == .gguf ? GGUFNames.tensor(parameter, fusing: .fusedGate) : GLM.tensorName(parameter, format)
  }

  static func keepsPairsTogether(_ format: ModelFormat) -> Bool { true }
}

enum ChatGLM: FamilyRules {
  static let modelTypes = ["chatglm"]
  static let className = "ChatGLMModel"
  static let ggufArchitecture = "chatglm"

  static func configuration(_ config: JSONCursor) throws(FileError) -> TransformerConfiguration {
    let heads = try config.member("num_attention_heads").integer(in: Limits.heads)
    let headSize = try config.optional("kv_channels")?.integer(in: 2...Limits.widths)
    var c = try TransformerConfiguration(
      vocabularySize: config.member("padded_vocab_size").integer(in: 1...Limits.vocabulary),
      hiddenSize: config.member("hidden_size").integer(in: 1...Limits.widths),
      layerCount: config.member("num_layers").integer(in: 0...Limits.layers), headCount: heads,
      keyValueHeadCount: config.member("multi_query_group_num").integer(in: Limits.heads),
      headSize: headSize, intermediateSize: config.member("ffn_hidden_size").integer(in: 1...Limits.widths),
      contextLength: config.optional("seq_length")?.integer(in: 1...Limits.contextLength) ?? 2048,
      normEpsilon: Float(config.optional("layernorm_epsilon")?.number(in: 0...1) ?? 1e-5), tiesEmbeddings: false)
    let ratio = try config.optional("rope_ratio")?.number(in: 1...1e8) ?? 1
    c.rotary = RotaryConfiguration(base: Float(10_000 * ratio), dimensions: c.headSize / 2)
    // Without grouped heads, the rows of query, key and value would alternate head by head.
    let needed = [
      ("multi_query_attention", true), ("interleaved_qkv", false), ("rmsnorm", true), ("post_layer_norm", true),
      ("apply_residual_connection_post_layernorm", false),
    ]
    for (key, value) in needed {
      if let flag = config.optional(key), try flag.bool() != value { throw flag.unsupported() }
    }
    let all = try config.flag("add_bias_linear")
    let some = try config.flag("add_qkv_bias")
    c.biases.queryKeyValue = all || some
    (c.biases.attentionOutput, c.biases.feedForward) = (all, all)
    return c
  }

  static func configMembers(_ c: TransformerConfiguration) -> [(key: String, value: JSON)] {
    [
      ("num_layers", .integer(c.layerCount)), ("padded_vocab_size", .integer(c.vocabularySize)), ("kv_channels", .integer(c.headSize)),
      ("ffn_hidden_size", .integer(c.intermediateSize)), ("seq_length", .integer(c.contextLength)),
      ("layernorm_epsilon", .decimal(c.normEpsilon)), ("multi_query_attention", true),
      ("multi_query_group_num", .integer(c.keyValueHeadCount)), ("add_qkv_bias", .bool(c.biases.queryKeyValue)),
      ("add_bias_linear", .bool(c.biases.feedForward)), ("rmsnorm", true), ("post_layer_norm", true),
      ("rope_ratio", .number(Double(c.rotary?.base ?? 10_000) / 10_000)),
    ]
  }

  static func tensorName(_ parameter: ParameterName, _ format: ModelFormat) -> String {
    if format == .gguf { return GLM.tensorName(parameter, .gguf) }
    let place =
      switch parameter.place {
      case .embedding: "embedding.word_embeddings"
      case .positions: "embedding.position_embeddings"
      case .finalNorm: "encoder.final_layernorm"
      case .unembedding: "output_layer"
      case .block(let layer, let part): "encoder.layers.\(layer).\(block(part))"
      }
    return "transformer.\(place).\(parameter.kind.rawValue)"
  }

  private static func block(_ part: BlockPart) -> String {
    switch part {
    case .query, .key, .value: "self_attention.query_key_value"
    case .output: "self_attention.dense"
    case .gate, .up: "mlp.dense_h_to_4h"
    case .down: "mlp.dense_4h_to_h"
    default: part.rawValue
    }
  }

  static func keepsPairsTogether(_ format: ModelFormat) -> Bool { true }

  static func isIgnored(_ tensor: String) -> Bool { tensor.hasSuffix("rotary_pos_emb.inv_freq") }
}
