// Finite differences for every operation outside attention, each on every instruction set, small and awkward shapes.
import Tensors
import Testing

struct GradientTests {
  @Test(arguments: supportedSets)
  func linearGradient(_ set: Kernels.InstructionSet) {
    on(set) {
      for (n, input, output) in [(1, 1, 1), (3, 17, 5), (5, 7, 33), (33, 20, 17), (2, 300, 3)] {
        var noise = Noise(n)
        let (x, w) = (noise.tensor(n, input), noise.tensor(output, input))
        checkGradients([x, w], "linear \(n)·\(input)→\(output)") { linear(x, w, $0) }
      }
    }
  }

  @Test(arguments: supportedSets)
  func embeddingGradient(_ set: Kernels.InstructionSet) {
    on(set) {
      var noise = Noise(1)
      let table = noise.tensor(7, 17)
      checkGradients([table], "embedding") { embedding(Weight(table), TokenIds([3, 0, 3, 6, 3]), $0) }
    }
  }

  @Test(arguments: supportedSets)
  func addGradient(_ set: Kernels.InstructionSet) {
    on(set) {
      var noise = Noise(2)
      let (a, b) = (noise.tensor(3, 17), noise.tensor(3, 17))
      checkGradients([a, b], "add") { add(a, b, $0) }
      checkGradients([a], "add to itself") { add(a, a, $0) }
    }
  }

  @Test(arguments: supportedSets)
  func normGradient(_ set: Kernels.InstructionSet) {
    on(set) {
      for (n, d) in [(1, 1), (3, 5), (5, 33), (33, 17), (2, 100)] {
        var noise = Noise(d)
        let (x, w) = (noise.tensor(n, d, in: 0.4...1.6), noise.tensor(d))
        checkGradients([x, w], "rmsNorm \(n)×\(d)") { rmsNorm(x, w, epsilon: 1e-5, $0) }
      }
    }
  }

  @Test(arguments: supportedSets)
  func layerNormGradient(_ set: Kernels.InstructionSet) {
    on(set) {
      for (n, d) in [(3, 5), (5, 33), (33, 17), (2, 100)] {
        var noise = Noise(d)
        let (x, w, b) = (noise.tensor(n, d, in: -3...3), noise.tensor(d), noise.tensor(d))
        checkGradients([x, w, b], tolerance: 4e-3, "layerNorm \(n)×\(d)") { layerNorm(x, w, b, epsilon: 1e-5, $0) }
        checkGradients([x, b], tolerance: 4e-3, "layerNorm without its weight's \(n)×\(d)") {
          layerNorm(x, Tensor(w.values, [d]), b, epsilon: 1e-5, $0)
        }
      }
    }
  }

  @Test(arguments: supportedSets)
  func biasGradient(_ set: Kernels.InstructionSet) {
    on(set) {
      for (n, d) in [(1, 3), (5, 17), (40, 33)] {
        var noise = Noise(n)
        let (x, a, b, bias) = (noise.tensor(n, d), noise.tensor(7, d), noise.tensor(33, d), noise.tensor(33))
        checkGradients([x, a, b, bias], "linear with biases \(n)·\(d)") { tape in
          let y = linear(x, [Weight(a), Weight(b)], biases: [nil, bias], tape)
          return add(
            linear(y[0], Tensor([Float](repeating: 1, count: 7), [1, 7]), tape),
            linear(y[1], Tensor([Float](repeating: 1, count: 33), [1, 33]), tape), tape)
        }
      }
    }
  }

  @Test(arguments: supportedSets)
  func geluGradient(_ set: Kernels.InstructionSet) {
    on(set) {
      for (n, f) in [(1, 1), (3, 17), (2, 33)] {
        var noise = Noise(f)
        let (x, up) = (noise.tensor(n, f, in: -4...4), noise.tensor(n, f))
        for form in [GELU.tanh, .exact] {
          checkGradients([x], "gelu \(form) \(n)×\(f)") { gelu(x, form, $0) }
          checkGradients([x, up], "geglu \(form) \(n)×\(f)") { gelu(x, times: up, form, $0) }
          checkGradients([x], tolerance: 5e-3, "geglu of one tensor \(form) \(n)×\(f)") { gelu(x, times: x, form, $0) }
        }
      }
    }
  }

