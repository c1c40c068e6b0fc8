// What a tensor is in its model. The families that the lab knows say it themselves (Models); of other architectures it is read from the name, as GGUF
// (https://github.com/ggml-org/ggml/blob/master/docs/gguf.md, "Standardized tensor names") and Hugging Face spell it. Not here: what a role does
// (TensorRole+Words).
import Models

/// Block, role and part of a tensor. Two tensors of files whose families are not known are the same parameter when their keys are equal.
public struct TensorPlace: Sendable, Hashable {
  /// The number of the block; nil outside the blocks.
  public let block: Int?
  /// What stands before the number: "blk", "model.layers". Empty outside.
  public let stack: String
  /// Nil for a tensor whose name says nothing.
  public internal(set) var role: TensorRole?
  /// Whether a matrix lies as [inputs, outputs]; nil where only the family could tell.
  public private(set) var isTransposed: Bool?
  /// What the model adds to the stored numbers; nil where only the family could tell.
  public private(set) var offset: Float? = 0
  /// "weight", "bias", or what else ends the name; empty when nothing does.
  public let part: String
  /// The same for the two spellings of one parameter.
  public var key: String { role.map { "\(block.map(String.init) ?? "")/\($0.rawValue)/\(part)" } ?? name }
  private let name: String

  public init(_ name: String) {
    self.name = name
    var parts = name.split(separator: ".", omittingEmptySubsequences: false)
    if let last = parts.last, parts.count > 1, ["weight", "bias", "scale", "inv_freq"].contains(last) {
      part = String(last)
      parts.removeLast()
    } else {
      part = ""
    }
    // Names come from outside: a number of more digits counts nothing.
    let place = parts.indices.first {
      parts[$0].utf8.count <= 5 && !parts[$0].isEmpty && parts[$0].utf8.allSatisfy(Self.isDigit)
    }
    if let place, place + 1 < parts.count || !part.isEmpty {
      block = Int(parts[place])
      stack = parts[..<place].joined(separator: ".")
      let stem = parts[(place + 1)...].joined(separator: ".")
      role = Self.stacks.contains(stack) ? Self.inBlocks[stem] : nil
      isTransposed = Self.eitherWay.contains(stem) ? nil : false
    } else {
      (block, stack) = (nil, "")
      role = Self.outside[parts.joined(separator: ".")]
      isTransposed = false
    }
  }

  /// What the family says.
  init(_ name: String, _ layout: TensorLayout, _ map: ParameterMap) {
    self.init(name)
    role = TensorRole(layout.parts.map(\.name.place))
    (isTransposed, offset) = (layout.isTransposed, map.offset(of: layout.parts[0].name))
  }

  /// The places of all tensors of a file whose family is not known. Some architectures have a norm on both sides of each half of a block, and then one of Hugging Face's
  /// names means another norm than in the others.
  static func places(_ names: [String]) -> [TensorPlace] {
    var places = names.map { TensorPlace($0) }
    guard names.contains(where: { $0.hasSuffix(".pre_feedforward_layernorm.weight") || $0.hasSuffix(".post_self_attn_layernorm.weight") })
    else { return places }
    let isGLM = names.contains { $0.hasSuffix(".post_self_attn_layernorm.weight") }
    for (index, name) in names.enumerated() {
      // Some of Gemma's generations store what the gain is above 1.
      if !isGLM, name.hasSuffix("norm.weight") { places[index].offset = nil }
      guard name.hasSuffix(".post_attention_layernorm.weight") else { continue }
      // Gemma's comes after attention; GLM-4's, as Llama's, before the feed-forward layer.
      places[index].role = isGLM ? .feedForwardNorm : .postAttentionNorm
    }
    return places
  }

