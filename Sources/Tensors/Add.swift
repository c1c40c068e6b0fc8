// The residual add: y = a + b, equal shapes.
import CKernels

/// Elementwise sum of two tensors of equal shape.
public func add(_ a: Tensor, _ b: Tensor, _ tape: Tape? = nil) -> Tensor {
  precondition(a.count == b.count, "add: \(a.shape) and \(b.shape) differ")
  let y = Tape.output(a.shape, of: [a, b], tape)
  var step = ck_step()
  ck_step_add(&step, a.data, b.data, y.data, a.count)
  Tape.perform(step, tape)
  if y.needsGradient {
    tape?.record {
      guard let dy = y.gradient else { return }
      for input in [a, b] {
        input.receive { d, add in
          if add { ck_accumulate(dy.data, d, dy.count) } else { d.update(from: dy.data, count: dy.count) }
        }
      }
    }
  }
  return y
}

extension Naive {
  /// Twin of `add`.
  public static func add(_ a: [Float], _ b: [Float]) -> [Float] { zip(a, b).map { Float(Double($0) + Double($1)) } }
}
