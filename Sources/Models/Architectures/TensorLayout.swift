// Which tensor of a file holds which rows of which parameters: for reading and writing alike. Not here: the bytes (Loading, Saving).
import ModelFiles

/// One tensor of a file, and the parameters in it.
public struct TensorLayout: Sendable {
  public let name: String
  /// Parameters whose rows follow each other in it.
  public internal(set) var parts: [(name: ParameterName, shape: [Int])]
  /// Whether it lies as [inputs, outputs].
  public let isTransposed: Bool

  /// As the file has it, outermost dimension first.
  public var shape: [Int] {
    let rows = parts.reduce(0) { $0 + $1.shape[0] }
    guard let columns = parts[0].shape.dropFirst().first else { return [rows] }
    return isTransposed ? [columns, rows] : [rows, columns]
  }

  /// The first row of a part.
  public func firstRow(of name: ParameterName) -> Int {
    parts.prefix { $0.name != name }.reduce(0) { $0 + $1.shape[0] }
  }
}

extension TransformerConfiguration {
  /// Every tensor of a file of this model, in the order of the forward pass.
  func storedTensors(_ format: ModelFormat) -> [TensorLayout] {
    let rules = family.rules
    var list: [TensorLayout] = []
    // Biases lie between the matrices that share a tensor.
    var places: [String: Int] = [:]
    for (name, shape) in layout {
      let stored = rules.tensorName(name, format)
      if let place = places[stored] {
        list[place].parts.append((name, shape))
      } else {
        places[stored] = list.count
        list.append(TensorLayout(name: stored, parts: [(name, shape)], isTransposed: shape.count == 2 && rules.isTransposed(name, format)))
      }
    }
    return list
  }

  /// Where a file keeps row `row` of a parameter, counted from the parameter's first: RoPE's pair (i, i + half) of a head may lie side by side.
  func storedRow(_ row: Int, of name: ParameterName, _ format: ModelFormat) -> Int {
    guard name.part == .query || name.part == .key, family.rules.keepsPairsTogether(format), let turned = rotary?.dimensions else {
      return row
    }
    let (head, inner) = (row / headSize, row % headSize)
    return inner < turned ? head * headSize + 2 * (inner % (turned / 2)) + inner / (turned / 2) : row
  }
}

/// GGUF's names, shared by all families (https://github.com/ggml-org/ggml/blob/master/docs/gguf.md).
enum GGUFNames {
  static func tensor(_ parameter: ParameterName, fusing fused: [BlockPart: String] = [:]) -> String {
    let place =
      switch parameter.place {
      case .embedding: "token_embd"
      case .positions: "position_embd"
      case .block(let layer, let part): "blk.\(layer).\(fused[part] ?? block(part))"
      case .finalNorm: "output_norm"
      case .unembedding: "output"
      }
    return "\(place).\(parameter.kind.rawValue)"
  }

  private static func block(_ part: BlockPart) -> String {
    switch part {
    case .norm1: "attn_norm"
    case .query: "attn_q"
    case .key: "attn_k"
    case .value: "attn_v"
    case .queryNorm: "attn_q_norm"
    case .keyNorm: "attn_k_norm"
    case .output: "attn_output"
    case .outputNorm1: "post_attention_norm"
    case .norm2: "ffn_norm"
    case .gate: "ffn_gate"
    case .up: "ffn_up"
    case .down: "ffn_down"
    case .outputNorm2: "post_ffw_norm"
    }
  }
}

extension [BlockPart: String] {
  /// Query, key and value in one tensor; gate and up in one.
  static let fusedAttention: [BlockPart: String] = [.query: "attn_qkv", .key: "attn_qkv", .value: "attn_qkv"]
  static let fusedGate: [BlockPart: String] = [.gate: "ffn_up", .up: "ffn_up"]
}
