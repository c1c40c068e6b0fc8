// One block of an encoder: attention to all positions and a feed-forward layer, each followed by a norm. Not here: its parts (Layers, HeadAttention).
import Tensors

/// x ← norm₁(x + attention(x)); x ← norm₂(x + mlp(x)), with the norms behind the additions as in the first Transformer (Vaswani et al. 2017).
public final class EncoderBlock: Sendable {
  public let headCount: Int
  /// [d, d]
  public let query: Projection
  public let key: Projection
  public let value: Projection
  public let output: Projection
  public let norm1: Norm
  public let feedForward: FeedForward
  public let norm2: Norm

  init(
    headCount: Int, query: Projection, key: Projection, value: Projection, output: Projection, norm1: Norm, feedForward: FeedForward,
    norm2: Norm
  ) {
    self.headCount = headCount
    (self.query, self.key, self.value, self.output) = (query, key, value, output)
    (self.norm1, self.feedForward, self.norm2) = (norm1, feedForward, norm2)
  }

  /// [n, d] → [n, d]
  func forward(_ input: Tensor, _ layout: AttentionLayout, layer: Int, _ run: Run) -> Tensor {
    let tape = run.tape
    let x = run.hook(.block(layer, .residualPre), input)
    let heads = run.hooks([.block(layer, .query), .block(layer, .key), .block(layer, .value)]) {
      project(x, [query, key, value], tape).map { $0.heads(headCount) }
    }
    let z = run.attend(heads[0], heads[1], heads[2], layout, output: output, layer: layer)
    let attended = run.hook(.block(layer, .attentionOut), output(z, tape))
    let middle = run.hook(.block(layer, .residualMid), add(x, attended, tape))
    let normalized = run.hook(.block(layer, .normalizedMid), norm1(middle, tape))
    let fed = feedForward(normalized, layer: layer, run)
    let end = run.hook(.block(layer, .residualPost), add(normalized, fed, tape))
    return run.hook(.block(layer, .normalizedPost), norm2(end, tape))
  }
}