  @Test(arguments: supportedSets)
  func scaleAndCapGradients(_ set: Kernels.InstructionSet) {
    on(set) {
      var noise = Noise(8)
      let x = noise.tensor(3, 17, in: -4...4)
      checkGradients([x], "scale") { scale(x, by: -1.5, $0) }
      checkGradients([x], "softCap") { softCap(x, at: 2.5, $0) }
    }
  }

  @Test(arguments: supportedSets)
  func rotateGradient(_ set: Kernels.InstructionSet) {
    on(set) {
      for (heads, size) in [(1, 2), (3, 6), (2, 20)] {
        var noise = Noise(size)
        let x = noise.tensor(4, heads, size)
        let angles = RotaryAngles(positions: [5, 0, 1, 200], frequencies: RotaryAngles.frequencies(dimensions: size, base: 10_000))
        checkGradients([x], "rotate \(heads)×\(size)") { rotate(x, angles, heads: heads, $0) }
        let part = RotaryAngles(
          positions: [5, 0, 1, 200], frequencies: RotaryAngles.frequencies(dimensions: max(2, size / 4 * 2), base: 100), magnitude: 1.4)
        checkGradients([x], "rotate a part of \(heads)×\(size)") { rotate(x, part, heads: heads, $0) }
      }
    }
  }

  @Test(arguments: supportedSets)
  func swiGLUGradient(_ set: Kernels.InstructionSet) {
    on(set) {
      for (n, f) in [(1, 1), (3, 17), (2, 33)] {
        var noise = Noise(f)
        let (gate, up) = (noise.tensor(n, f, in: -4...4), noise.tensor(n, f))
        checkGradients([gate, up], "swiGLU \(n)×\(f)") { swiGLU(gate: gate, up: up, $0) }
        checkGradients([gate], tolerance: 5e-3, "swiGLU of one tensor \(n)×\(f)") { swiGLU(gate: gate, up: gate, $0) }
      }
    }
  }

  @Test(arguments: supportedSets)
  func softmaxGradient(_ set: Kernels.InstructionSet) {
    on(set) {
      for (n, d) in [(1, 1), (4, 19), (3, 33)] {
        var noise = Noise(d)
        let x = noise.tensor(n, d, in: -2...2)
        checkGradients([x], "softmax \(n)×\(d)") { softmax(x, $0) }
      }
      let row = Tensor([-.infinity, -.infinity], [1, 2])
      row.keepGradient(in: Tensor(repeating: .nan, [1, 2]))
      let tape = Tape()
      tape.backward(from: project(softmax(row, tape), [1, 2], tape))
      #expect(row.gradient?.values == [0, 0], "all −∞")
    }
  }

  @Test(arguments: supportedSets)
  func crossEntropyGradient(_ set: Kernels.InstructionSet) {
    on(set) {
      for (n, vocabulary) in [(1, 1), (1, 33), (5, 23), (17, 3)] {
        var noise = Noise(n)
        let logits = noise.tensor(n, vocabulary, in: -2...2)
        let targets = noise.ids(n, below: vocabulary)
        var weights = noise.floats(n, in: 0.5...1)
        if n > 1 { weights[1] = 0 }
        checkGradients([logits], tolerance: 1e-3, "crossEntropy \(n)×\(vocabulary)") {
          crossEntropy(logits, targets: targets, weights: weights, $0)
        }
      }
    }
  }

  @Test(arguments: supportedSets)
  func linearCrossEntropyGradient(_ set: Kernels.InstructionSet) {
    on(set) {
      for (n, d, vocabulary) in [(1, 1, 2), (7, 9, 23), (600, 3, 5)] {
        var noise = Noise(n)
        let (x, w) = (noise.tensor(n, d), noise.tensor(vocabulary, d))
        let targets = noise.ids(n, below: vocabulary)
        let weights = (0..<n).map { $0 % 3 == 1 ? Float(0) : 1 }
        checkGradients([x, w], probes: 30, tolerance: 1e-3, "linearCrossEntropy \(n)×\(d)×\(vocabulary)") {
          linearCrossEntropy(x, w, targets: targets, weights: weights, $0)
        }
        let frozen = Tensor(w.values, w.shape)
        checkGradients([x], probes: 30, tolerance: 1e-3, "linearCrossEntropy capped, weight frozen \(n)×\(d)×\(vocabulary)") {
          linearCrossEntropy(x, frozen, targets: targets, weights: weights, cap: 0.7, $0)
        }
        #expect(frozen.gradient == nil)
        let logits = linear(x, w).values.map { $0 * 4 }
        let capped = linearCrossEntropy(x, Tensor(w.values.map { $0 * 4 }, w.shape), targets: targets, weights: weights, cap: 1.5)[0]
        let naive = Naive.crossEntropy(Naive.softCap(logits, at: 1.5), targets: targets, weights: weights)
        #expect(abs(capped - naive) <= 1e-5 * max(1, abs(naive)), "capped loss \(n)")
      }
    }
  }

