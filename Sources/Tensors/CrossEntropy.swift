// Cross-entropy of next-token prediction: −log softmax(logits)[target], a weighted mean over tokens.
import CKernels

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Mean loss in nats per token, weighted; tokens of weight 0 do not count.
/// - Parameters: logits [n, vocabulary]; targets and weights [n], at least one weight above 0.
/// - Returns: a scalar.
public func crossEntropy(_ logits: Tensor, targets: [Int32], weights: [Float], _ tape: Tape? = nil) -> Tensor {
  precondition(targets.count == logits.rows && weights.count == logits.rows, "one target and one weight a row")
  return lossOfLogits(logits, tape) { lossInPlace($0, targets[...], normalized(weights)[...]) }
}

/// A loss whose gradient is made in the forward pass: `fill` turns a copy of the logits into it and returns the loss.
func lossOfLogits(_ logits: Tensor, _ tape: Tape?, fill: (_ gradient: Tensor) -> Float) -> Tensor {
  let gradient = Tensor(uninitialized: logits.shape)
  gradient.data.update(from: logits.data, count: logits.count)
  let loss = Tape.output([1], of: [logits], tape)
  loss.data.pointee = fill(gradient)
  if loss.needsGradient {
    tape?.record {
      guard let seed = loss.gradient else { return }
      if seed[0] != 1 { ck_scale(gradient.data, seed[0], gradient.count) }
      logits.receive { d, add in
        if add { ck_accumulate(gradient.data, d, gradient.count) } else { d.update(from: gradient.data, count: gradient.count) }
      }
    }
  }
  return loss
}

/// `crossEntropy(linear(x, weight))` without ever holding all logits: a vocabulary of thousands times a batch of thousands of
/// tokens would be the largest tensor of training by far. Gradients are computed in the forward pass, chunk by chunk, and only those that are wanted;
/// tokens of weight 0 have no logits at all.
/// - Parameters: x [n, d]; weight [vocabulary, d]; cap, of the logits (`softCap`), where the model has one; teacher, for `distillation`.
/// - Returns: a scalar.
public func linearCrossEntropy(
  _ x: Tensor, _ weight: Tensor, targets: [Int32], weights: [Float], cap: Float? = nil, teacher: DistillationTeacher? = nil,
  _ tape: Tape? = nil
) -> Tensor {
  let (n, d, vocabulary) = (x.rows, x.columns, weight.shape[0])
  precondition(targets.count == n && weights.count == n, "one target and one weight a row")
  let loss = Tape.output([1], of: [x, weight], tape)
  let counted = weights.indices.filter { weights[$0] != 0 }
  let (known, right, shares) = (gathered(x, counted), counted.map { targets[$0] }, normalized(counted.map { weights[$0] }))
  let dx = loss.needsGradient && x.needsGradient ? Tensor(uninitialized: known.shape) : nil
  let dw = loss.needsGradient && weight.needsGradient ? Tensor(uninitialized: weight.shape) : nil
  let precision = (tape?.products ?? .float32).rawValue
  var total: Float = 0
  // Few enough rows that their logits stay in the caches from one product to the next, enough to pay for packing the weight.
  let chunk = 512
  for start in stride(from: 0, to: counted.count, by: chunk) {
    let rows = min(chunk, counted.count - start)
    let part = known.view([rows, d], offset: start * d)
    let logits = Tensor(uninitialized: [rows, vocabulary])
    product(rows, vocabulary, d, part.data, (d, 1), weight.data, (1, d), logits.data, false, precision)
    let slopes = cap.map { logits.cap(at: $0) }
    let (chunkTargets, chunkShares) = (right[start..<start + rows], shares[start..<start + rows])
    if let teacher {
      total += distillInPlace(logits, teacher.logits(counted[start..<start + rows]), chunkTargets, chunkShares, teacher.mix)
    } else {
      total += lossInPlace(logits, chunkTargets, chunkShares)
    }
    if let slopes { for i in 0..<logits.count { logits.data[i] *= slopes.data[i] } }
    if let dx { product(rows, d, vocabulary, logits.data, (vocabulary, 1), weight.data, (d, 1), dx.data + start * d, false, precision) }
    if let dw { product(vocabulary, d, rows, logits.data, (1, vocabulary), part.data, (d, 1), dw.data, start > 0, precision) }
  }
  loss.data.pointee = total
  if loss.needsGradient {
    tape?.record {
      guard let seed = loss.gradient else { return }
      for case let part? in [dx, dw] where seed[0] != 1 { ck_scale(part.data, seed[0], part.count) }
      if let dx {
        x.receive { g, add in
          if !add { g.update(repeating: 0, count: n * d) }
          for (row, place) in counted.enumerated() { ck_accumulate(dx.data + row * d, g + place * d, d) }
        }
      }
      if let dw {
        weight.receive { g, add in
          if add { ck_accumulate(dw.data, g, dw.count) } else { g.update(from: dw.data, count: dw.count) }
        }
      }
    }
  }
  return loss
}

/// The rows of x that are named, in order; x itself when it is all of them.
func gathered(_ x: Tensor, _ rows: some Collection<Int>) -> Tensor {
  if rows.count == x.rows { return x }
  let d = x.columns
  let result = Tensor(uninitialized: [rows.count, d])
  for (row, place) in rows.enumerated() { (result.data + row * d).update(from: x.data + place * d, count: d) }
  return result
}

extension Tensor {
  /// Caps every value in place.
  /// - Returns: the derivative at each.
  fileprivate func cap(at cap: Float) -> Tensor {
    let slopes = Tensor(uninitialized: shape)
    for i in 0..<count {
      let y = tanh(data[i] / cap)
      data[i] = cap * y
      slopes.data[i] = 1 - y * y
    }
    return slopes
  }
}

func normalized(_ weights: [Float]) -> [Float] {
  let total = weights.reduce(0, +)
  precondition(total > 0, "no token counts towards the loss")
  return weights.map { $0 / total }
}

/// Turns logits into their gradient and returns the weighted loss; the sum runs in row order, in double precision.
func lossInPlace(_ logits: Tensor, _ targets: ArraySlice<Int32>, _ shares: ArraySlice<Float>) -> Float {
  precondition(targets.allSatisfy { $0 >= 0 && Int($0) < logits.columns }, "a target outside the vocabulary")
  var losses = [Float](repeating: 0, count: targets.count)
  targets.withUnsafeBufferPointer { targets in
    shares.withUnsafeBufferPointer { shares in
      ck_cross_entropy(logits.data, targets.baseAddress, shares.baseAddress, &losses, targets.count, logits.columns)
    }
  }
  return Float(zip(losses, shares).reduce(0.0) { $0 + Double($1.0) * Double($1.1) })
}

extension Naive {
  /// Twin of `crossEntropy`.
  public static func crossEntropy(_ logits: [Float], targets: [Int32], weights: [Float]) -> Float {
    let vocabulary = logits.count / targets.count
    var (sum, total) = (0.0, 0.0)
    for (row, target) in targets.enumerated() {
      let values = logits[row * vocabulary..<(row + 1) * vocabulary].map(Double.init)
      let top = values.max() ?? 0
      let normalizer = log(values.reduce(0) { $0 + exp($1 - top) }) + top
      sum += (normalizer - values[Int(target)]) * Double(weights[row])
      total += Double(weights[row])
    }
    return Float(sum / total)
  }
}
