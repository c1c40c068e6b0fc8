// The decoder-only Transformer, written once: inference, training and every view run this code, for every family.
import Tensors

/// Embedding, blocks, final norm, unembedding.
public final class Transformer: Sendable {
  public let configuration: TransformerConfiguration
  /// [vocabulary, d]
  public let embeddingTable: Weight
  /// [context, d], where positions are learned.
  public let positionTable: Weight?
  public let blocks: [TransformerBlock]
  public let finalNorm: Norm
  /// [vocabulary, d]; the embedding table itself when tied.
  public let unembedding: Weight
  /// What changes projections of the blocks; they hold its parts.
  public let adapter: Adapter?

  public init(
    _ configuration: TransformerConfiguration, embeddingTable: Weight, positionTable: Weight? = nil, blocks: [TransformerBlock],
    finalNorm: Norm, unembedding: Weight?, adapter: Adapter? = nil
  ) {
    self.configuration = configuration
    (self.embeddingTable, self.positionTable) = (embeddingTable, positionTable)
    self.blocks = blocks
    self.finalNorm = finalNorm
    self.unembedding = unembedding ?? embeddingTable
    self.adapter = adapter
  }

  /// The final normalised hidden states of the tokens, [n, d]. Throws only `Run.Cancelled`.
  /// - Parameter tokens: at least one; each below `vocabularySize`.
  public func hidden(_ tokens: [Int32], _ run: Run = Run()) throws -> Tensor {
    try hidden(Pass(tokens, run, configuration), run)
  }

  private func hidden(_ pass: Pass, _ run: Run) throws -> Tensor {
    run.recorder?.start()
    var x = embed(pass, run)
    for (layer, block) in blocks.enumerated() {
      try run.checkCancellation()
      x = block.forward(x, pass, layer: layer, run)
    }
    run.cache?.commit(pass.ids.count)
    return run.hook(.finalNormalized, finalNorm(x, run.tape))
  }

  private func embed(_ pass: Pass, _ run: Run) -> Tensor {
    let (factor, tape) = (configuration.embeddingScale, run.tape)
    let x = run.hook(
      .embed, factor == 1 ? embedding(embeddingTable, pass.ids, tape) : scale(embedding(embeddingTable, pass.ids, tape), by: factor, tape))
    guard let positionTable else { return x }
    let positions = run.hook(.positionEmbed, embedding(positionTable, pass.positions, tape))
    return run.hook(.embedSum, add(x, positions, tape))
  }

  /// Scores of every vocabulary entry for each row, [n, vocabulary].
  public func unembed(_ hidden: Tensor, _ run: Run = Run()) -> Tensor {
    guard let cap = configuration.logitCap else { return run.hook(.logits, linear(hidden, unembedding, run.tape)) }
    let uncapped = run.hook(.uncappedLogits, linear(hidden, unembedding, run.tape))
    return run.hook(.logits, softCap(uncapped, at: cap, run.tape))
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
