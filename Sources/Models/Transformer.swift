// The Transformer of the Llama family (Touvron et al. 2023), written once: inference, training and every view run this code.
import Tensors

/// A decoder-only Transformer: RMSNorm, RoPE, grouped-query attention, SwiGLU.
public final class Transformer: Sendable {
  public let configuration: TransformerConfiguration
  /// [vocabulary, d]
  public let embeddingTable: Weight
  public let blocks: [TransformerBlock]
  /// [d]
  public let finalNorm: Tensor
  /// [vocabulary, d]; the embedding table itself when tied.
  public let unembedding: Weight

  public init(
    _ configuration: TransformerConfiguration, embeddingTable: Weight, blocks: [TransformerBlock], finalNorm: Tensor,
    unembedding: Weight?
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
    try hidden(Pass(tokens, run, configuration), run)
  }

  private func hidden(_ pass: Pass, _ run: Run) throws -> Tensor {
    run.recorder?.start()
    var x = run.hook(.embed, embedding(embeddingTable, pass.ids, run.tape))
    for (layer, block) in blocks.enumerated() {
      try run.checkCancellation()
      x = block.forward(x, pass, layer: layer, run)
    }
    run.cache?.commit(pass.ids.count)
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
    try lastLogits(Pass(tokens, run, configuration), run)
  }

  func lastLogits(_ pass: Pass, _ run: Run) throws -> Tensor {
    let states = try hidden(pass, run)
    return unembed(states.view([1, configuration.hiddenSize], offset: (pass.ids.count - 1) * configuration.hiddenSize), run)
  }
}

/// One block: attention and feed-forward, each added to the residual stream.
public final class TransformerBlock: Sendable {
  public let configuration: TransformerConfiguration
  /// [d]
  public let norm1: Tensor
  /// [heads·size, d]
  public let query: Weight
  /// [keyValueHeads·size, d]
  public let key: Weight
  public let value: Weight
  /// [d, heads·size]
  public let output: Weight
  /// [d]
  public let norm2: Tensor
  /// [f, d]
  public let gate: Weight
  public let up: Weight
  /// [d, f]
  public let down: Weight

  public init(
    _ configuration: TransformerConfiguration, norm1: Tensor, query: Weight, key: Weight, value: Weight, output: Weight,
    norm2: Tensor, gate: Weight, up: Weight, down: Weight
  ) {
    self.configuration = configuration
    (self.norm1, self.query, self.key, self.value, self.output) = (norm1, query, key, value, output)
    (self.norm2, self.gate, self.up, self.down) = (norm2, gate, up, down)
  }

  func forward(_ input: Tensor, _ pass: Pass, layer: Int, _ run: Run) -> Tensor {
    let (c, tape) = (configuration, run.tape)
    let x = run.hook(.block(layer, .residualPre), input)

    let a = run.hook(.block(layer, .norm1), rmsNorm(x, norm1, epsilon: c.normEpsilon, tape))
    let z = attend(a, pass, layer: layer, run)
    let attended = run.hook(.block(layer, .attentionOut), linear(z, output, tape))
    let middle = run.hook(.block(layer, .residualMid), add(x, attended, tape))

    let b = run.hook(.block(layer, .norm2), rmsNorm(middle, norm2, epsilon: c.normEpsilon, tape))
    let raised = run.hooks([.block(layer, .gate), .block(layer, .up)]) { linear(b, [gate, up], tape) }
    let activated = run.hook(.block(layer, .activation), swiGLU(gate: raised[0], up: raised[1], tape))
    let fed = run.hook(.block(layer, .feedForwardOut), linear(activated, down, tape))
    return run.hook(.block(layer, .residualPost), add(middle, fed, tape))
  }

  /// [n, d] → [n, heads, size]
  private func attend(_ a: Tensor, _ pass: Pass, layer: Int, _ run: Run) -> Tensor {
    let (c, tape, n) = (configuration, run.tape, a.rows)
    let projected = run.hooks([.block(layer, .query), .block(layer, .key), .block(layer, .value)]) {
      zip(linear(a, [query, key, value], tape), [c.headCount, c.keyValueHeadCount, c.keyValueHeadCount]).map { $0.heads($1) }
    }
    let (q, k, v) = (projected[0], projected[1], projected[2])
    let rotatedQuery = run.hook(.block(layer, .rotatedQuery), rotate(q, pass.angles, heads: c.headCount, tape))
    let rotatedKey = run.hook(.block(layer, .rotatedKey), rotate(k, pass.angles, heads: c.keyValueHeadCount, tape))
    let past = run.cache?.store(layer: layer, key: rotatedKey, value: v, pass.layout, tape)

    guard let recorder = run.recorder else { return attention(rotatedQuery, rotatedKey, v, pass.layout, cache: past, tape) }
    let scores = run.hook(.block(layer, .scores), attentionScores(rotatedQuery, rotatedKey, pass.layout, cache: past, tape))
    let layout = pass.layout
    let mask = Hook.block(layer, .maskedScores)
    let masked =
      tape == nil ? recorder.value(at: mask, ifChanged: { causalMask(scores, layout) }) : run.hook(mask, causalMask(scores, layout, tape))
    let pattern = run.hook(.block(layer, .pattern), masked.map { attentionPattern($0, layout, tape) } ?? causalPattern(scores, layout))
    let z = run.hook(.block(layer, .mix), attentionMix(pattern, v, pass.layout, rows: n, cache: past, tape))
    if recorder.isWanted(.block(layer, .headResult)) { _ = run.hook(.block(layer, .headResult), headResult(z)) }
    return z
  }

  /// Each head's own share of the output projection, [n, heads, d]; their sum over heads is `attentionOut`.
  private func headResult(_ z: Tensor) -> Tensor {
    let (c, n) = (configuration, z.shape[0])
    let result = Tensor(uninitialized: [n, c.headCount, c.hiddenSize])
    let matrix = output.tensor
    // What the projection reads: a quantized weight rounds its input row by row.
    let read = Tensor(
      (0..<n).flatMap { row in output.operand(Array(UnsafeBufferPointer(start: z.data + row * c.queryWidth, count: c.queryWidth))) },
      z.shape)
    for head in 0..<c.headCount {
      let part = Tensor(uninitialized: [n, c.headSize])
      let columns = Tensor(uninitialized: [c.hiddenSize, c.headSize])
      for row in 0..<n {
        (part.data + row * c.headSize).update(from: read.data + (row * c.headCount + head) * c.headSize, count: c.headSize)
      }
      for row in 0..<c.hiddenSize {
        (columns.data + row * c.headSize).update(from: matrix.data + row * c.queryWidth + head * c.headSize, count: c.headSize)
      }
      let share = linear(part, columns)
      for row in 0..<n {
        (result.data + (row * c.headCount + head) * c.hiddenSize).update(from: share.data + row * c.hiddenSize, count: c.hiddenSize)
      }
    }
    return result
  }
}
