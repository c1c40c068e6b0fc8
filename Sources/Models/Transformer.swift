// The Transformer of the Llama family (Touvron et al. 2023), written once: inference, training and every view run this code.
import Tensors

/// A decoder-only Transformer: RMSNorm, RoPE, grouped-query attention, SwiGLU.
public final class Transformer: Sendable {
  public let configuration: TransformerConfiguration
  /// [vocabulary, d]
  public let embeddingTable: Tensor
  public let blocks: [TransformerBlock]
  /// [d]
  public let finalNorm: Tensor
  /// [vocabulary, d]; the embedding table itself when tied.
  public let unembedding: Tensor

  public init(
    _ configuration: TransformerConfiguration, embeddingTable: Tensor, blocks: [TransformerBlock], finalNorm: Tensor,
    unembedding: Tensor?
  ) {
    self.configuration = configuration
    self.embeddingTable = embeddingTable
    self.blocks = blocks
    self.finalNorm = finalNorm
    self.unembedding = unembedding ?? embeddingTable
  }

  /// The final normalised hidden states of the tokens, [n, d]. Throws only `Run.Cancelled`.
  /// - Parameter tokens: at least one; each below `vocabularySize`.
  public func hidden(_ tokens: [Int32], _ run: Run = Run()) throws -> Tensor {
    run.recorder?.start()
    let angles = RotaryAngles(positions: run.positions(tokens.count), headSize: configuration.headSize, base: configuration.ropeBase)
    let layout = run.layout(tokens.count, configuration)
    var x = run.hook(.embed, embedding(embeddingTable, tokens, run.tape))
    for (layer, block) in blocks.enumerated() {
      try run.checkCancellation()
      x = block.forward(x, angles, layout, layer: layer, run)
    }
    run.cache?.commit(tokens.count)
    return run.hook(.finalNormalized, rmsNorm(x, finalNorm, epsilon: configuration.normEpsilon, run.tape))
  }

  /// Scores of every vocabulary entry for each row, [n, vocabulary].
  public func unembed(_ hidden: Tensor, _ run: Run = Run()) -> Tensor {
    run.hook(.logits, linear(hidden, unembedding, run.tape))
  }

  /// Logits of every position, [n, vocabulary].
  public func logits(_ tokens: [Int32], _ run: Run = Run()) throws -> Tensor { unembed(try hidden(tokens, run), run) }

  /// Logits of the last position only, [1, vocabulary]: what generation needs of a prefill.
  public func lastLogits(_ tokens: [Int32], _ run: Run = Run()) throws -> Tensor {
    let states = try hidden(tokens, run)
    return unembed(states.view([1, configuration.hiddenSize], offset: (tokens.count - 1) * configuration.hiddenSize), run)
  }
}

/// One block: attention and feed-forward, each added to the residual stream.
public final class TransformerBlock: Sendable {
  public let configuration: TransformerConfiguration
  /// [d]
  public let norm1: Tensor
  /// [heads·size, d]
  public let query: Tensor
  /// [keyValueHeads·size, d]
  public let key: Tensor
  public let value: Tensor
  /// [d, heads·size]
  public let output: Tensor
  /// [d]
  public let norm2: Tensor
  /// [f, d]
  public let gate: Tensor
  public let up: Tensor
  /// [d, f]
  public let down: Tensor

  public init(
    _ configuration: TransformerConfiguration, norm1: Tensor, query: Tensor, key: Tensor, value: Tensor, output: Tensor,
    norm2: Tensor, gate: Tensor, up: Tensor, down: Tensor
  ) {
    self.configuration = configuration
    (self.norm1, self.query, self.key, self.value, self.output) = (norm1, query, key, value, output)
    (self.norm2, self.gate, self.up, self.down) = (norm2, gate, up, down)
  }

  func forward(_ input: Tensor, _ angles: RotaryAngles, _ layout: AttentionLayout, layer: Int, _ run: Run) -> Tensor {
    let (c, tape) = (configuration, run.tape)
    let x = run.hook(.block(layer, .residualPre), input)

    let a = run.hook(.block(layer, .norm1), rmsNorm(x, norm1, epsilon: c.normEpsilon, tape))
    let z = attend(a, angles, layout, layer: layer, run)
    let attended = run.hook(.block(layer, .attentionOut), linear(z, output, tape))
    let middle = run.hook(.block(layer, .residualMid), add(x, attended, tape))

    let b = run.hook(.block(layer, .norm2), rmsNorm(middle, norm2, epsilon: c.normEpsilon, tape))
    let gated = run.hook(.block(layer, .gate), linear(b, gate, tape))
    let raised = run.hook(.block(layer, .up), linear(b, up, tape))
    let activated = run.hook(.block(layer, .activation), swiGLU(gate: gated, up: raised, tape))
    let fed = run.hook(.block(layer, .feedForwardOut), linear(activated, down, tape))
    return run.hook(.block(layer, .residualPost), add(middle, fed, tape))
  }

  /// [n, d] → [n, heads, size]
  private func attend(_ a: Tensor, _ angles: RotaryAngles, _ layout: AttentionLayout, layer: Int, _ run: Run) -> Tensor {
    let (c, tape, n) = (configuration, run.tape, a.rows)
    let q = run.hook(.block(layer, .query), linear(a, query, tape).heads(c.headCount))
    let k = run.hook(.block(layer, .key), linear(a, key, tape).heads(c.keyValueHeadCount))
    var v = run.hook(.block(layer, .value), linear(a, value, tape).heads(c.keyValueHeadCount))
    let rotatedQuery = run.hook(.block(layer, .rotatedQuery), rotate(q, angles, heads: c.headCount, tape))
    var rotatedKey = run.hook(.block(layer, .rotatedKey), rotate(k, angles, heads: c.keyValueHeadCount, tape))
    if let cache = run.cache { (rotatedKey, v) = cache.extend(layer: layer, key: rotatedKey, value: v) }

    guard let recorder = run.recorder else { return attention(rotatedQuery, rotatedKey, v, layout, tape) }
    let scores = run.hook(.block(layer, .scores), attentionScores(rotatedQuery, rotatedKey, layout, tape))
    let masked = run.hook(.block(layer, .maskedScores), causalMask(scores, layout, tape))
    let pattern = run.hook(.block(layer, .pattern), attentionPattern(masked, layout, tape))
    let z = run.hook(.block(layer, .mix), attentionMix(pattern, v, layout, rows: n, tape))
    if recorder.isWanted(.block(layer, .headResult)) { recorder.record(.block(layer, .headResult), headResult(z)) }
    return z
  }

  /// Each head's own share of the output projection, [n, heads, d]; their sum over heads is `attentionOut`.
  private func headResult(_ z: Tensor) -> Tensor {
    let (c, n) = (configuration, z.shape[0])
    let result = Tensor(uninitialized: [n, c.headCount, c.hiddenSize])
    for head in 0..<c.headCount {
      let part = Tensor(uninitialized: [n, c.headSize])
      let columns = Tensor(uninitialized: [c.hiddenSize, c.headSize])
      for row in 0..<n { (part.data + row * c.headSize).update(from: z.data + (row * c.headCount + head) * c.headSize, count: c.headSize) }
      for row in 0..<c.hiddenSize {
        (columns.data + row * c.headSize).update(from: output.data + row * c.queryWidth + head * c.headSize, count: c.headSize)
      }
      let share = linear(part, columns)
      for row in 0..<n {
        (result.data + (row * c.headCount + head) * c.hiddenSize).update(from: share.data + row * c.hiddenSize, count: c.hiddenSize)
      }
    }
    return result
  }
}
