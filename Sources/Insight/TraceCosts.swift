// What the operations of a recorded pass cost: arithmetic and memory traffic, counted; time is measured (Trace). Not here: rooflines.
import Models
import Tensors

extension Trace {
  /// Multiplications and additions of one operation in this pass, each counted as one.
  public func floatingPointOperations(of operation: Operation) -> Int {
    let own = model.transformer.floatingPointOperations(of: operation, tokens: ids.count)
    guard let change = model.transformer.weight(of: operation)?.adapter else { return own }
    return own + ids.count * (2 * (change.down.count + change.up.count) + change.down.rows + change.up.rows)
  }

  public var totalFloatingPointOperations: Int { operations.reduce(0) { $0 + floatingPointOperations(of: $1) } }

  /// Bytes that one operation reads and writes at least: inputs and output as f32, weights as they are stored, once each. The embedding reads one row a token;
  /// `sample` reads the last row of logits.
  public func bytesMoved(of operation: Operation) -> Int {
    let made = output(of: operation)?.count ?? 0
    switch operation.kind {
    case .embed, .embedPositions: return 4 * 2 * made
    case .sample: return 4 * (tensor(.logits)?.columns ?? 0)
    default:
      let read = operation.inputs.reduce(0) { $0 + (tensor($1)?.count ?? 0) }
      let weight = model.transformer.weight(of: operation)
      let change = weight?.adapter.map { $0.down.count + $0.up.count } ?? 0
      return 4 * (read + made + (weight?.bias?.tensor.count ?? 0) + change) + (weight?.weight.byteCount ?? 0)
    }
  }

  public var totalBytesMoved: Int { operations.reduce(0) { $0 + bytesMoved(of: $1) } }
}

/// The parameters that an operation reads.
public struct OperationWeight: Sendable {
  /// Hugging Face's name, such as `model.layers.0.self_attn.q_proj.weight`.
  public let name: String
  /// [outputs, inputs], or [width] for norms.
  public let weight: Weight
  /// What is added to the result, with its name; [outputs] or [width].
  public let bias: (name: String, tensor: Tensor)?
  /// What changes a projection beside its weight.
  public let adapter: LowRankChange?
}

extension Transformer {
  /// The parameters of an operation; nil for those without.
  public func weight(of operation: Operation) -> OperationWeight? {
    guard let place = configuration.parameter(of: operation) else { return nil }
    let (name, biasName) = (ParameterName(place), ParameterName(place, .bias))
    // A tied unembedding has the embedding's name.
    guard let weight = operation.kind == .logits ? unembedding : weight(name) else { return nil }
    let hasBias = operation.kind != .logits && operation.kind != .embed && operation.kind != .embedPositions
    let bias = hasBias ? self.weight(biasName).map { (biasName.text, $0.tensor) } : nil
    return OperationWeight(name: name.text, weight: weight, bias: bias, adapter: change(at: place))
  }
}
