// GPT-2 (Radford et al. 2019): learned positions, LayerNorm, GELU without a gate, biases everywhere; its folders store matrices as [inputs, outputs].
import ModelFiles

enum GPT2: FamilyRules {
  static let modelTypes = ["gpt2"]
  static let className = "GPT2LMHeadModel"
  static let ggufArchitecture = "gpt2"

  static func configuration(_ config: JSONCursor) throws(FileError) -> TransformerConfiguration {
    let hidden = try config.member("n_embd").integer(in: 1...Limits.widths)
    let heads = try config.member("n_head").integer(in: Limits.heads)
    var c = try TransformerConfiguration(
      vocabularySize: config.member("vocab_size").integer(in: 1...Limits.vocabulary), hiddenSize: hidden,
      layerCount: config.member("n_layer").integer(in: 0...Limits.layers), headCount: heads, keyValueHeadCount: heads,
      intermediateSize: config.optional("n_inner")?.integer(in: 1...Limits.widths) ?? 4 * hidden,
      contextLength: config.member(config.optional("n_positions") == nil && config.optional("n_ctx") != nil ? "n_ctx" : "n_positions")
        .integer(in: 1...Limits.contextLength),
      normEpsilon: Float(config.optional("layer_norm_epsilon")?.number(in: 0...1) ?? 1e-5),
      tiesEmbeddings: config.optional("tie_word_embeddings")?.bool() ?? true)
    c.usesLearnedPositions()
    switch try config.optional("activation_function")?.string() ?? "gelu_new" {
    case "gelu_new", "gelu_pytorch_tanh", "gelu_fast": c.activation = .geluTanh
    case "gelu": c.activation = .gelu
    default: throw try config.member("activation_function").unsupported()
    }
    for key in ["scale_attn_by_inverse_layer_idx", "add_cross_attention"] where try config.flag(key) {
      throw try config.member(key).unsupported()
    }
    if let flag = config.optional("scale_attn_weights"), try !flag.bool() { throw flag.unsupported() }
    if hidden % heads != 0 { throw try config.member("n_head").unsupported() }
    return c
  }

  static func configMembers(_ c: TransformerConfiguration) -> [(key: String, value: JSON)] {
    [
      ("n_embd", .integer(c.hiddenSize)), ("n_head", .integer(c.headCount)), ("n_layer", .integer(c.layerCount)),
      ("n_positions", .integer(c.contextLength)), ("n_ctx", .integer(c.contextLength)), ("n_inner", .integer(c.intermediateSize)),
      ("layer_norm_epsilon", .decimal(c.normEpsilon)), ("activation_function", c.activation == .gelu ? "gelu" : "gelu_new"),
    ]
  }

  static func complete(_ c: inout TransformerConfiguration, _ metadata: FamilyMetadata) throws(FileError) { c.usesLearnedPositions() }

  /// Readers of GGUF know GPT-2 by tanh only.
  static func unwritable(_ c: TransformerConfiguration) -> String? { c.activation == .geluTanh ? nil : "activation_function" }

  static func tensorName(_ parameter: ParameterName, _ format: ModelFormat) -> String {
    if format == .gguf { return GGUFNames.tensor(parameter, fusing: .fusedAttention) }
    let place =
      switch parameter.place {
      case .embedding: "transformer.wte"
      case .positions: "transformer.wpe"
      case .finalNorm: "transformer.ln_f"
      case .unembedding: "lm_head"
      case .block(let layer, let part): "transformer.h.\(layer).\(block(part))"
      }
    return "\(place).\(parameter.kind.rawValue)"
  }

  private static func block(_ part: BlockPart) -> String {
    switch part {
    case .norm1: "ln_1"
    case .query, .key, .value: "attn.c_attn"
    case .output: "attn.c_proj"
    case .norm2: "ln_2"
    case .up: "mlp.c_fc"
    case .down: "mlp.c_proj"
    default: part.rawValue
    }
  }

  static func isTransposed(_ parameter: ParameterName, _ format: ModelFormat) -> Bool { format == .huggingFace && parameter.part != nil }

  /// Old folders keep the mask.
  static func isIgnored(_ tensor: String) -> Bool { tensor.hasSuffix(".attn.bias") || tensor.hasSuffix(".attn.masked_bias") }
}

extension TransformerConfiguration {
  fileprivate mutating func usesLearnedPositions() {
    (norm, positions, isGated, activation) = (.layer, .learned, false, .geluTanh)
    (biases.queryKeyValue, biases.attentionOutput, biases.feedForward) = (true, true, true)
  }
}
