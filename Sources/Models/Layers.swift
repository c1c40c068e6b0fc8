// What a block is made of: norms, linear layers with or without bias, the feed-forward layer. Not here: how they are put together (TransformerBlock).
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

/// y = W·x + b
public struct Projection: Sendable {
  /// [outputs, inputs]
  public let weight: Weight
  /// [outputs]
  public let bias: Tensor?

  public init(_ weight: Weight, bias: Tensor? = nil) { (self.weight, self.bias) = (weight, bias) }

  func callAsFunction(_ x: Tensor, _ tape: Tape?) -> Tensor { linear(x, weight, bias: bias, tape) }
}

/// Several layers that read the same input run as one operation.
func project(_ x: Tensor, _ layers: [Projection], _ tape: Tape?) -> [Tensor] {
  linear(x, layers.map(\.weight), biases: layers.map(\.bias), tape)
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
