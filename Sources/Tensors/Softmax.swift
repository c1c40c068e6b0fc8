// Softmax over the last dimension. x [n, d] → [n, d]. −∞ becomes 0; a row of only −∞ becomes all zeros.
import CKernels

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Probabilities of each row.
public func softmax(_ x: Tensor, _ tape: Tape? = nil) -> Tensor {
  let y = Tape.output(x.shape, of: [x], tape)
  ck_softmax(x.data, y.data, x.rows, x.columns)
  if y.needsGradient {
    tape?.record {
      guard let dy = y.gradient else { return }
      x.receive { dx, add in ck_softmax_backward(y.data, dy.data, dx, add ? 1 : 0, x.rows, x.columns) }
    }
  }
  return y
}

extension Naive {
  /// Twin of `softmax` for one row.
  public static func softmax(_ row: [Float]) -> [Float] {
    let top = Double(row.max() ?? 0)
    guard top > -.infinity else { return row.map { _ in 0 } }
    let exponentials = row.map { exp(Double($0) - top) }
    let total = exponentials.reduce(0, +)
    return exponentials.map { Float($0 / total) }
  }
}
