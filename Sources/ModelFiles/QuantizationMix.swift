// Which type each tensor of a quantized model gets: mixes in the manner of llama.cpp's (more bits where a model loses most). Not here: encoding.

/// A recipe for the types of a GGUF file's matrices, named as the ecosystem names it.
public enum QuantizationMix: String, Sendable, CaseIterable {
  case f32, f16, bf16
  // swift-format-ignore: AlwaysUseLowerCamelCase
  case q8_0, q6_k, q5_k_m, q5_k_s, q4_k_m, q4_k_s, q3_k_m, q2_k, q5_1, q5_0, q4_1, q4_0, iq4_nl

  /// The type of most matrices.
  public var base: ElementType {
    switch self {
    case .f32: .f32
    case .f16: .f16
    case .bf16: .bf16
    case .q8_0: .q8_0
    case .q6_k: .q6_k
    case .q5_k_m, .q5_k_s: .q5_k
    case .q4_k_m, .q4_k_s: .q4_k
    case .q3_k_m: .q3_k
    case .q2_k: .q2_k
    case .q5_1: .q5_1
    case .q5_0: .q5_0
    case .q4_1: .q4_1
    case .q4_0: .q4_0
    case .iq4_nl: .iq4_nl
    }
  }

  /// `general.file_type` (llama.h, `llama_ftype`).
  public var fileType: Int {
    switch self {
    case .f32: 0
    case .f16: 1
    case .q4_0: 2
    case .q4_1: 3
    case .q8_0: 7
    case .q5_0: 8
    case .q5_1: 9
    case .q2_k: 10
    case .q3_k_m: 12
    case .q4_k_s: 14
    case .q4_k_m: 15
    case .q5_k_s: 16
    case .q5_k_m: 17
    case .q6_k: 18
    case .iq4_nl: 25
    case .bf16: 32
    }
  }

  /// The type of one tensor.
  /// - Parameters:
  ///   - name: GGUF's, such as `blk.0.attn_v.weight`.
  ///   - shape: vectors stay f32, and rows must be whole blocks: others get the next type that fits them.
  ///   - layers: blocks of the model.
  ///   - tiesEmbeddings: whether the embedding is the unembedding too, which decides about every logit.
  public func type(of name: String, shape: [Int], layers: Int, tiesEmbeddings: Bool) -> ElementType {
    guard shape.count == 2, name.hasSuffix(".weight"), let columns = shape.last, !Self.staysFull(name) else { return .f32 }
    return fitting(wanted(name, layers: layers, tiesEmbeddings: tiesEmbeddings), columns: columns)
  }

  /// Small tables that are looked up or compared, not multiplied.
  private static func staysFull(_ name: String) -> Bool {
    ["position_embd", "token_types", "rope_freqs", "ffn_gate_inp"].contains { name.contains($0) }
  }

  private func wanted(_ name: String, layers: Int, tiesEmbeddings: Bool) -> ElementType {
    guard base.isQuantized else { return base }
    if name == "output.weight" || (tiesEmbeddings && name == "token_embd.weight") { return base == .q8_0 ? .q8_0 : .q6_k }
    guard let layer = Self.layer(of: name) else { return base }
    let isValue = name.contains("attn_v") || name.contains("attn_qkv")
    let isDown = name.contains("ffn_down")
    switch self {
    case .q4_k_m, .q5_k_m: return (isValue || isDown) && Self.getsMore(layer, of: layers) ? .q6_k : base
    case .q4_k_s, .q5_k_s: return (isValue && layer < 4) || (isDown && layer < layers / 8) ? (base == .q4_k ? .q5_k : .q6_k) : base
    case .q3_k_m: return isValue ? (layer < 2 ? .q5_k : .q4_k) : isDown ? (layer < max(1, layers / 16) ? .q5_k : .q4_k) : base
    case .q2_k: return isValue ? .q4_k : isDown || name.contains("attn_output") ? .q3_k : base
    default: return base
    }
  }

  /// The first and the last eighth, and every third block between.
  private static func getsMore(_ layer: Int, of layers: Int) -> Bool {
    layer < layers / 8 || layer >= 7 * layers / 8 || (layer - layers / 8) % 3 == 2
  }

  private static func layer(of name: String) -> Int? {
    let parts = name.split(separator: ".")
    return parts.count > 2 && parts[0] == "blk" ? Int(parts[1]) : nil
  }

  /// Rows that are no whole blocks of 256 take a type of blocks of 32 with as many bits or more, those that are not even that, f16.
  private func fitting(_ type: ElementType, columns: Int) -> ElementType {
    if columns % type.blockSize == 0 { return type }
    let smaller: ElementType =
      switch type {
      case .q2_k, .q3_k: .iq4_nl
      case .q4_k: .q5_0
      case .q5_k: .q5_1
      default: .q8_0
      }
    return columns % smaller.blockSize == 0 ? smaller : .f16
  }
}
