// Attention under rules (a scale of its own, windows, caps, both directions): against the naive twin, fused = steps, gradients through the steps.
import Tensors
import Testing

struct AttentionRulesTests {
  static let cases = [
    AttentionCase([(17, 17)], heads: 6, shared: 2, size: 20, rules: AttentionRules(scale: 0.7)),
    AttentionCase([(33, 33)], heads: 4, shared: 1, size: 6, rules: AttentionRules(window: 1)),
    AttentionCase([(50, 50)], heads: 4, shared: 2, size: 12, rules: AttentionRules(window: 7)),
    AttentionCase([(7, 130)], heads: 8, shared: 4, size: 48, rules: AttentionRules(window: 40)),
    AttentionCase([(1, 75)], heads: 14, shared: 2, size: 16, rules: AttentionRules(window: 17)),
    AttentionCase([(5, 20)], heads: 2, shared: 2, size: 8, rules: AttentionRules(window: 100)),
    AttentionCase([(2, 9), (40, 40), (1, 35)], heads: 4, shared: 2, size: 20, rules: AttentionRules(scale: 1.1, softCap: 0.8, window: 5)),
    AttentionCase([(33, 33)], heads: 3, shared: 3, size: 32, rules: AttentionRules(softCap: 2)),
    AttentionCase([(19, 19)], heads: 4, shared: 4, size: 24, rules: AttentionRules(isBidirectional: true)),
    AttentionCase([(5, 5), (1, 1), (30, 30)], heads: 2, shared: 1, size: 6, rules: AttentionRules(softCap: 1.5, isBidirectional: true)),
  ]

  private func steps(_ q: Tensor, _ k: Tensor, _ v: Tensor, _ layout: AttentionLayout, _ tape: Tape? = nil) -> Tensor {
    var scores = attentionScores(q, k, layout, tape)
    if let cap = layout.rules.softCap { scores = softCap(scores, at: cap, tape) }
    return attentionMix(attentionPattern(causalMask(scores, layout, tape), layout, tape), v, layout, rows: q.shape[0], tape)
  }

  @Test(arguments: supportedSets, cases)
  func fusedAndStepsEqualTheTwin(_ set: Kernels.InstructionSet, _ test: AttentionCase) {
    on(set) {
      let layout = test.layout
      let (q, k, v) = test.inputs(1, in: -2...2)
      let z = steps(q, k, v, layout)
      var mixed = [Float](repeating: .nan, count: z.count)
      for (span, heads) in zip(layout.spans, Naive.attention(q.values, k.values, v.values, layout)) {
        for (head, result) in heads.enumerated() {
          for (row, values) in result.mixed.enumerated() {
            let start = ((span.queryStart + row) * layout.heads + head) * layout.headSize
            for (d, value) in values.enumerated() { mixed[start + d] = Float(value) }
          }
        }
      }
      expectClose(z.values, mixed, tolerance: 5e-6, "steps")
      expectSame(attention(q, k, v, layout).values, z.values, "fused = steps")
      if layout.rules.window == nil, layout.rules.softCap == nil {
        let scores = attentionScores(q, k, layout)
        expectSame(
          causalPattern(scores, layout).values, attentionPattern(causalMask(scores, layout), layout).values, "pattern without mask")
      }
    }
  }

  @Test(arguments: supportedSets, cases.filter { $0.queries < 40 && $0.queries == $0.keys })
  func stepsHaveGradients(_ set: Kernels.InstructionSet, _ test: AttentionCase) {
    on(set) {
      let (q, k, v) = test.inputs(2)
      checkGradients([q, k, v], probes: 20, tolerance: 4e-3, "attention \(test.name)") { steps(q, k, v, test.layout, $0) }
    }
  }

