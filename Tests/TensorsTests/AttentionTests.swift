// Attention: every step and the fused pass against the naive twin, and the fused pass against the steps, bit for bit.
import Tensors
import Testing

/// A layout with the number of its rows, and a name for messages.
struct AttentionCase: Sendable, CustomTestStringConvertible {
  let name: String
  let layout: AttentionLayout
  let queries: Int
  let keys: Int
  var testDescription: String { name }

  /// Spans given as (queries, keys), laid back to back.
  init(_ spans: [(Int, Int)], heads: Int, shared: Int, size: Int, rules: AttentionRules = AttentionRules()) {
    var (queries, keys) = (0, 0)
    let parts = spans.map { span in
      defer { (queries, keys) = (queries + span.0, keys + span.1) }
      return AttentionSpan(queryStart: queries, queryCount: span.0, keyStart: keys, keyCount: span.1)
    }
    layout = AttentionLayout(spans: parts, heads: heads, keyValueHeads: shared, headSize: size, rules: rules)
    (self.queries, self.keys) = (queries, keys)
    let words = [
      rules.scale.map { "scale \($0)" }, rules.softCap.map { "cap \($0)" }, rules.window.map { "window \($0)" },
      rules.isBidirectional ? "both ways" : nil,
    ]
    name = (["\(spans) \(heads)/\(shared)×\(size)"] + words.compactMap(\.self)).joined(separator: ", ")
  }

  func inputs(_ seed: Int, in range: ClosedRange<Float> = -1...1) -> (q: Tensor, k: Tensor, v: Tensor) {
    var noise = Noise(seed)
    return (
      noise.tensor(queries, layout.heads, layout.headSize, in: range), noise.tensor(keys, layout.keyValueHeads, layout.headSize, in: range),
      noise.tensor(keys, layout.keyValueHeads, layout.headSize)
    )
  }

  static let all = [
    AttentionCase([(1, 1)], heads: 1, shared: 1, size: 2),
    AttentionCase([(1, 34)], heads: 4, shared: 2, size: 6),
    AttentionCase([(3, 3)], heads: 2, shared: 2, size: 16),
    AttentionCase([(17, 17)], heads: 6, shared: 2, size: 20),
    AttentionCase([(5, 33)], heads: 4, shared: 1, size: 20),
    AttentionCase([(33, 33)], heads: 3, shared: 3, size: 32),
    AttentionCase([(3, 3), (1, 1), (6, 6)], heads: 4, shared: 2, size: 6),
    AttentionCase([(2, 9), (4, 4), (1, 5)], heads: 4, shared: 2, size: 20),
    AttentionCase([(100, 100)], heads: 2, shared: 1, size: 12),
    AttentionCase([(7, 130)], heads: 8, shared: 4, size: 48),
    AttentionCase([(49, 97), (16, 16), (50, 50)], heads: 2, shared: 2, size: 64),
    AttentionCase([(3, 40)], heads: 7, shared: 1, size: 80),
  ]
}

struct AttentionTests {
  @Test(arguments: supportedSets, AttentionCase.all)
  func stepsEqualTheirTwin(_ set: Kernels.InstructionSet, _ test: AttentionCase) {
    on(set) {
      let layout = test.layout
      let (q, k, v) = test.inputs(1)
      let scores = attentionScores(q, k, layout)
      let masked = causalMask(scores, layout)
      let pattern = attentionPattern(masked, layout)
      let z = attentionMix(pattern, v, layout, rows: test.queries)
      #expect(scores.shape == layout.scoreShape && z.shape == q.shape)
      let twin = Naive.attention(q.values, k.values, v.values, layout)
      func flat(_ part: (Naive.AttentionHead) -> [[Double]]) -> [Float] { twin.joined().flatMap { part($0).joined().map { Float($0) } } }
      expectClose(scores.values, flat(\.scores), tolerance: 2e-6, "scores")
      expectClose(masked.values, flat(\.masked), tolerance: 2e-6, "masked scores")
      expectClose(pattern.values, flat(\.pattern), tolerance: 2e-6, "pattern")
      // The twin counts heads outside rows, the tensor rows outside heads.
      var mixed = [Float](repeating: .nan, count: z.count)
      for (span, heads) in zip(layout.spans, twin) {
        for (head, result) in heads.enumerated() {
          for (row, values) in result.mixed.enumerated() {
            let start = ((span.queryStart + row) * layout.heads + head) * layout.headSize
            for (d, value) in values.enumerated() { mixed[start + d] = Float(value) }
          }
        }
      }
      expectClose(z.values, mixed, tolerance: 2e-6, "mix")
      expectSame(attention(q, k, v, layout).values, z.values, "fused = steps")
      for input in [q, k, v] { input.keepGradient(in: Tensor(repeating: .nan, input.shape)) }
      expectSame(attention(q, k, v, layout, Tape()).values, z.values, "fused with statistics = steps")
    }
  }

