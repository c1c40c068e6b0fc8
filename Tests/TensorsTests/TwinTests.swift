// Every operation outside attention against its naive twin, over awkward shapes, on every instruction set; and its edges.
import Tensors
import Testing

struct TwinTests {
  @Test(arguments: supportedSets)
  func linearTwin(_ set: Kernels.InstructionSet) {
    on(set) {
      for n in awkwardSizes {
        for input in awkwardSizes {
          for output in [1, 3, 17, 100] {
            var noise = Noise(n * 1000 + input * 10 + output)
            let (x, w) = (noise.tensor(n, input), noise.tensor(output, input))
            let y = linear(x, w)
            #expect(y.shape == [n, output])
            expectClose(
              y.values, Naive.linear(x.values, w.values, n: n, input: input, output: output), tolerance: 1e-5, "\(n)·\(input)→\(output)")
          }
        }
      }
    }
  }

  @Test(arguments: supportedSets)
  func rowTwins(_ set: Kernels.InstructionSet) {
    on(set) {
      for n in awkwardSizes {
        for d in awkwardSizes {
          var noise = Noise(n * 1000 + d)
          let (x, y, w) = (noise.tensor(n, d, in: -3...3), noise.tensor(n, d, in: -3...3), noise.tensor(d, in: 0.5...1.5))
          let what = "\(n)×\(d)"
          expectClose(add(x, y).values, Naive.add(x.values, y.values), tolerance: 1e-7, "add \(what)")
          let norm = rmsNorm(x, w, epsilon: 1e-5)
          #expect(norm.shape == [n, d])
          expectClose(norm.values, Naive.rmsNorm(x.values, w.values, epsilon: 1e-5), tolerance: 2e-6, "rmsNorm \(what)")
          expectClose(swiGLU(gate: x, up: y).values, Naive.swiGLU(gate: x.values, up: y.values), tolerance: 2e-6, "swiGLU \(what)")
          let rows = (0..<n).flatMap { row in Naive.softmax(Array(x.values[row * d..<(row + 1) * d])) }
          expectClose(softmax(x).values, rows, tolerance: 1e-6, "softmax \(what)")
          let targets = noise.ids(n, below: d)
          var weights = noise.floats(n, in: 0...2)
          weights[0] = n == 1 ? 0.3 : 0
          let loss = crossEntropy(x, targets: targets, weights: weights)
          let twin = Naive.crossEntropy(x.values, targets: targets, weights: weights)
          expectClose(loss.values, [twin], tolerance: 2e-6, "crossEntropy \(what)")
          let mix = DistillationMix(temperature: 1.7, share: 0.4)
          let soft = Naive.distillation(x.values, teacher: y.values, targets: targets, weights: weights, mix)
          expectClose(
            distillation(x, teacher: y, targets: targets, weights: weights, mix).values, [soft], tolerance: 5e-6, "distillation \(what)")
          let alone = distillation(x, teacher: x, targets: targets, weights: weights, DistillationMix(temperature: 3, share: 1))[0]
          #expect(abs(alone) < 1e-5, "a teacher who says the same \(what)")
          let bias = noise.tensor(d)
          let layer = layerNorm(x, w, bias, epsilon: 1e-5)
          #expect(layer.shape == [n, d])
          // A row of almost equal numbers is mostly rounding.
          if d > 1 {
            expectClose(layer.values, Naive.layerNorm(x.values, w.values, bias.values, epsilon: 1e-5), tolerance: 1e-5, "layerNorm \(what)")
          } else {
            expectSame(layer.values, (0..<n).map { _ in bias[0] }, "layerNorm \(what)")
          }
          for form in [GELU.tanh, .exact] {
            let twin = Naive.gelu(x.values, form)
            expectClose(gelu(x, form).values, twin, tolerance: 1e-6, "gelu \(form) \(what)")
            expectClose(gelu(x, times: y, form).values, zip(twin, y.values).map { $0 * $1 }, tolerance: 2e-6, "geglu \(form) \(what)")
          }
          expectSame(scale(x, by: 1.7).values, x.values.map { $0 * 1.7 }, "scale \(what)")
          expectClose(softCap(x, at: 2.5).values, Naive.softCap(x.values, at: 2.5), tolerance: 1e-6, "softCap \(what)")
          let table = noise.tensor(d, n)
          expectClose(
            embedding(Weight(table), TokenIds(targets)).values, Naive.embedding(table.values, targets, width: n), tolerance: 0,
            "embedding \(what)")
        }
      }
    }
  }

  @Test(arguments: supportedSets)
  func rotateTwin(_ set: Kernels.InstructionSet) {
    on(set) {
      for size in [2, 6, 8, 20, 64] {
        for heads in [1, 3] {
          var noise = Noise(size + heads)
          let positions = [0, 1, 2, 7, 100, 511, 0, 1]
          let x = noise.tensor(positions.count, heads, size)
          let y = rotate(
            x, RotaryAngles(positions: positions, frequencies: RotaryAngles.frequencies(dimensions: size, base: 10_000)), heads: heads)
          let twin = Naive.rotate(x.values, positions: positions, heads: heads, size: size, base: 10_000)
          // Angles are kept in f32: at position 511 their rounding alone is 3e-5.
          expectClose(y.values, twin, tolerance: 1e-4, "heads of \(size)")
          #expect(Array(y.values[..<(heads * size)]) == Array(x.values[..<(heads * size)]), "position 0 turns nothing")
        }
      }
    }
  }

