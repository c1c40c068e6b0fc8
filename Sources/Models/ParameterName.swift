// Which parameters a Transformer has, and what we call them: Hugging Face's names for Llama, for every family. Not here: the names in files of
// other families (Architectures).

/// A parameter's place in the model.
public struct ParameterName: Sendable, Hashable {
  public enum Place: Sendable, Hashable {
    case embedding, positions
    case block(Int, BlockPart)
    case finalNorm, unembedding
  }
  public enum Kind: String, Sendable, Hashable {
    case weight, bias
  }

  public let place: Place
  public let kind: Kind

  public init(_ place: Place, _ kind: Kind = .weight) { (self.place, self.kind) = (place, kind) }

  /// Such as `model.layers.0.self_attn.q_proj.weight`.
  public var text: String {
    switch place {
    case .embedding: "model.embed_tokens.\(kind.rawValue)"
    case .positions: "model.embed_positions.\(kind.rawValue)"
    case .block(let layer, let part): "model.layers.\(layer).\(part.rawValue).\(kind.rawValue)"
    case .finalNorm: "model.norm.\(kind.rawValue)"
    case .unembedding: "lm_head.\(kind.rawValue)"
    }
  }

  /// The part of a block that it belongs to.
  public var part: BlockPart? { if case .block(_, let part) = place { part } else { nil } }
}

/// The parts of a block that have parameters.
public enum BlockPart: String, Codable, Sendable, Hashable, CaseIterable {
  case norm1 = "input_layernorm"
  case query = "self_attn.q_proj"
  case key = "self_attn.k_proj"
  case value = "self_attn.v_proj"
  case queryNorm = "self_attn.q_norm"
  case keyNorm = "self_attn.k_norm"
  case output = "self_attn.o_proj"
  case outputNorm1 = "post_self_attn_layernorm"
  case norm2 = "post_attention_layernorm"
  case gate = "mlp.gate_proj"
  case up = "mlp.up_proj"
  case down = "mlp.down_proj"
  case outputNorm2 = "post_mlp_layernorm"
}

extension TransformerConfiguration {
  /// Every parameter with its shape, in the order of the forward pass; the unembedding only when it is its own.
  public var layout: [(name: ParameterName, shape: [Int])] {
    var list: [(name: ParameterName, shape: [Int])] = [(ParameterName(.embedding), [vocabularySize, hiddenSize])]
    if positions == .learned { list.append((ParameterName(.positions), [contextLength, hiddenSize])) }
    for layer in 0..<layerCount {
      for (part, shape) in blockLayout {
        list.append((ParameterName(.block(layer, part)), shape))
        if hasBias(part) { list.append((ParameterName(.block(layer, part), .bias), [shape[0]])) }
      }
    }
    list.append((ParameterName(.finalNorm), [hiddenSize]))
    if norm == .layer { list.append((ParameterName(.finalNorm, .bias), [hiddenSize])) }
    if !tiesEmbeddings { list.append((ParameterName(.unembedding), [vocabularySize, hiddenSize])) }
    return list
  }

  private var blockLayout: [(part: BlockPart, shape: [Int])] {
    let (d, f) = (hiddenSize, intermediateSize)
    return BlockPart.allCases.compactMap { part in
      switch part {
      case .norm1, .norm2: (part, [d])
      case .outputNorm1, .outputNorm2: normalizesOutputs ? (part, [d]) : nil
      case .query: (part, [queryWidth, d])
      case .key, .value: (part, [keyValueWidth, d])
      case .queryNorm, .keyNorm: normalizesQueriesAndKeys ? (part, [headSize]) : nil
      case .output: (part, [d, queryWidth])
      case .gate: isGated ? (part, [f, d]) : nil
      case .up: (part, [f, d])
      case .down: (part, [d, f])
      }
    }
  }

  func hasBias(_ part: BlockPart) -> Bool {
    switch part {
    case .norm1, .norm2, .outputNorm1, .outputNorm2, .queryNorm, .keyNorm: norm == .layer
    case .query, .key, .value: biases.queryKeyValue
    case .output: biases.attentionOutput
    case .gate, .up, .down: biases.feedForward
    }
  }
}
