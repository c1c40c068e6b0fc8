// The tape: what the forward pass did, so that backward can undo it in reverse, or a program do it again.
import CKernels

/// Records one closure per operation and runs them in reverse.
public final class Tape {
  private var steps: [() -> Void] = []

  /// Where the kernel calls of the pass are kept to be run again; such a pass computes no gradients.
  let program: Program?

  /// How the factors of matrix products are read; sums, norms, softmax and losses are always f32.
  public enum Products: Int32, Sendable, CaseIterable {
    case float32 = 0
    /// Both factors rounded to bf16.
    case bfloat16 = 1
  }
  let products: Products

  public init(program: Program? = nil, products: Products = .float32) {
    self.program = program
    self.products = products
  }

  /// Runs a kernel, and keeps it for later runs where a program asks for that.
  static func perform(_ step: ck_step, _ tape: Tape?) {
    withUnsafePointer(to: step) { ck_run($0, 1) }
    tape?.program?.append(step)
  }

  /// Remembers how to pass an output's gradient on to its inputs.
  func record(_ step: @escaping () -> Void) { steps.append(step) }

  /// An operation's output: it needs a gradient exactly when a tape runs for gradients, not for a program, and one of its inputs needs one.
  static func output(_ shape: [Int], of inputs: [Tensor], _ tape: Tape?) -> Tensor {
    let result = scratch(shape, tape)
    if let tape, tape.program == nil { result.needsGradient = inputs.contains { $0.needsGradient } }
    return result
  }

  /// Memory that an operation needs besides its output.
  static func scratch(_ shape: [Int], _ tape: Tape?) -> Tensor { Tensor(uninitialized: shape, from: tape?.program?.pool ?? .shared) }

  /// Computes the gradients of everything that `loss` (one element) depends on. The tape is empty afterwards: each
  /// activation is freed as soon as its step has run.
  public func backward(from loss: Tensor, seed: Float = 1) {
    precondition(loss.count == 1, "backward starts at a scalar")
    loss.receive { memory, _ in memory.pointee = seed }
    while let step = steps.popLast() { step() }
  }
}