  /// A scale is known to the fused backward pass; it refuses the rest rather than give wrong gradients.
  @Test func theFusedGradientKnowsItsLimits() async {
    let scaled = AttentionCase([(5, 5)], heads: 4, shared: 2, size: 6, rules: AttentionRules(scale: 0.9))
    #expect(scaled.layout.hasFusedGradient)
    let (q, k, v) = scaled.inputs(3)
    checkGradients([q, k, v], "attention \(scaled.name)") { attention(q, k, v, scaled.layout, $0) }
    await #expect(processExitsWith: .failure) { Self.train(AttentionRules(window: 3)) }
    await #expect(processExitsWith: .failure) { Self.train(AttentionRules(softCap: 3)) }
    await #expect(processExitsWith: .failure) { Self.train(AttentionRules(isBidirectional: true)) }
    await #expect(processExitsWith: .success) { Self.train(AttentionRules(scale: 3)) }
  }

  private static func train(_ rules: AttentionRules) {
    let test = AttentionCase([(5, 5)], heads: 2, shared: 1, size: 4, rules: rules)
    let (q, k, v) = test.inputs(1)
    for input in [q, k, v] { input.keepGradient(in: Tensor(repeating: 0, input.shape)) }
    _ = attention(q, k, v, test.layout, Tape())
  }

  @Test func rulesThatMakeNoSenseStop() async {
    await #expect(processExitsWith: .failure) {
      _ = AttentionCase([(5, 5)], heads: 2, shared: 1, size: 4, rules: AttentionRules(window: 0))
    }
    await #expect(processExitsWith: .failure) {
      _ = AttentionCase([(5, 5)], heads: 2, shared: 1, size: 4).layout.with(AttentionRules(window: 3, isBidirectional: true))
    }
  }

  /// What lies before the window must not matter.
  @Test(arguments: supportedSets)
  func theDistantPastIsInvisible(_ set: Kernels.InstructionSet) {
    on(set) {
      let test = AttentionCase([(40, 40)], heads: 4, shared: 2, size: 6, rules: AttentionRules(window: 5))
      let (q, k, v) = test.inputs(4)
      let before = attention(q, k, v, test.layout).values
      for index in 0..<(10 * 12) { (k[index], v[index]) = (k[index] * -50, v[index] + 1000) }
      let after = attention(q, k, v, test.layout).values
      // Key 9 is last seen by query 13.
      #expect(before[(14 * 24)...] == after[(14 * 24)...] && before[..<(14 * 24)] != after[..<(14 * 24)])
    }
  }

  /// Token by token through a cache, with a program that runs again, gives the bits of one pass.
  @Test(
    arguments: supportedSets, [AttentionRules(window: 9), AttentionRules(softCap: 1, window: 33), AttentionRules(scale: 2, softCap: 3)])
  func decodingGivesTheSameBits(_ set: Kernels.InstructionSet, _ rules: AttentionRules) {
    on(set) {
      let test = AttentionCase([(75, 75)], heads: 6, shared: 2, size: 20, rules: rules)
      let (q, k, v) = test.inputs(5)
      let whole = attention(q, k, v, test.layout).values
      let cache = AttentionCache(capacity: 75, keyValueHeads: 2, headSize: 20)
      let (query, key, value) = (Tensor(uninitialized: [1, 6, 20]), Tensor(uninitialized: [1, 2, 20]), Tensor(uninitialized: [1, 2, 20]))
      let plain = AttentionLayout(
        spans: [AttentionSpan(queryStart: 0, queryCount: 1, keyStart: 0, keyCount: 1)], heads: 6, keyValueHeads: 2, headSize: 20)
      let layout = plain.with(rules)
      let program = Program()
      var z: Tensor?
      for position in 0..<75 {
        for i in 0..<120 { query[i] = q[position * 120 + i] }
        for i in 0..<40 { (key[i], value[i]) = (k[position * 40 + i], v[position * 40 + i]) }
        plain.setSingleSpan(queryCount: 1, keyCount: position + 1)
        if z == nil {
          let tape = Tape(program: program)
          cache.store(key, value, layout, tape)
          z = attention(query, key, value, layout, cache: cache.memory, tape)
        } else {
          program.run()
        }
        expectSame(z?.values ?? [], Array(whole[position * 120..<(position + 1) * 120]), "position \(position)")
      }
    }
  }
}
