// Distillation (Hinton et al. 2015, arXiv:1503.02531): cross-entropy of the next token, mixed with the divergence from a teacher's distribution, both
// softened by a temperature. (1 − share)·CE + share·T²·KL(softmax(teacher/T) ‖ softmax(student/T)); T² keeps the size of the gradient.
import CKernels

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// How much the teacher counts, and how soft its answers are.
public struct DistillationMix: Codable, Sendable, Hashable {
  /// T, above 0
  public var temperature: Float
  /// Of the divergence in the loss, 0…1.
  public var share: Float

  public init(temperature: Float, share: Float) { (self.temperature, self.share) = (temperature, share) }
}

/// The loss of a student whose teacher's logits are at hand.
/// - Parameters: logits and teacher [n, vocabulary]; targets and weights [n], at least one weight above 0.
/// - Returns: a scalar, nats per token.
public func distillation(
  _ logits: Tensor, teacher: Tensor, targets: [Int32], weights: [Float], _ mix: DistillationMix, _ tape: Tape? = nil
) -> Tensor {
  precondition(logits.shape == teacher.shape, "the teacher scores the same tokens")
  precondition(targets.count == logits.rows && weights.count == logits.rows, "one target and one weight a row")
  return lossOfLogits(logits, tape) { distillInPlace($0, teacher, targets[...], normalized(weights)[...], mix) }
}

/// A teacher whose logits are made when they are needed, chunk by chunk.
public struct DistillationTeacher: Sendable {
  /// [n, width], final hidden states of the same tokens.
  let hidden: Tensor
  /// [vocabulary, width]
  let unembedding: Tensor
  let cap: Float?
  let mix: DistillationMix

  /// - Parameter cap: of its logits (`softCap`), where the model has one.
  public init(hidden: Tensor, unembedding: Tensor, cap: Float?, _ mix: DistillationMix) {
    (self.hidden, self.unembedding, self.cap, self.mix) = (hidden, unembedding, cap, mix)
  }

  func logits(_ rows: some Collection<Int>) -> Tensor {
    let logits = linear(gathered(hidden, rows), unembedding)
    return cap.map { softCap(logits, at: $0) } ?? logits
  }
}

/// Turns logits into the gradient of the mixed loss, which it returns.
func distillInPlace(
  _ logits: Tensor, _ teacher: Tensor, _ targets: ArraySlice<Int32>, _ shares: ArraySlice<Float>, _ mix: DistillationMix
) -> Float {
  let (rows, columns, t) = (logits.rows, logits.columns, mix.temperature)
  let (student, expected) = (scale(logits, by: 1 / t), scale(teacher, by: 1 / t))
  let (q, p) = (softmax(student), softmax(expected))
  let hard = lossInPlace(logits, targets, shares)
  var soft = 0.0
  for (row, share) in shares.enumerated() {
    let start = row * columns
    // log p = z − log Σ exp z, and that constant is known from any entry that is not small.
    let (pConstant, qConstant) = (constant(expected, p, start, columns), constant(student, q, start, columns))
    let factor = mix.share * t * share
    var divergence = 0.0
    for i in start..<start + columns {
      divergence += Double(p.data[i]) * Double((expected.data[i] - pConstant) - (student.data[i] - qConstant))
      logits.data[i] = (1 - mix.share) * logits.data[i] + factor * (q.data[i] - p.data[i])
    }
    soft += Double(share) * divergence
  }
  precondition(rows == shares.count, "one share a row")
  return (1 - mix.share) * hard + mix.share * t * t * Float(soft)
}

/// log Σ exp z of a row, from the softmax of it.
private func constant(_ z: Tensor, _ softmax: Tensor, _ start: Int, _ columns: Int) -> Float {
  var best = start
  for i in start..<start + columns where z.data[i] > z.data[best] { best = i }
  return z.data[best] - log(softmax.data[best])
}

extension Naive {
  /// Twin of `distillation`.
  public static func distillation(_ logits: [Float], teacher: [Float], targets: [Int32], weights: [Float], _ mix: DistillationMix) -> Float
  {
    let (vocabulary, t) = (logits.count / targets.count, Double(mix.temperature))
    func logProbabilities(_ row: ArraySlice<Float>) -> [Double] {
      let z = row.map { Double($0) / t }
      let top = z.max() ?? 0
      let normalizer = log(z.reduce(0) { $0 + exp($1 - top) }) + top
      return z.map { $0 - normalizer }
    }
    var (sum, total) = (0.0, 0.0)
    for (row, weight) in weights.enumerated() {
      let range = row * vocabulary..<(row + 1) * vocabulary
      let (p, q) = (logProbabilities(teacher[range]), logProbabilities(logits[range]))
      sum += Double(weight) * zip(p, q).reduce(0) { $0 + exp($1.0) * ($1.0 - $1.1) }
      total += Double(weight)
    }
    let hard = Double(crossEntropy(logits, targets: targets, weights: weights))
    return Float((1 - Double(mix.share)) * hard + Double(mix.share) * t * t * sum / total)
  }
}
