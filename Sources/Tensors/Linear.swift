// y = x·Wᵀ + b. x [n, in], W [out, in] (Hugging Face's layout), b [out] or none → y [n, out]. Weights that read the same input are one operation: the input is prepared
// once, and all outputs are one parallel job.
import CKernels

/// The matrix product of every projection.
/// - Parameters: x [n, in], or [n, heads, size] with in = heads·size; weight [out, in].
/// - Returns: [n, out].
public func linear(_ x: Tensor, _ weight: Weight, bias: Tensor? = nil, _ tape: Tape? = nil) -> Tensor {
  linear(x, [weight], biases: [bias], tape)[0]
}

/// `linear` of a dense weight.
public func linear(_ x: Tensor, _ weight: Tensor, _ tape: Tape? = nil) -> Tensor { linear(x, [Weight(weight)], tape)[0] }

/// Several projections of one input.
/// - Parameters: x [n, in]; weights, at most three, each [outᵢ, in]; biases, none or one a weight, each [outᵢ] or nil.
/// - Returns: one [n, outᵢ] a weight.
public func linear(_ x: Tensor, _ weights: [Weight], biases: [Tensor?] = [], _ tape: Tape? = nil) -> [Tensor] {
  let input = weights[0].columns
  let n = x.count / input
  precondition(weights.count <= 3 && weights.allSatisfy { $0.columns == input }, "linear: up to three weights of one width")
  precondition(n * input == x.count && x.shape.first == n, "linear: \(x.shape) does not fit a weight of \(weights[0].shape)")
  let biases = biases.isEmpty ? weights.map { _ in nil } : biases
  precondition(zip(weights, biases).allSatisfy { $1.map(\.count) ?? $0.rows == $0.rows }, "linear: a bias has one value for each row")
  let outputs = zip(weights, biases).map { weight, bias in
    Tape.output([n, weight.rows], of: [x] + [weight.trainable, bias].compactMap(\.self), tape)
  }
  let precision = (tape?.products ?? .float32).rawValue
  var step = ck_step()
  ck_step_linear(&step, weights.map(\.kernel), Int32(weights.count), n, x.data, outputs.map { Optional($0.data) }, precision)
  Tape.perform(step, tape)
  for (y, bias) in zip(outputs, biases) {
    guard let bias else { continue }
    var step = ck_step()
    ck_step_bias(&step, bias.data, y.data, n, bias.count)
    Tape.perform(step, tape)
  }
  if outputs.contains(where: \.needsGradient) {
    let pairs = zip(outputs, weights).map { y, weight in
      guard let weight = weight.trainable else { preconditionFailure("linear: only dense weights have gradients") }
      return (y, weight)
    }
    tape?.record {
      backward(x, pairs, precision)
      for (y, bias) in zip(outputs, biases) {
        guard let dy = y.gradient, let bias else { continue }
        bias.receive { db, add in
          if !add { db.update(repeating: 0, count: bias.count) }
          ck_sum_rows(dy.data, db, n, bias.count)
        }
      }
    }
  }
  return outputs
}

/// dx += dy·W and dW += dyᵀ·x for every output that has a gradient; the products for dW share x and run as one job.
private func backward(_ x: Tensor, _ pairs: [(y: Tensor, weight: Tensor)], _ precision: Int32) {
  var products: [ck_product] = []
  for (y, weight) in pairs {
    guard let dy = y.gradient else { continue }
    let (output, input) = (weight.shape[0], weight.shape[1])
    let n = dy.count / output
    x.receive { dx, add in
      product(n, input, output, dy.data, (output, 1), weight.data, (input, 1), dx, add, precision)
    }
    weight.receive { dw, add in
      products.append(
        ck_product(
          m: output, n: input, k: n, a: dy.data, ars: 1, acs: output, b: x.data, kind: Int32(CK_F32), brs: input, bcs: 1, c: dw, ldc: input,
          accumulate: add ? 1 : 0))
    }
  }
  if !products.isEmpty { ck_gemm_group(products, Int32(products.count), precision) }
}

/// c[m, n] = a·b of f32 memory, or added to c; a is [m, k], b is [k, n], strides are (row, column).
package func product(
  _ m: Int, _ n: Int, _ k: Int, _ a: UnsafePointer<Float>, _ strideA: (Int, Int), _ b: UnsafePointer<Float>, _ strideB: (Int, Int),
  _ c: UnsafeMutablePointer<Float>, _ accumulate: Bool, _ precision: Int32
) {
  var product = ck_product(
    m: m, n: n, k: k, a: a, ars: strideA.0, acs: strideA.1, b: b, kind: Int32(CK_F32), brs: strideB.0, bcs: strideB.1, c: c, ldc: n,
    accumulate: accumulate ? 1 : 0)
  ck_gemm_group(&product, 1, precision)
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