  /// Part of each head, and with YaRN's factor of cosines and sines.
  @Test(arguments: supportedSets)
  func partialRotateTwin(_ set: Kernels.InstructionSet) {
    on(set) {
      for (size, turned) in [(6, 2), (20, 10), (21, 10), (64, 32)] {
        var noise = Noise(size)
        let positions = [0, 1, 2, 7, 100, 511]
        let x = noise.tensor(positions.count, 3, size)
        let frequencies = RotaryAngles.frequencies(dimensions: turned, base: 500)
        let twin = Naive.rotate(x.values, positions: positions, heads: 3, size: size, turned: turned, base: 500)
        let y = rotate(x, RotaryAngles(positions: positions, frequencies: frequencies), heads: 3).values
        expectClose(y, twin, tolerance: 1e-4, "\(turned) of \(size)")
        let larger = rotate(x, RotaryAngles(positions: positions, frequencies: frequencies, magnitude: 1.25), heads: 3).values
        for i in y.indices {
          let (expected, isTurned) = (i % size < turned ? twin[i] * 1.25 : x[i], i % size < turned)
          #expect(abs(larger[i] - expected) < 2e-4 && (isTurned || y[i] == x[i]))
        }
      }
    }
  }

  @Test(arguments: supportedSets)
  func biasesAreAdded(_ set: Kernels.InstructionSet) {
    on(set) {
      for (n, d) in [(1, 1), (3, 17), (33, 100)] {
        var noise = Noise(d)
        let (x, a, b, bias) = (noise.tensor(n, d), noise.tensor(5, d), noise.tensor(33, d), noise.tensor(33))
        let both = linear(x, [Weight(a), Weight(b)], biases: [nil, bias])
        expectSame(both[0].values, linear(x, a).values, "no bias")
        expectSame(both[1].values, linear(x, b).values.enumerated().map { $1 + bias[$0 % 33] }, "bias")
        expectSame(linear(x, Weight(b), bias: bias).values, both[1].values, "alone")
      }
    }
  }

  /// The product with the vocabulary and the loss, fused, over one chunk and over several with a short last one.
  @Test(arguments: supportedSets)
  func linearCrossEntropyIsTheComposition(_ set: Kernels.InstructionSet) {
    on(set) {
      for (n, d, vocabulary) in [(1, 1, 1), (1, 5, 17), (33, 17, 100), (512, 3, 7), (513, 4, 33), (1100, 8, 5)] {
        var noise = Noise(n + vocabulary)
        let (x, w) = (noise.tensor(n, d), noise.tensor(vocabulary, d))
        let targets = noise.ids(n, below: vocabulary)
        var weights = noise.floats(n, in: 0...1)
        for row in stride(from: 1, to: n, by: 3) { weights[row] = 0 }
        func run(_ fused: Bool) -> (loss: [Float], dx: [Float], dw: [Float]) {
          x.keepGradient(in: Tensor(repeating: .nan, x.shape))
          w.keepGradient(in: Tensor(repeating: .nan, w.shape))
          let tape = Tape()
          let loss =
            fused
            ? linearCrossEntropy(x, w, targets: targets, weights: weights, tape)
            : crossEntropy(linear(x, w, tape), targets: targets, weights: weights, tape)
          tape.backward(from: loss, seed: 0.7)
          return (loss.values, x.gradient?.values ?? [], w.gradient?.values ?? [])
        }
        let (fused, composed) = (run(true), run(false))
        expectClose(fused.loss, composed.loss, tolerance: 1e-6, "loss of \(n)×\(vocabulary)")
        expectClose(fused.dx, composed.dx, tolerance: 1e-6, "x of \(n)×\(vocabulary)")
        expectClose(fused.dw, composed.dw, tolerance: 1e-6, "weight of \(n)×\(vocabulary)")
      }
    }
  }

  @Test(arguments: supportedSets)
  func edges(_ set: Kernels.InstructionSet) {
    on(set) {
      let infinite = Tensor([-.infinity, -.infinity, -.infinity, 1, -.infinity, 1], [2, 3])
      #expect(softmax(infinite).values == [0, 0, 0, 0.5, 0, 0.5])
      #expect(softmax(Tensor([1e4, -1e4, 0], [1, 3])).values == [1, 0, 0])
      #expect(crossEntropy(Tensor([1e4, -1e4], [1, 2]), targets: [1], weights: [2]).values == [2e4])
      #expect(rmsNorm(Tensor(repeating: 0, [2, 5]), Tensor(repeating: 1, [5]), epsilon: 1e-5).values == [Float](repeating: 0, count: 10))
      #expect(linear(Tensor([3], [1, 1]), Tensor([-2], [1, 1])).values == [-6])
      #expect(linear(Tensor([], [0, 4]), Tensor(repeating: 1, [3, 4])).count == 0)
      #expect(embedding(Weight(Tensor(repeating: 1, [3, 4])), TokenIds([])).shape == [0, 4])
    }
  }

  /// Rows of weight 0 neither move the loss nor get a gradient, even when their logits are not numbers.
  @Test(arguments: supportedSets)
  func weightZero(_ set: Kernels.InstructionSet) {
    on(set) {
      let logits = Tensor([0.5, -0.5, .nan, .infinity], [2, 2])
      logits.keepGradient(in: Tensor(repeating: .nan, [2, 2]))
      let tape = Tape()
      let loss = crossEntropy(logits, targets: [0, 1], weights: [3, 0], tape)
      tape.backward(from: loss)
      expectClose(loss.values, [Naive.crossEntropy([0.5, -0.5], targets: [0], weights: [1])], tolerance: 1e-6, "loss")
      #expect(logits.gradient?.values.suffix(2) == [0, 0])
    }
  }
}
