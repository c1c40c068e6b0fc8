// GELU (Hendrycks & Gimpel 2016) and its gated form GeGLU (Shazeer 2020), elementwise.
import CKernels

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The two definitions of GELU in use; they differ in the fourth digit.
public enum GELU: Int32, Sendable, Hashable {
  /// x/2 · (1 + tanh(√(2/π) · (x + 0.044715 x³)))
  case tanh = 0
  /// x · Φ(x), by the error function
  case exact = 1
}

/// gelu(x), or gelu(x) · up.
/// - Parameters: x; up of the same shape where the layer is gated.
public func gelu(_ x: Tensor, times up: Tensor? = nil, _ form: GELU, _ tape: Tape? = nil) -> Tensor {
  precondition(up == nil || up?.count == x.count, "gelu: \(x.shape) and \(up?.shape ?? []) differ")
  let y = Tape.output(x.shape, of: [x] + (up.map { [$0] } ?? []), tape)
  var step = ck_step()
  ck_step_gelu(&step, x.data, up?.data, y.data, x.count, form.rawValue)
  Tape.perform(step, tape)
  if y.needsGradient {
    tape?.record {
      guard let dy = y.gradient else { return }
      let (dx, dup) = (Tensor(uninitialized: x.shape), up.map { Tensor(uninitialized: $0.shape) })
      ck_gelu_backward(x.data, up?.data, dy.data, dx.data, dup?.data, x.count, form.rawValue)
      for (input, part) in [(x, dx)] + (up.flatMap { up in dup.map { [(up, $0)] } } ?? []) {
        input.receive { d, add in
          if add { ck_accumulate(part.data, d, part.count) } else { d.update(from: part.data, count: part.count) }
        }
      }
    }
  }
  return y
}

extension Naive {
  /// Twin of `gelu` without a gate.
  public static func gelu(_ x: [Float], _ form: GELU) -> [Float] {
    x.map { value in
      let v = Double(value)
      return switch form {
      case .tanh: Float(v / 2 * (1 + hyperbolicTangent(0.7978845608028654 * (v + 0.044715 * v * v * v))))
      case .exact: Float(v / 2 * (1 + erf(v / 2.0.squareRoot())))
      }
    }
  }
}

private func hyperbolicTangent(_ x: Double) -> Double { tanh(x) }
