// Training of every family: the gradient of every parameter against finite differences, and a step downhill. Not here: the operations' own checks.
import Tensors
import Testing

@testable import Models

@Suite struct FamilyGradientTests {
  private static let count = 14

  private static let weights = [Float](repeating: 1, count: count)

  /// The mean loss of the next tokens by the naive twin, from the logits of a plain pass.
  private func loss(_ model: Transformer, _ tokens: [Int32]) throws -> Double {
    let logits = try model.logits(Array(tokens.prefix(Self.count)))
    return Double(Naive.crossEntropy(logits.values, targets: Array(tokens[1...Self.count]), weights: Self.weights))
  }

  @Test(arguments: FamilyModel.all)
  func everyGradientEqualsTheFiniteDifference(_ family: FamilyModel) throws {
    let (model, tokens) = (try family.model(), family.tokens)
    let parameters = model.parameters.map(\.tensor)
    for tensor in parameters { tensor.keepGradient(in: Tensor(repeating: .nan, tensor.shape)) }
    let tape = Tape()
    let logits = try model.logits(Array(tokens.prefix(Self.count)), Run(tape: tape))
    let loss = crossEntropy(logits, targets: Array(tokens[1...Self.count]), weights: Self.weights, tape)
    tape.backward(from: loss)
    let before = try self.loss(model, tokens)
    #expect(abs(Double(loss[0]) - before) < 1e-5)

    var random = RandomSource(seed: 3)
    for (parameter, tensor) in zip(model.parameters, parameters) {
      let gradient = try #require(tensor.gradient?.values, "\(parameter.name)")
      #expect(gradient.allSatisfy({ $0.isFinite }) && gradient.contains { $0 != 0 }, "\(parameter.name)")
      for index in [
        gradient.indices.max { abs(gradient[$0]) < abs(gradient[$1]) } ?? 0, random.below(gradient.count), random.below(gradient.count),
      ] {
        let (kept, step) = (tensor[index], Float(2e-3))
        tensor[index] = kept + step
        let above = try self.loss(model, tokens)
        tensor[index] = kept - step
        let below = try self.loss(model, tokens)
        tensor[index] = kept
        let difference = (above - below) / (Double(kept + step) - Double(kept - step))
        #expect(
          abs(Double(gradient[index]) - difference) < 2e-3 + 0.02 * abs(difference),
          "\(parameter.name)[\(index)]: \(gradient[index]), not \(difference)")
      }
    }
    // Downhill, by a share of the gradient.
    for tensor in parameters {
      guard let gradient = tensor.gradient else { continue }
      for i in 0..<tensor.count { tensor[i] -= 0.01 * gradient[i] }
    }
    #expect(try self.loss(model, tokens) < before)
  }
}
