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
  /// Views of the weights, one a group.
  private let tensors: [Tensor]

  /// Everything that training changes.
  public var count: Int { weights.count }

  /// Takes over the values of `source`; all of them are trained.
  public convenience init(_ source: Transformer) {
    let all = source.parameters.map { ($0.name, $0.tensor, $0.isMatrix && $0.place.place != .embedding) }
    self.init(all) { tensors in
      var next = tensors.makeIterator()
      return Transformer(source.configuration) { (_, shape: [Int]) throws(Never) -> Tensor in
        guard let tensor = next.next() else { preconditionFailure("the layout names every parameter once") }
        return tensor
      }
    }
  }

  /// Only the adapter is trained; the weights of `base`, which must be dense, stay.
  public convenience init(_ base: Transformer, training adapter: Adapter) {
    let all = adapter.modules.flatMap { module in
      [("\(module.name).lora_A", module.down, true)] + module.ups.map { ("\(module.name).lora_B", $0.tensor, true) }
    }
    self.init(all) { tensors in
      var next = tensors[...]
      let modules = adapter.modules.map { module in
        let own = next.prefix(1 + module.ups.count)
        next = next.dropFirst(own.count)
        return Adapter.Module(
          name: module.name, down: own[own.startIndex], ups: zip(module.ups, own.dropFirst()).map { ($0.place, $1) }, scale: module.scale)
      }
      return base.with(Adapter(modules: modules, rank: adapter.rank, alpha: adapter.alpha))
    }
  }

  private init(_ values: [(name: String, tensor: Tensor, decays: Bool)], model: (_ tensors: [Tensor]) -> Transformer) {
    let count = values.reduce(0) { $0 + $1.tensor.count }
    weights = Tensor(uninitialized: [count])
    gradients = Tensor(repeating: 0, [count])
    means = Tensor(repeating: 0, [count])
    variances = Tensor(repeating: 0, [count])
    var (groups, tensors, offset): ([Group], [Tensor], Int) = ([], [], 0)
    for (name, value, decays) in values {
      let tensor = weights.view(value.shape, offset: offset)
      tensor.data.update(from: value.data, count: value.count)
      tensor.keepGradient(in: gradients.view(value.shape, offset: offset))
      groups.append(Group(name: name, range: offset..<offset + value.count, shape: value.shape, decays: decays))
      tensors.append(tensor)
      offset += value.count
    }
    (self.groups, self.tensors) = (groups, tensors)
    transformer = model(tensors)
  }

  /// The same memory as a model that only answers, where all weights are trained: generation repeats passes that compute no gradients.
  func answering() -> Transformer {
    var index = 0
    return Transformer(transformer.configuration) { (_: ParameterName, shape: [Int]) throws(Never) -> Tensor in
      defer { index += 1 }
      return weights.view(shape, offset: groups[index].range.lowerBound)
    }
  }

  /// Forgets the gradients; the next pass overwrites them.
  func clearGradients() { tensors.forEach { $0.clearGradient() } }

  /// Zeros where no pass wrote since: in a step in which no token counts.
  func fillMissingGradients() {
    for (group, tensor) in zip(groups, tensors) where tensor.gradient == nil {
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
