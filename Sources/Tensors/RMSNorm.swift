// RMSNorm (Zhang & Sennrich 2019): y = x / sqrt(mean(x²) + ε) · w, row by row. x [n, d], w [d] → [n, d].
import CKernels

/// Root-mean-square normalisation of each row.
/// - Parameters: x [n, d]; weight [d]; epsilon is added to the mean square.
/// - Returns: [n, d].
public func rmsNorm(_ x: Tensor, _ weight: Tensor, epsilon: Float, _ tape: Tape? = nil) -> Tensor {
  let (n, d) = (x.rows, x.columns)
  precondition(weight.count == d, "rmsNorm: weight of \(weight.count) for rows of \(d)")
  let y = Tape.output(x.shape, of: [x, weight], tape)
  let inverse = Tape.scratch([n], tape)
  var step = ck_step()
  ck_step_norm(&step, x.data, weight.data, y.data, inverse.data, n, d, epsilon)
  Tape.perform(step, tape)
  if y.needsGradient {
    tape?.record {
      guard let dy = y.gradient else { return }
      func backward(_ dx: UnsafeMutablePointer<Float>?, _ addX: Bool, _ dw: UnsafeMutablePointer<Float>?, _ addWeight: Bool) {
        if !addWeight { dw?.update(repeating: 0, count: d) }
        ck_rms_norm_backward(x.data, weight.data, inverse.data, dy.data, dx, addX ? 1 : 0, dw, n, d)
      }
      // One pass over x and dy where both want a gradient.
      guard weight.needsGradient else { return x.receive { backward($0, $1, nil, false) } }
      weight.receive { dw, addWeight in
        guard x.needsGradient else { return backward(nil, false, dw, addWeight) }
        x.receive { dx, addX in backward(dx, addX, dw, addWeight) }
      }
    }
  }
  return y
}

extension Naive {
  /// Twin of `rmsNorm`.
  public static func rmsNorm(_ x: [Float], _ weight: [Float], epsilon: Float) -> [Float] {
    let d = weight.count
    var y = x
    for start in stride(from: 0, to: x.count, by: d) {
      var square = 0.0
      for i in 0..<d { square += Double(x[start + i]) * Double(x[start + i]) }
      let inverse = 1 / (square / Double(d) + Double(epsilon)).squareRoot()
      for i in 0..<d { y[start + i] = Float(Double(x[start + i]) * inverse * Double(weight[i])) }
    }
    return y
  }
}
