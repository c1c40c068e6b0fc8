// y = x·Wᵀ. x [n, in], W [out, in] (Hugging Face's layout) → y [n, out].
import CKernels

/// The matrix product of every projection.
/// - Parameters: x [n, in], or [n, heads, size] with in = heads·size; weight [out, in].
/// - Returns: [n, out].
public func linear(_ x: Tensor, _ weight: Tensor, _ tape: Tape? = nil) -> Tensor {
  let (input, output) = (weight.shape[1], weight.shape[0])
  let n = x.count / input
  precondition(n * input == x.count && x.shape.first == n, "linear: \(x.shape) does not fit a weight of \(weight.shape)")
  let y = Tape.output([n, output], of: [x, weight], tape)
  ck_gemm(n, output, input, x.data, input, 1, weight.data, 1, input, y.data, output, 0)
  if y.needsGradient {
    tape?.record {
      guard let dy = y.gradient else { return }
      x.receive { dx, add in ck_gemm(n, input, output, dy.data, output, 1, weight.data, input, 1, dx, input, add ? 1 : 0) }
      weight.receive { dw, add in ck_gemm(output, input, n, dy.data, 1, output, x.data, input, 1, dw, input, add ? 1 : 0) }
    }
  }
  return y
}

extension Naive {
  /// Twin of `linear`.
  public static func linear(_ x: [Float], _ weight: [Float], n: Int, input: Int, output: Int) -> [Float] {
    var y = [Float](repeating: 0, count: n * output)
    for i in 0..<n {
      for o in 0..<output {
        var sum = 0.0
        for k in 0..<input { sum += Double(x[i * input + k]) * Double(weight[o * input + k]) }
        y[i * output + o] = Float(sum)
      }
    }
    return y
  }
}