  @Test(arguments: supportedSets, AttentionCase.all)
  func fusedGradientsEqualTheSteps(_ set: Kernels.InstructionSet, _ test: AttentionCase) {
    on(set) {
      let layout = test.layout
      let (q, k, v) = test.inputs(2)
      var noise = Noise(9)
      let weights = noise.floats(q.count)
      func gradients(_ fused: Bool) -> [[Float]] {
        for input in [q, k, v] { input.keepGradient(in: Tensor(repeating: .nan, input.shape)) }
        let tape = Tape()
        let z: Tensor
        if fused {
          z = attention(q, k, v, layout, tape)
        } else {
          let pattern = attentionPattern(causalMask(attentionScores(q, k, layout, tape), layout, tape), layout, tape)
          z = attentionMix(pattern, v, layout, rows: test.queries, tape)
        }
        tape.backward(from: project(z, weights, tape))
        return [q, k, v].map { $0.gradient?.values ?? [] }
      }
      for (name, pair) in zip(["q", "k", "v"], zip(gradients(true), gradients(false))) {
        expectSame(pair.0, pair.1, "gradient of \(name), fused = steps")
      }
    }
  }

  /// What comes later must not matter: changing the keys and values after a query changes no bit of its output.
  @Test(arguments: supportedSets)
  func theFutureIsInvisible(_ set: Kernels.InstructionSet) {
    on(set) {
      let test = AttentionCase([(9, 12)], heads: 4, shared: 2, size: 6)
      let (q, k, v) = test.inputs(3)
      let before = attention(q, k, v, test.layout).values
      let width = 2 * 6
      for index in (8 * width)..<k.count { (k[index], v[index]) = (k[index] * -50, v[index] + 1000) }
      let after = attention(q, k, v, test.layout).values
      // Query i sees keys 0...3+i; key 8 is first seen by query 5.
      #expect(before[..<(5 * 24)] == after[..<(5 * 24)] && before[(5 * 24)...] != after[(5 * 24)...])
    }
  }

  /// Each document of a packed batch gives the bits that it gives alone.
  @Test(arguments: supportedSets)
  func spansAreSeparate(_ set: Kernels.InstructionSet) {
    on(set) {
      let lengths = [5, 1, 12]
      let packed = AttentionCase(lengths.map { ($0, $0) }, heads: 4, shared: 2, size: 20)
      let (q, k, v) = packed.inputs(4)
      let whole = attention(q, k, v, packed.layout).values
      var start = 0
      for length in lengths {
        let alone = AttentionCase([(length, length)], heads: 4, shared: 2, size: 20)
        let part = attention(
          q.view([length, 4, 20], offset: start * 80), k.view([length, 2, 20], offset: start * 40),
          v.view([length, 2, 20], offset: start * 40), alone.layout)
        expectSame(part.values, Array(whole[(start * 80)..<((start + length) * 80)]), "document of \(length)")
        start += length
      }
    }
  }

  /// Scores of thousands: the pattern is one-hot, nothing overflows, gradients stay finite.
  @Test(arguments: supportedSets)
  func hugeScores(_ set: Kernels.InstructionSet) {
    on(set) {
      let test = AttentionCase([(9, 9)], heads: 2, shared: 1, size: 6)
      let (q, k, v) = test.inputs(5, in: -100...100)
      for input in [q, k, v] { input.keepGradient(in: Tensor(repeating: .nan, input.shape)) }
      let tape = Tape()
      let z = attention(q, k, v, test.layout, tape)
      tape.backward(from: project(z, [Float](repeating: 1, count: z.count), tape))
      #expect(z.values.allSatisfy { abs($0) <= 1.0001 })
      for input in [q, k, v] { #expect(input.gradient?.values.areFinite == true) }
    }
  }
}