  @Test(arguments: supportedSets)
  func distillationGradient(_ set: Kernels.InstructionSet) {
    on(set) {
      for (n, vocabulary, temperature, share) in [(1, 3, 2, 1), (5, 23, 2, 0.3), (17, 33, 0.7, 0.8), (4, 9, 1, 0)]
        as [(Int, Int, Float, Float)]
      {
        var noise = Noise(n)
        let (logits, teacher) = (noise.tensor(n, vocabulary, in: -2...2), noise.tensor(n, vocabulary, in: -3...3))
        let targets = noise.ids(n, below: vocabulary)
        var weights = noise.floats(n, in: 0.5...1)
        if n > 1 { weights[1] = 0 }
        let mix = DistillationMix(temperature: temperature, share: share)
        checkGradients([logits], tolerance: 1e-3, "distillation \(n)×\(vocabulary)") {
          distillation(logits, teacher: teacher, targets: targets, weights: weights, mix, $0)
        }
      }
    }
  }

  /// The teacher's logits, chunk by chunk, from hidden states of another width.
  @Test(arguments: supportedSets)
  func linearDistillationGradient(_ set: Kernels.InstructionSet) {
    on(set) {
      for (n, d, vocabulary) in [(7, 9, 23), (600, 3, 5)] {
        var noise = Noise(n)
        let (x, w, hidden, theirs) = (
          noise.tensor(n, d), noise.tensor(vocabulary, d), noise.tensor(n, 4), noise.tensor(vocabulary, 4, in: -3...3)
        )
        let targets = noise.ids(n, below: vocabulary)
        let weights = (0..<n).map { $0 % 3 == 1 ? Float(0) : 1 }
        let mix = DistillationMix(temperature: 1.5, share: 0.6)
        let teacher = DistillationTeacher(hidden: hidden, unembedding: theirs, cap: 2, mix)
        checkGradients([x, w], probes: 30, tolerance: 1e-3, "linear distillation \(n)×\(d)×\(vocabulary)") {
          linearCrossEntropy(x, w, targets: targets, weights: weights, teacher: teacher, $0)
        }
        let naive = Naive.distillation(
          linear(x, w).values, teacher: Naive.softCap(linear(hidden, theirs).values, at: 2), targets: targets, weights: weights, mix)
        let loss = linearCrossEntropy(x, w, targets: targets, weights: weights, teacher: teacher)[0]
        #expect(abs(loss - naive) <= 1e-5 * max(1, abs(naive)), "linear distillation \(n)")
      }
    }
  }

  /// A whole chain: the seed scales everything, and gradients from two passes overwrite unless the first is kept.
  @Test func seedAndSecondPass() {
    var noise = Noise(3)
    let (x, w) = (noise.tensor(3, 5), noise.tensor(4, 5))
    x.keepGradient(in: Tensor(repeating: .nan, x.shape))
    func pass(_ seed: Float) -> [Float] {
      let tape = Tape()
      tape.backward(from: crossEntropy(linear(x, w, tape), targets: [0, 3, 1], weights: [1, 1, 1], tape), seed: seed)
      return x.gradient?.values ?? []
    }
    let once = pass(1)
    let both = pass(1)
    expectClose(both, once.map { $0 * 2 }, tolerance: 1e-7, "a second pass adds")
    x.clearGradient()
    #expect(x.gradient == nil)
    expectClose(pass(3), once.map { $0 * 3 }, tolerance: 1e-6, "after clearing it overwrites, scaled by the seed")
    #expect(w.gradient == nil, "nobody asked for the weight's gradient")
    x.keepGradient(in: Tensor(repeating: .nan, x.shape))
    #expect(x.gradient == nil, "new memory holds no gradient yet")
    #expect(pass(1) == once)
  }
}
