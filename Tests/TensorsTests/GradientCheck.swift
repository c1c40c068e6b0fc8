// Finite differences against the tape, for any operation. Not here: the operations' own checks (GradientTests, AttentionGradientTests).
import Tensors
import Testing

/// Checks the gradients of `operation` with respect to every input.
///
/// The scalar is a random weighting of the output, formed on the tape as a product with one row of weights and for the finite
/// difference as a sum in double precision. The check runs twice: with one use of the inputs, and with two uses that must add up.
/// Gradient memory starts as NaN, so that a row left unwritten or a first contribution added to old values shows at once.
/// - Parameter probes: elements of each input that are checked; all when there are fewer.
func checkGradients(
  _ inputs: [Tensor], probes: Int = 60, step: Float = 0.01, tolerance: Double = 2e-3, _ what: String,
  sourceLocation: SourceLocation = #_sourceLocation, operation: (Tape?) -> Tensor
) {
  var noise = Noise(what.unicodeScalars.reduce(inputs.count) { $0 &* 31 &+ Int($1.value) })
  let count = operation(nil).count
  for uses in [1, 2] {
    let weights = (0..<uses).map { _ in noise.floats(count) }
    for input in inputs { input.keepGradient(in: Tensor(repeating: .nan, input.shape)) }
    let tape = Tape()
    var loss = project(operation(tape), weights[0], tape)
    if uses == 2 { loss = add(loss, project(operation(tape), weights[1], tape), tape) }
    tape.backward(from: loss)

    func value() -> Double {
      let output = operation(nil).values
      return weights.reduce(0) { $0 + zip(output, $1).reduce(0) { $0 + Double($1.0) * Double($1.1) } }
    }
    for (number, input) in inputs.enumerated() {
      let indices =
        input.count <= probes ? Array(0..<input.count) : (0..<probes).map { _ in Int.random(in: 0..<input.count, using: &noise) }
      let gradient = input.gradient?.values ?? []
      let isComplete = gradient.count == input.count && gradient.areFinite
      #expect(isComplete, "\(what): input \(number)", sourceLocation: sourceLocation)
      guard isComplete else { continue }
      var worst = (index: 0, ours: 0.0, difference: 0.0, error: 0.0)
      for index in indices {
        let kept = input[index]
        input[index] = kept + step
        let above = value()
        input[index] = kept - step
        let below = value()
        input[index] = kept
        let difference = (above - below) / (Double(kept + step) - Double(kept - step))
        let ours = Double(gradient[index])
        let error = abs(ours - difference) / max(1, abs(difference))
        if !(error <= worst.error) { worst = (index, ours, difference, error) }
      }
      #expect(
        worst.error <= tolerance,
        "\(what), \(uses) use(s): input \(number)[\(worst.index)] has gradient \(worst.ours), finite difference \(worst.difference)",
        sourceLocation: sourceLocation)
    }
  }
}

/// The scalar Σ weights·y.
func project(_ y: Tensor, _ weights: [Float], _ tape: Tape) -> Tensor {
  linear(y.reshaped([1, y.count]), Tensor(weights, [1, y.count]), tape)
}
