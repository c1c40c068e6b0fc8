// What a recipe costs, known before anything runs: parameters, tokens, operations; and where its stages end. Not here: measured time.
import Models

extension Recipe {
  /// Multiplications and additions of one token, forward and backward: 6 for every weight of a product, the unembedding included, and 6·T·d a
  /// block for causal attention (Kaplan et al. 2020, arXiv:2001.08361, with the half of the scores that the mask leaves).
  public var operationsPerToken: Double {
    let weights = configuration.layout.filter { $0.shape.count == 2 }.reduce(0) { $0 + $1.shape.reduce(1, *) }
    return 6 * Double(weights) + 6 * Double(shape.layers * shape.context * shape.hidden)
  }

  /// Numbers that are learned.
  public var parameterCount: Int { configuration.layout.reduce(0) { $0 + $1.shape.reduce(1, *) } }

  /// Tokens that one step looks at, about: a batch ends with a whole document.
  public var tokensPerStep: Int { batches * batchTokens }

  /// The stage of a step as an index into `stages`.
  public func stageIndex(at step: Int) -> Int {
    var end = 0.0
    for (index, stage) in stages.enumerated() {
      end += stage.share
      if Double(step) < end * Double(steps) { return index }
    }
    return stages.count - 1
  }
}
