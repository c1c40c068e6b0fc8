// The tape: what the forward pass did, so that backward can undo it in reverse. Reverse-mode differentiation, nothing else.

/// Records one closure per operation and runs them in reverse.
public final class Tape {
  private var steps: [() -> Void] = []

  public init() {}

  /// Remembers how to pass an output's gradient on to its inputs.
  func record(_ step: @escaping () -> Void) { steps.append(step) }

  /// An operation's output: it needs a gradient exactly when a tape runs and one of its inputs needs one.
  static func output(_ shape: [Int], of inputs: [Tensor], _ tape: Tape?) -> Tensor {
    let result = Tensor(uninitialized: shape)
    result.needsGradient = tape != nil && inputs.contains { $0.needsGradient }
    return result
  }

  /// Computes the gradients of everything that `loss` (one element) depends on. The tape is empty afterwards: each
  /// activation is freed as soon as its step has run.
  public func backward(from loss: Tensor, seed: Float = 1) {
    precondition(loss.count == 1, "backward starts at a scalar")
    loss.receive { memory, _ in memory.pointee = seed }
    while let step = steps.popLast() { step() }
  }
}
