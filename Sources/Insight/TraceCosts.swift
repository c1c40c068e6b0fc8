// What the operations of a recorded pass cost: arithmetic and memory traffic, counted; time is measured (Trace). Not here: rooflines.
import Models
import Tensors

extension Trace {
  /// Multiplications and additions of one operation in this pass, each counted as one.
  public func floatingPointOperations(of operation: Operation) -> Int {
    model.transformer.floatingPointOperations(of: operation, tokens: ids.count)
  }

  public var totalFloatingPointOperations: Int { operations.reduce(0) { $0 + floatingPointOperations(of: $1) } }

  /// Bytes that one operation reads and writes at least: inputs and output as f32, weights as they are stored, once each. The embedding reads one row a token;
  /// `sample` reads the last row of logits.
  public func bytesMoved(of operation: Operation) -> Int {
    let made = output(of: operation)?.count ?? 0
    switch operation.kind {
    case .embed: return 4 * 2 * made
    case .sample: return 4 * (tensor(.logits)?.columns ?? 0)
    default:
      let read = operation.inputs.reduce(0) { $0 + (tensor($1)?.count ?? 0) }
      return 4 * (read + made) + (model.transformer.weight(of: operation)?.weight.byteCount ?? 0)
    }
  }

  public var totalBytesMoved: Int { operations.reduce(0) { $0 + bytesMoved(of: $1) } }
}

/// The parameter that an operation reads.
public struct OperationWeight: Sendable {
  /// Hugging Face's name, such as `model.layers.0.self_attn.q_proj.weight`.
  public let name: String
  /// [outputs, inputs], or [d] for norms.
  public let weight: Weight
}

extension Transformer {
  /// The parameter of an operation; nil for those without.
  public func weight(of operation: Operation) -> OperationWeight? {
    func norm(_ name: String, _ path: KeyPath<TransformerBlock, Tensor>) -> OperationWeight? {
      guard let layer = operation.layer, blocks.indices.contains(layer) else { return nil }
      return OperationWeight(name: "model.layers.\(layer).\(name).weight", weight: Weight(blocks[layer][keyPath: path]))
    }
    func inBlock(_ name: String, _ path: KeyPath<TransformerBlock, Weight>) -> OperationWeight? {
      guard let layer = operation.layer, blocks.indices.contains(layer) else { return nil }
      return OperationWeight(name: "model.layers.\(layer).\(name).weight", weight: blocks[layer][keyPath: path])
    }
    return switch operation.kind {
    case .embed: OperationWeight(name: "model.embed_tokens.weight", weight: embeddingTable)
    case .norm1: norm("input_layernorm", \.norm1)
    case .query: inBlock("self_attn.q_proj", \.query)
    case .key: inBlock("self_attn.k_proj", \.key)
    case .value: inBlock("self_attn.v_proj", \.value)
    case .project: inBlock("self_attn.o_proj", \.output)
    case .norm2: norm("post_attention_layernorm", \.norm2)
    case .gate: inBlock("mlp.gate_proj", \.gate)
    case .up: inBlock("mlp.up_proj", \.up)
    case .down: inBlock("mlp.down_proj", \.down)
    case .finalNorm: OperationWeight(name: "model.norm.weight", weight: Weight(finalNorm))
    case .logits:
      OperationWeight(name: configuration.tiesEmbeddings ? "model.embed_tokens.weight" : "lm_head.weight", weight: unembedding)
    case .rotateQuery, .rotateKey, .scores, .mask, .softmax, .mix, .addAttention, .activate, .addFeedForward, .sample: nil
    }
  }
}
