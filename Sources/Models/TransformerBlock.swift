// One block of a Transformer, put together from the parts that its family has. Not here: the parts (Layers), their names in files (Architectures).
import Tensors

/// Attention and feed-forward layer, each added to the residual stream.
public final class TransformerBlock: Sendable {
  public let configuration: TransformerConfiguration
  public let norm1: Norm
  /// [heads·size, d]
  public let query: Projection
  /// [keyValueHeads·size, d]
  public let key: Projection
  public let value: Projection
  /// Of each head, [size]
  public let queryNorm: Norm?
  public let keyNorm: Norm?
  /// [d, heads·size]
  public let output: Projection
  /// Of what attention adds.
  public let outputNorm1: Norm?
  public let norm2: Norm
  public let feedForward: FeedForward
  /// Of what the feed-forward layer adds.
  public let outputNorm2: Norm?

  /// - Parameter parts: the block's parameters by name; see `TransformerConfiguration.layout`.
  init(_ c: TransformerConfiguration, _ parts: BlockParts) {
    configuration = c
    (norm1, norm2) = (parts.norm(.norm1), parts.norm(.norm2))
    (query, key, value, output) = (parts.projection(.query), parts.projection(.key), parts.projection(.value), parts.projection(.output))
    (queryNorm, keyNorm) = c.normalizesQueriesAndKeys ? (parts.norm(.queryNorm), parts.norm(.keyNorm)) : (nil, nil)
    (outputNorm1, outputNorm2) = c.normalizesOutputs ? (parts.norm(.outputNorm1), parts.norm(.outputNorm2)) : (nil, nil)
    feedForward = FeedForward(
      gate: c.isGated ? parts.projection(.gate) : nil, up: parts.projection(.up), down: parts.projection(.down), activation: c.activation)
  }

  func forward(_ input: Tensor, _ pass: Pass, layer: Int, _ run: Run) -> Tensor {
    let tape = run.tape
    let x = run.hook(.block(layer, .residualPre), input)

    let a = run.hook(.block(layer, .norm1), norm1(x, tape))
    let z = attend(a, pass, layer: layer, run)
    var attended = run.hook(.block(layer, .attentionOut), output(z, tape))
    if let outputNorm1 { attended = run.hook(.block(layer, .norm1Post), outputNorm1(attended, tape)) }
    let middle = run.hook(.block(layer, .residualMid), add(x, attended, tape))

    let b = run.hook(.block(layer, .norm2), norm2(middle, tape))
    var fed = feedForward(b, layer: layer, run)
    if let outputNorm2 { fed = run.hook(.block(layer, .norm2Post), outputNorm2(fed, tape)) }
    return run.hook(.block(layer, .residualPost), add(middle, fed, tape))
  }

  /// [n, d] → [n, heads, size]
  private func attend(_ a: Tensor, _ pass: Pass, layer: Int, _ run: Run) -> Tensor {
    let (c, tape) = (configuration, run.tape)
    let projected = run.hooks([.block(layer, .query), .block(layer, .key), .block(layer, .value)]) {
      zip(project(a, [query, key, value], tape), [c.headCount, c.keyValueHeadCount, c.keyValueHeadCount]).map { $0.heads($1) }
    }
    var (q, k) = (projected[0], projected[1])
    if let queryNorm, let keyNorm {
      q = run.hook(.block(layer, .normalizedQuery), queryNorm(q, tape))
      k = run.hook(.block(layer, .normalizedKey), keyNorm(k, tape))
    }
    if let rotary = c.rotary(layer: layer) {
      let angles = pass.angles(rotary)
      q = run.hook(.block(layer, .rotatedQuery), rotate(q, angles, heads: c.headCount, tape))
      k = run.hook(.block(layer, .rotatedKey), rotate(k, angles, heads: c.keyValueHeadCount, tape))
    }
    return run.attend(q, k, projected[2], pass.layout(c.attentionRules(layer: layer)), output: output, layer: layer)
  }
}
