// Which hooks a model has, and the shapes of their tensors. Not here: the tensors (Recorder).

extension TransformerConfiguration {
  /// Every hook of a pass in the order of computation, with those that only an explicit request computes.
  public var hooks: [Hook] {
    var list: [Hook] = []
    for operation in operations {
      if let output = operation.output { list.append(output) }
      // What a block reads first and what nothing else computes are no operations.
      if case .block(let layer, .mix) = operation.output { list.append(.block(layer, .headResult)) }
    }
    return (list + (0..<layerCount).map { .block($0, .residualPre) }).sorted()
  }

  /// The shape of a hook's tensor in a pass over `n` tokens without cache.
  public func shape(of hook: Hook, tokens n: Int) -> [Int] {
    switch hook {
    case .embed, .tokenTypeEmbed, .positionEmbed, .embedSum, .fullEmbed, .finalNormalized: [n, hiddenSize]
    case .uncappedLogits, .logits: [n, vocabularySize]
    case .block(_, let place):
      switch place {
      case .query, .normalizedQuery, .rotatedQuery, .mix: [n, headCount, headSize]
      case .key, .value, .normalizedKey, .rotatedKey: [n, keyValueHeadCount, headSize]
      case .scores, .cappedScores, .maskedScores, .pattern: [headCount, n, n]
      case .headResult: [n, headCount, hiddenSize]
      case .gate, .up, .activation: [n, intermediateSize]
      case .residualPre, .norm1, .attentionOut, .norm1Post, .residualMid, .normalizedMid, .norm2, .feedForwardOut, .norm2Post,
        .residualPost, .normalizedPost:
        [n, hiddenSize]
      }
    }
  }
}
