// The operations of a forward pass in order: what the stepper walks over. Each names what it reads and what it makes. Not here: words for the screen.
import Tensors

/// What an operation computes.
public enum OperationKind: String, Sendable, CaseIterable {
  case embed, embedPositions, addPositions
  case norm1, query, key, value, normalizeQuery, normalizeKey, rotateQuery, rotateKey, scores, capScores, mask, softmax, mix, project
  case normalizeAttention, addAttention
  case norm2, gate, up, activate, down, normalizeFeedForward, addFeedForward, finalNorm, logits, capLogits
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

extension TransformerConfiguration {
  /// All operations of one forward pass: embedding, the operations of every block, final norm, logits, sampling.
  public var operations: [Operation] {
    var list: [Operation] = []
    func append(_ kind: OperationKind, _ layer: Int?, _ output: Hook?, _ inputs: [Hook]) {
      list.append(Operation(index: list.count, kind: kind, layer: layer, output: output, inputs: inputs))
    }
    append(.embed, nil, .embed, [])
    if positions == .learned {
      append(.embedPositions, nil, .positionEmbed, [])
      append(.addPositions, nil, .embedSum, [.embed, .positionEmbed])
    }
    for layer in 0..<layerCount {
      func at(_ hook: BlockHook) -> Hook { .block(layer, hook) }
      for (kind, output, inputs) in blockOperations(layer) { append(kind, layer, at(output), inputs.map(at)) }
    }
    append(.finalNorm, nil, .finalNormalized, [layerCount == 0 ? embedded : .block(layerCount - 1, .residualPost)])
    if logitCap == nil {
      append(.logits, nil, .logits, [.finalNormalized])
    } else {
      append(.logits, nil, .uncappedLogits, [.finalNormalized])
      append(.capLogits, nil, .logits, [.uncappedLogits])
    }
    append(.sample, nil, nil, [.logits])
    return list
  }

  /// What enters the first block.
  public var embedded: Hook { positions == .learned ? .embedSum : .embed }

  /// A block's own operations: kind, output, inputs.
  private func blockOperations(_ layer: Int) -> [(OperationKind, BlockHook, [BlockHook])] {
    var list: [(OperationKind, BlockHook, [BlockHook])] = [
      (.norm1, .norm1, [.residualPre]), (.query, .query, [.norm1]), (.key, .key, [.norm1]), (.value, .value, [.norm1]),
    ]
    var (q, k) = (BlockHook.query, BlockHook.key)
    if normalizesQueriesAndKeys {
      list += [(.normalizeQuery, .normalizedQuery, [q]), (.normalizeKey, .normalizedKey, [k])]
      (q, k) = (.normalizedQuery, .normalizedKey)
    }
    if rotary(layer: layer) != nil {
      list += [(.rotateQuery, .rotatedQuery, [q]), (.rotateKey, .rotatedKey, [k])]
      (q, k) = (.rotatedQuery, .rotatedKey)
    }
    list.append((.scores, .scores, [q, k]))
    if scoreCap != nil { list.append((.capScores, .cappedScores, [.scores])) }
    list += [
      (.mask, .maskedScores, [scoreCap == nil ? .scores : .cappedScores]), (.softmax, .pattern, [.maskedScores]),
      (.mix, .mix, [.pattern, .value]), (.project, .attentionOut, [.mix]),
    ]
    if normalizesOutputs { list.append((.normalizeAttention, .norm1Post, [.attentionOut])) }
    list += [
      (.addAttention, .residualMid, [.residualPre, normalizesOutputs ? .norm1Post : .attentionOut]), (.norm2, .norm2, [.residualMid]),
    ]
    list +=
      isGated
      ? [(.gate, .gate, [.norm2]), (.up, .up, [.norm2]), (.activate, .activation, [.gate, .up])]
      : [(.up, .gate, [.norm2]), (.activate, .activation, [.gate])]
    list.append((.down, .feedForwardOut, [.activation]))
    if normalizesOutputs { list.append((.normalizeFeedForward, .norm2Post, [.feedForwardOut])) }
    list.append((.addFeedForward, .residualPost, [.residualMid, normalizesOutputs ? .norm2Post : .feedForwardOut]))
    return list
  }

  /// The parameter that an operation multiplies, normalises or looks up with.
  public func parameter(of operation: Operation) -> ParameterName.Place? {
    func block(_ part: BlockPart) -> ParameterName.Place? { operation.layer.map { .block($0, part) } }
    return switch operation.kind {
    case .embed: .embedding
    case .embedPositions: .positions
    case .norm1: block(.norm1)
    case .query: block(.query)
    case .key: block(.key)
    case .value: block(.value)
    case .normalizeQuery: block(.queryNorm)
    case .normalizeKey: block(.keyNorm)
    case .project: block(.output)
    case .normalizeAttention: block(.outputNorm1)
    case .norm2: block(.norm2)
    case .gate: block(.gate)
    case .up: block(.up)
    case .down: block(.down)
    case .normalizeFeedForward: block(.outputNorm2)
    case .finalNorm: .finalNorm
    case .logits: tiesEmbeddings ? .embedding : .unembedding
    case .addPositions, .rotateQuery, .rotateKey, .scores, .capScores, .mask, .softmax, .mix, .addAttention, .activate, .addFeedForward,
      .capLogits, .sample:
      nil
    }
  }

  /// Arithmetic of one operation over n tokens with `past` before them: multiplications and additions, each counted as one.
  public func floatingPointOperations(of operation: Operation, tokens n: Int, past: Int = 0) -> Int {
    let (d, f, q, k) = (hiddenSize, intermediateSize, queryWidth, keyValueWidth)
    let pairs = n * (past + n)
    let turned = rotary(layer: operation.layer ?? 0)?.dimensions ?? 0
    switch operation.kind {
    case .embed, .embedPositions, .mask, .sample: return 0
    case .norm1, .norm2, .normalizeAttention, .normalizeFeedForward, .finalNorm: return (norm == .rms ? 4 : 7) * n * d
    case .query: return 2 * n * d * q
    case .key, .value: return 2 * n * d * k
    case .normalizeQuery: return 4 * n * q
    case .normalizeKey: return 4 * n * k
    case .rotateQuery: return 3 * n * headCount * turned
    case .rotateKey: return 3 * n * keyValueHeadCount * turned
    case .scores, .mix: return 2 * pairs * q
    case .capScores: return 3 * pairs * headCount
    case .softmax: return 4 * pairs * headCount
    case .project: return 2 * n * q * d
    case .addPositions, .addAttention, .addFeedForward: return n * d
    case .gate, .up, .down: return 2 * n * d * f
    case .activate: return (isGated ? 5 : 9) * n * f
    case .logits: return 2 * n * d * vocabularySize
    case .capLogits: return 3 * n * vocabularySize
    }
  }
}

extension Transformer {
  public var operations: [Operation] { configuration.operations }

  public func floatingPointOperations(of operation: Operation, tokens n: Int, past: Int = 0) -> Int {
    configuration.floatingPointOperations(of: operation, tokens: n, past: past)
  }
}
