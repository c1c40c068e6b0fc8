// The operations of a forward pass in order: what the stepper walks over. Each names what it reads and what it makes. Not here: words for the screen.
import Tensors

/// What an operation computes.
public enum OperationKind: String, Sendable, CaseIterable {
  case embed, norm1, query, key, value, rotateQuery, rotateKey, scores, mask, softmax, mix, project, addAttention
  case norm2, gate, up, activate, down, addFeedForward, finalNorm, logits
  /// Choosing a token from the logits; it makes no tensor.
  case sample
}

/// One step of the forward pass.
public struct Operation: Sendable, Hashable {
  public let index: Int
  public let kind: OperationKind
  public let layer: Int?
  /// The tensor it makes; nil for `sample`.
  public let output: Hook?
  /// The recorded tensors it reads.
  public let inputs: [Hook]

  /// Whether infinities are part of its result: the mask's −∞.
  public var mayBeInfinite: Bool { kind == .mask }
}

extension Transformer {
  /// All operations of one forward pass: embedding, the operations of every block, final norm, logits, sampling.
  public var operations: [Operation] {
    var list: [Operation] = []
    func append(_ kind: OperationKind, _ layer: Int?, _ output: Hook?, _ inputs: [Hook]) {
      list.append(Operation(index: list.count, kind: kind, layer: layer, output: output, inputs: inputs))
    }
    append(.embed, nil, .embed, [])
    for layer in 0..<configuration.layerCount {
      func at(_ hook: BlockHook) -> Hook { .block(layer, hook) }
      for (kind, output, inputs) in TransformerBlock.operations { append(kind, layer, at(output), inputs.map(at)) }
    }
    let last: Hook = configuration.layerCount == 0 ? .embed : .block(configuration.layerCount - 1, .residualPost)
    append(.finalNorm, nil, .finalNormalized, [last])
    append(.logits, nil, .logits, [.finalNormalized])
    append(.sample, nil, nil, [.logits])
    return list
  }

  /// Arithmetic of one operation over n tokens with `past` before them: multiplications and additions, each counted as one.
  public func floatingPointOperations(of operation: Operation, tokens n: Int, past: Int = 0) -> Int {
    let c = configuration
    let (d, f, q, k) = (c.hiddenSize, c.intermediateSize, c.queryWidth, c.keyValueWidth)
    let pairs = n * (past + n)
    switch operation.kind {
    case .embed, .mask, .sample: return 0
    case .norm1, .norm2, .finalNorm: return 4 * n * d
    case .query: return 2 * n * d * q
    case .key, .value: return 2 * n * d * k
    case .rotateQuery: return 3 * n * q
    case .rotateKey: return 3 * n * k
    case .scores, .mix: return 2 * pairs * q
    case .softmax: return 4 * pairs * c.headCount
    case .project: return 2 * n * q * d
    case .addAttention, .addFeedForward: return n * d
    case .gate, .up, .down: return 2 * n * d * f
    case .activate: return 5 * n * f
    case .logits: return 2 * n * d * c.vocabularySize
    }
  }
}

extension TransformerBlock {
  /// The block's own operations: kind, output, inputs.
  static let operations: [(OperationKind, BlockHook, [BlockHook])] = [
    (.norm1, .norm1, [.residualPre]), (.query, .query, [.norm1]), (.key, .key, [.norm1]), (.value, .value, [.norm1]),
    (.rotateQuery, .rotatedQuery, [.query]), (.rotateKey, .rotatedKey, [.key]), (.scores, .scores, [.rotatedQuery, .rotatedKey]),
    (.mask, .maskedScores, [.scores]), (.softmax, .pattern, [.maskedScores]), (.mix, .mix, [.pattern, .value]),
    (.project, .attentionOut, [.mix]), (.addAttention, .residualMid, [.residualPre, .attentionOut]), (.norm2, .norm2, [.residualMid]),
    (.gate, .gate, [.norm2]), (.up, .up, [.norm2]), (.activate, .activation, [.gate, .up]), (.down, .feedForwardOut, [.activation]),
    (.addFeedForward, .residualPost, [.residualMid, .feedForwardOut]),
  ]
}
