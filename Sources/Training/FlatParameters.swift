// A model whose weights, gradients and optimizer state each lie in one flat array, so that a step is one pass over memory. Not here: the loop.
import CKernels
import Models
import Tensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A Transformer in training, with the optimizer's state: AdamW's two moments (Loshchilov & Hutter 2019), of which Muon's matrices use the first.
public final class FlatParameters {
  public let transformer: Transformer
  let weights: Tensor
  let gradients: Tensor
  let means: Tensor
  let variances: Tensor
  private struct Group {
    let name: String
    let range: Range<Int>
    let shape: [Int]
    let decays: Bool
  }
  private let groups: [Group]

  /// Takes over the values of `source`.
  public init(_ source: Transformer) {
    let parameters = source.parameters
    let count = parameters.reduce(0) { $0 + $1.tensor.count }
    weights = Tensor(uninitialized: [count])
    gradients = Tensor(repeating: 0, [count])
    means = Tensor(repeating: 0, [count])
    variances = Tensor(repeating: 0, [count])
    var offset = 0
    var groups: [Group] = []
    let (flat, memory) = (weights, gradients)
    transformer = Transformer(source.configuration) { (name: ParameterName, shape: [Int]) throws(Never) -> Tensor in
      let parameter = parameters[groups.count]
      precondition(parameter.place == name, "parameters are built in their own order")
      let tensor = flat.view(shape, offset: offset)
      tensor.data.update(from: parameter.tensor.data, count: tensor.count)
      tensor.keepGradient(in: memory.view(shape, offset: offset))
      groups.append(
        Group(
          name: name.text, range: offset..<offset + tensor.count, shape: shape, decays: parameter.isMatrix && name.place != .embedding))
      offset += tensor.count
      return tensor
    }
    self.groups = groups
  }

  /// Forgets the gradients; the next pass overwrites them.
  func clearGradients() { transformer.parameters.forEach { $0.tensor.clearGradient() } }

  /// Zeros where no pass wrote since: in a step in which no token counts.
  func fillMissingGradients() {
    for (group, parameter) in zip(groups, transformer.parameters) where parameter.tensor.gradient == nil {
      (gradients.data + group.range.lowerBound).update(repeating: 0, count: group.range.count)
    }
  }

  /// Norm of the whole gradient.
  func gradientNorm() -> Double { ck_sum_of_squares(gradients.data, gradients.count).squareRoot() }

  /// The first parameter whose values are not finite; if all are, the first whose gradient is not.
  func firstNotFinite() -> String? {
    for memory in [weights, gradients] {
      if let group = groups.first(where: { ck_all_finite(memory.data + $0.range.lowerBound, $0.range.count) == 0 }) { return group.name }
    }
    return nil
  }

  /// One update; `step` counts from 0, gradients are multiplied by `scale` first.
  func update(_ optimizer: Recipe.Optimizer, _ precision: Recipe.Precision = .float32, rate: Double, step: Int, scale: Double) {
    let correction1 = 1 - pow(optimizer.beta1, Double(step + 1))
    let correction2 = 1 - pow(optimizer.beta2, Double(step + 1))
    let matrices = groups.filter(\.decays)
    let muon = optimizer.muon.map { muon in
      Muon(
        momentum: muon.momentum, largest: matrices.map(\.range.count).max() ?? 0,
        shortest: matrices.map { $0.shape.min() ?? 0 }.max() ?? 0, precision: precision)
    }
    for group in groups {
      let at = group.range.lowerBound
      if let muon, group.decays, let settings = optimizer.muon {
        muon.update(
          weights.data + at, gradient: gradients.data + at, buffer: means.data + at, rows: group.shape[0], columns: group.shape[1],
          rate: Float(rate * settings.rateFactor), decay: Float(optimizer.weightDecay), scale: Float(scale))
        continue
      }
      ck_adamw(
        weights.data + at, gradients.data + at, means.data + at, variances.data + at, group.range.count, Float(rate),
        Float(optimizer.beta1), Float(optimizer.beta2), Float(optimizer.epsilon), group.decays ? Float(optimizer.weightDecay) : 0,
        Float(correction1), Float(correction2), Float(scale))
    }
  }
}
