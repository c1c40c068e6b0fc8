// LayerNorm (Ba et al. 2016): y = (x − mean) / √(variance + ε) · w + b, row by row. x [n, d], w and b [d] → [n, d].
import CKernels

/// Normalisation of each row to mean 0 and variance 1, then scaled and shifted.
/// - Parameters: x [n, d]; weight, bias [d]; epsilon is added to the variance.
/// - Returns: [n, d].
public func layerNorm(_ x: Tensor, _ weight: Tensor, _ bias: Tensor, epsilon: Float, _ tape: Tape? = nil) -> Tensor {
  let (n, d) = (x.rows, x.columns)
  precondition(weight.count == d && bias.count == d, "layerNorm: weight of \(weight.count), bias of \(bias.count) for rows of \(d)")
  let y = Tape.output(x.shape, of: [x, weight, bias], tape)
  let statistics = Tape.scratch([n, 2], tape)
  var step = ck_step()
  ck_step_layer_norm(&step, x.data, weight.data, bias.data, y.data, statistics.data, n, d, epsilon)
  Tape.perform(step, tape)
  if y.needsGradient {
    tape?.record {
      guard let dy = y.gradient else { return }
      x.receive { ck_layer_norm_backward(x.data, weight.data, statistics.data, dy.data, $0, $1 ? 1 : 0, nil, nil, n, d) }
      weight.receive { dw, add in
        if !add { dw.update(repeating: 0, count: d) }
        ck_layer_norm_backward(x.data, weight.data, statistics.data, dy.data, nil, 0, dw, nil, n, d)
      }
      bias.receive { db, add in
        if !add { db.update(repeating: 0, count: d) }
        ck_layer_norm_backward(x.data, weight.data, statistics.data, dy.data, nil, 0, nil, db, n, d)
      }
    }
  }
  return y
}

extension Naive {
  /// Twin of `layerNorm`.
  public static func layerNorm(_ x: [Float], _ weight: [Float], _ bias: [Float], epsilon: Float) -> [Float] {
    let d = weight.count
    var y = x
    for start in stride(from: 0, to: x.count, by: d) {
      let row = x[start..<start + d].map(Double.init)
      let mean = row.reduce(0, +) / Double(d)
      let variance = row.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(d)
      for i in 0..<d {
        y[start + i] = Float((row[i] - mean) / (variance + Double(epsilon)).squareRoot() * Double(weight[i]) + Double(bias[i]))
      }
    }
    return y
  }
}
