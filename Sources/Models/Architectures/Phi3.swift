// Phi-3 and Phi-4-mini's smaller relatives (Abdin et al. 2024): Llama with query, key and value in one matrix, gate and up in another.
import ModelFiles

enum Phi3: FamilyRules {
  static let modelTypes = ["phi3"]
  static let className = "Phi3ForCausalLM"
  static let ggufArchitecture = "phi3"

  static func configuration(_ config: JSONCursor) throws(FileError) -> TransformerConfiguration {
    var c = try config.llamaLike(defaultEpsilon: 1e-5)
    try config.require("hidden_act", oneOf: ["silu"])
    // The class knows plain RoPE and LongRoPE, which it also calls by other names.
    if let settings = config.optional("rope_parameters") ?? config.optional("rope_scaling"),
      c.rotary?.scaling != RotaryConfiguration.Scaling.none
    {
      throw settings.unsupported()
    }
    c.window = try config.window(layers: c.layerCount, period: 1)
    return c
  }

  static func configMembers(_ c: TransformerConfiguration) -> [(key: String, value: JSON)] {
    // The class's default is a token that small vocabularies lack.
    [("sliding_window", c.window.map { .integer($0.size) } ?? .null), ("pad_token_id", .null)]
      + (c.rotary.map { $0.dimensions < c.headSize ? [("partial_rotary_factor", .number(c.rotaryShare))] : [] } ?? [])
  }

  static func complete(_ c: inout TransformerConfiguration, _ metadata: FamilyMetadata) throws(FileError) {
    if let size = try metadata.optionalInteger("attention.sliding_window", in: 0...Limits.contextLength), size > 0 {
      c.window = AttentionWindow(size: size, period: 1)
    }
  }

  static func ggufMetadata(_ c: TransformerConfiguration) -> [(key: String, value: GGUFValue)] {
    [("attention.sliding_window", .uint32(c.window?.size ?? 0))]
  }

  static func tensorName(_ parameter: ParameterName, _ format: ModelFormat) -> String {
    if format == .gguf { return GGUFNames.tensor(parameter, fusing: .fusedAttention.merging(.fusedGate) { $1 }) }
    guard case .block(let layer, let part) = parameter.place else { return parameter.text }
    return switch part {
    case .query, .key, .value: "model.layers.\(layer).self_attn.qkv_proj.\(parameter.kind.rawValue)"
    case .gate, .up: "model.layers.\(layer).mlp.gate_up_proj.\(parameter.kind.rawValue)"
    default: parameter.text
    }
  }
}
