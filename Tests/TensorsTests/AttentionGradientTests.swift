// Finite differences for attention: the fused pass and each step, grouped heads, several spans, more keys than queries.
import Tensors
import Testing

struct AttentionGradientTests {
  static let cases = [
    AttentionCase([(1, 1)], heads: 1, shared: 1, size: 2),
    AttentionCase([(5, 5)], heads: 4, shared: 2, size: 6),
    AttentionCase([(3, 9)], heads: 2, shared: 1, size: 20),
    AttentionCase([(2, 5), (4, 4), (1, 3)], heads: 4, shared: 2, size: 6),
  ]

  @Test(arguments: supportedSets, cases)
  func fused(_ set: Kernels.InstructionSet, _ test: AttentionCase) {
    on(set) {
      let (q, k, v) = test.inputs(1)
      checkGradients([q, k, v], "attention \(test.name)") { attention(q, k, v, test.layout, $0) }
    }
  }

  @Test(arguments: supportedSets, cases)
  func scores(_ set: Kernels.InstructionSet, _ test: AttentionCase) {
    on(set) {
      let (q, k, _) = test.inputs(2)
      checkGradients([q, k], "scores \(test.name)") { attentionScores(q, k, test.layout, $0) }
    }
  }

  /// Mask and softmax together: masked entries are constants, their gradient is 0.
  @Test(arguments: supportedSets, cases)
  func maskAndPattern(_ set: Kernels.InstructionSet, _ test: AttentionCase) {
    on(set) {
      var noise = Noise(3)
      let scores = Tensor(noise.floats(test.layout.scoreCount, in: -2...2), test.layout.scoreShape)
      checkGradients([scores], "pattern \(test.name)") { attentionPattern(causalMask(scores, test.layout, $0), test.layout, $0) }
    }
  }

  @Test(arguments: supportedSets, cases)
  func mix(_ set: Kernels.InstructionSet, _ test: AttentionCase) {
    on(set) {
      let (_, _, v) = test.inputs(4)
      var noise = Noise(5)
      let pattern = Tensor(noise.floats(test.layout.scoreCount), test.layout.scoreShape)
      checkGradients([pattern, v], "mix \(test.name)") { attentionMix(pattern, v, test.layout, rows: test.queries, $0) }
    }
  }

  /// One tensor as queries and keys at once, step by step (the fused pass refuses that).
  @Test(arguments: supportedSets)
  func queriesAsKeys(_ set: Kernels.InstructionSet) {
    on(set) {
      let test = AttentionCase([(4, 4)], heads: 2, shared: 2, size: 6)
      let (x, _, _) = test.inputs(6)
      checkGradients([x], tolerance: 4e-3, "attention of one tensor") { tape in
        let pattern = attentionPattern(causalMask(attentionScores(x, x, test.layout, tape), test.layout, tape), test.layout, tape)
        return attentionMix(pattern, x, test.layout, rows: 4, tape)
      }
    }
  }
}
