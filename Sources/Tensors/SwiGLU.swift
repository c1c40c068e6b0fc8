// SwiGLU (Shazeer 2020): y = silu(gate) · up, silu(x) = x / (1 + e⁻ˣ). Equal shapes.
import CKernels

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The gated activation of the feed-forward layer, elementwise.
public func swiGLU(gate: Tensor, up: Tensor, _ tape: Tape? = nil) -> Tensor {
  precondition(gate.count == up.count, "swiGLU: \(gate.shape) and \(up.shape) differ")
  let y = Tape.output(gate.shape, of: [gate, up], tape)
  var step = ck_step()
  ck_step_swiglu(&step, gate.data, up.data, y.data, gate.count)
  Tape.perform(step, tape)
  if y.needsGradient {
    tape?.record {
      guard let dy = y.gradient else { return }
      // What both inputs usually are: activations that nothing else has read.
      if [gate, up].allSatisfy({ $0.needsGradient && $0.gradient == nil }) && !gate.sharesGradient(with: up) {
        gate.receive { dgate, _ in
          up.receive { dup, _ in ck_swiglu_backward(gate.data, up.data, dy.data, dgate, dup, gate.count) }
        }
        return
      }
      let dgate = Tensor(uninitialized: gate.shape)
      let dup = Tensor(uninitialized: up.shape)
      ck_swiglu_backward(gate.data, up.data, dy.data, dgate.data, dup.data, gate.count)
      for (input, part) in [(gate, dgate), (up, dup)] {
        input.receive { d, add in
          if add { ck_accumulate(part.data, d, part.count) } else { d.update(from: part.data, count: part.count) }
        }
      }
    }
  }
  return y
}

extension Naive {
  /// Twin of `swiGLU`.
  public static func swiGLU(gate: [Float], up: [Float]) -> [Float] {
    zip(gate, up).map { Float(Double($0) / (1 + exp(-Double($0))) * Double($1)) }
  }
}