  private static func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }

  /// Names before the number of a language model's blocks; other stacks, such as those of an image encoder, have no roles here.
  private static let stacks: Set<String> = [
    "blk", "model.layers", "layers", "model.language_model.layers", "language_model.model.layers", "transformer.h", "h",
    "gpt_neox.layers", "transformer.encoder.layers", "transformer.layers",
  ]

  /// GPT-2 stores these as [inputs, outputs], relatives that took over its names do not.
  private static let eitherWay: Set<String> = ["attn.c_attn", "attn.c_proj", "mlp.c_fc", "mlp.c_proj"]

  private static let inBlocks = table([
    (.attentionNorm, "attn_norm input_layernorm ln_1"), (.query, "attn_q self_attn.q_proj"), (.key, "attn_k self_attn.k_proj"),
    (.value, "attn_v self_attn.v_proj"), (.queryKeyValue, "attn_qkv self_attn.qkv_proj attn.c_attn attention.query_key_value"),
    (.attentionOutput, "attn_output self_attn.o_proj attn.c_proj attention.dense"), (.queryNorm, "attn_q_norm self_attn.q_norm"),
    (.keyNorm, "attn_k_norm self_attn.k_norm"), (.postAttentionNorm, "post_attention_norm post_self_attn_layernorm"),
    (.feedForwardNorm, "ffn_norm post_attention_layernorm pre_feedforward_layernorm ln_2"), (.gate, "ffn_gate mlp.gate_proj"),
    (.up, "ffn_up mlp.up_proj mlp.c_fc mlp.dense_h_to_4h"), (.gateUp, "mlp.gate_up_proj"),
    (.down, "ffn_down mlp.down_proj mlp.c_proj mlp.dense_4h_to_h"),
    (.postFeedForwardNorm, "post_ffw_norm post_feedforward_layernorm post_mlp_layernorm"), (.router, "ffn_gate_inp mlp.gate"),
    (.expertGate, "ffn_gate_exps"), (.expertUp, "ffn_up_exps"), (.expertDown, "ffn_down_exps"),
  ])

  private static let outside = table([
    (.embedding, "token_embd model.embed_tokens embed_tokens model.language_model.embed_tokens transformer.wte wte gpt_neox.embed_in"),
    (.positionEmbedding, "position_embd transformer.wpe wpe"),
    (.finalNorm, "output_norm model.norm norm model.language_model.norm transformer.ln_f ln_f gpt_neox.final_layer_norm"),
    (.unembedding, "output lm_head embed_out"), (.ropeFactors, "rope_freqs rope_factors_long rope_factors_short"),
  ])

  private static func table(_ rows: [(TensorRole, String)]) -> [String: TensorRole] {
    var table: [String: TensorRole] = [:]
    for (role, names) in rows { for name in names.split(separator: " ") { table[String(name)] = role } }
    return table
  }
}

/// The parameters of a decoder-only Transformer, one or several in a tensor.
public enum TensorRole: String, Sendable, CaseIterable {
  case embedding, positionEmbedding
  case attentionNorm, query, key, value, queryKeyValue, queryNorm, keyNorm, attentionOutput, postAttentionNorm
  case feedForwardNorm, gate, up, gateUp, down, postFeedForwardNorm
  case router, expertGate, expertUp, expertDown
  case finalNorm, unembedding, ropeFactors

  /// - Parameter places: of the parameters in one tensor.
  init(_ places: [ParameterName.Place]) {
    switch places[0] {
    case .embedding: self = .embedding
    case .positions: self = .positionEmbedding
    case .finalNorm: self = .finalNorm
    case .unembedding: self = .unembedding
    case .block(_, let part):
      switch part {
      case .norm1: self = .attentionNorm
      case .query: self = places.count > 1 ? .queryKeyValue : .query
      case .key: self = .key
      case .value: self = .value
      case .queryNorm: self = .queryNorm
      case .keyNorm: self = .keyNorm
      case .output: self = .attentionOutput
      case .outputNorm1: self = .postAttentionNorm
      case .norm2: self = .feedForwardNorm
      case .gate: self = places.count > 1 ? .gateUp : .gate
      case .up: self = .up
      case .down: self = .down
      case .outputNorm2: self = .postFeedForwardNorm
      }
    }
  }
}
