// What a block is made of: norms, linear layers with or without bias and adapter, the feed-forward layer. Not here: how they are put together
// (TransformerBlock), where adapters come from (Adapter).
import Tensors

/// RMSNorm or LayerNorm with its parameters.
public struct Norm: Sendable {
  /// [width]
  public let weight: Tensor
  /// [width]; nil for RMSNorm.
  public let bias: Tensor?
  public let epsilon: Float

  public init(weight: Tensor, bias: Tensor?, epsilon: Float) { (self.weight, self.bias, self.epsilon) = (weight, bias, epsilon) }

  /// Normalises rows of the weight's width; the shape stays.
  func callAsFunction(_ x: Tensor, _ tape: Tape?) -> Tensor {
    let rows = x.columns == weight.count ? x : x.reshaped([x.count / weight.count, weight.count])
    let y = bias.map { layerNorm(rows, weight, $0, epsilon: epsilon, tape) } ?? rmsNorm(rows, weight, epsilon: epsilon, tape)
    return y.shape == x.shape ? y : y.reshaped(x.shape)
  }
}

/// y = W·x + b, and with an adapter + scale·B·(A·x)
public struct Projection: Sendable {
  /// [outputs, inputs]
  public let weight: Weight
  /// [outputs]
  public let bias: Tensor?
  public let adapter: LowRankChange?

  public init(_ weight: Weight, bias: Tensor? = nil, adapter: LowRankChange? = nil) {
    (self.weight, self.bias, self.adapter) = (weight, bias, adapter)
  }

  /// The one weight that computes the same: the weight itself, or W + scale·B·A as f32.
  public var merged: Weight { adapter.map { Weight($0.added(to: weight.tensor)) } ?? weight }

  func callAsFunction(_ x: Tensor, _ tape: Tape?) -> Tensor { project(x, [self], tape)[0] }
}

/// Several layers that read the same input, at most three, run as one operation; so do their adapters' first halves.
func project(_ x: Tensor, _ layers: [Projection], _ tape: Tape?) -> [Tensor] {
  let outputs = linear(x, layers.map(\.weight), biases: layers.map(\.bias), tape)
  let changes = layers.compactMap(\.adapter)
  if changes.isEmpty { return outputs }
  let halves = LowRankChange.halves(of: x, changes, tape)
  return zip(outputs, layers).map { y, layer in
    guard let change = layer.adapter, let half = halves[ObjectIdentifier(change.down)] else { return y }
    return add(y, linear(scale(half, by: change.scale, tape), change.up, tape), tape)
  }
}

/// The feed-forward layer: widen, activate (with a gate or without), narrow.
public struct FeedForward: Sendable {
  /// [f, d]; nil where the layer has no gate.
  public let gate: Projection?
  /// [f, d]
  public let up: Projection
  /// [d, f]
  public let down: Projection
  public let activation: TransformerConfiguration.Activation

  func callAsFunction(_ x: Tensor, layer: Int, _ run: Run) -> Tensor {
    let activated: Tensor
    if let gate {
      let raised = run.hooks([.block(layer, .gate), .block(layer, .up)]) { project(x, [gate, up], run.tape) }
      activated = run.hook(.block(layer, .activation), gated(raised[0], raised[1], run.tape))
    } else {
      let raised = run.hook(.block(layer, .gate), up(x, run.tape))
      activated = run.hook(.block(layer, .activation), plain(raised, run.tape))
    }
    return run.hook(.block(layer, .feedForwardOut), down(activated, run.tape))
  }

  private func gated(_ gate: Tensor, _ up: Tensor, _ tape: Tape?) -> Tensor {
    switch activation {
    case .silu: swiGLU(gate: gate, up: up, tape)
    case .gelu: gelu(gate, times: up, .exact, tape)
    case .geluTanh: gelu(gate, times: up, .tanh, tape)
    }
  }

  private func plain(_ x: Tensor, _ tape: Tape?) -> Tensor {
    switch activation {
    case .silu: preconditionFailure("no family has SiLU without a gate")
    case .gelu: gelu(x, .exact, tape)
    case .geluTanh: gelu(x, .tanh, tape)
    }
  }
}
