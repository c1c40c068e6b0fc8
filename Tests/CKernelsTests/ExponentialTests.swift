// The kernels' own exp against libm's, seen through softmax and SwiGLU, and the edges of both.
import CKernels
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

struct ExponentialTests {
  private func softmax(_ x: [Float], rows: Int = 1) -> [Float] {
    var y = [Float](repeating: .nan, count: x.count)
    ck_softmax(x, &y, rows, x.count / rows)
    return y
  }

  /// softmax([0, x]) is [1, eˣ] over one sum, so the quotient of its entries is eˣ; rounding adds at most two half steps.
  @Test(arguments: supportedSets)
  func negativeArguments(_ set: Int32) {
    onInstructionSet(set) {
      let count = 40_000
      let arguments = (0..<count).map { -87.3 * Float($0) / Float(count - 1) }
      let y = softmax(arguments.flatMap { [0, $0] }, rows: count)
      var worst = 0.0
      for (i, x) in arguments.enumerated() {
        let ours = Double(y[2 * i + 1]) / Double(y[2 * i])
        worst = max(worst, abs(ours / exp(Double(x)) - 1))
      }
      #expect(worst < 4e-7)
    }
  }

  /// silu(x) / x is the logistic function, which asks for exp of both signs.
  @Test(arguments: supportedSets)
  func bothSigns(_ set: Int32) {
    onInstructionSet(set) {
      let x = (0..<20_001).map { Float($0 - 10_000) * 87 / 10_000 }.filter { $0 != 0 }
      var y = [Float](repeating: .nan, count: x.count)
      ck_swiglu(x, [Float](repeating: 1, count: x.count), &y, x.count)
      var worst = 0.0
      for (x, y) in zip(x, y) {
        let expected = Double(x) / (1 + exp(-Double(x)))
        worst = max(worst, abs(Double(y) / expected - 1))
      }
      #expect(worst < 6e-7)
    }
  }

  @Test(arguments: supportedSets)
  func siluFarOut(_ set: Int32) {
    onInstructionSet(set) {
      let x: [Float] = [-1e30, -1e4, -200, -88.5, 0, 88.5, 200, 1e4, 1e30]
      var y = [Float](repeating: .nan, count: x.count)
      ck_swiglu(x, [Float](repeating: 1, count: x.count), &y, x.count)
      #expect(y[4] == 0 && Array(y[5...]) == Array(x[5...]), "large gates pass as they are")
      #expect(y[..<3].dropFirst().allSatisfy { abs($0) < 1e-30 }, "small gates close")
      var (dg, du) = (x, x)
      ck_swiglu_backward(x, x, [Float](repeating: 1, count: x.count), &dg, &du, x.count)
      #expect(dg[1...7].allSatisfy { $0.isFinite } && du[1...7].allSatisfy { $0.isFinite })
    }
  }

  @Test(arguments: supportedSets)
  func softmaxEdges(_ set: Int32) {
    onInstructionSet(set) {
      for n in [1, 2, 3, 4, 7, 8, 16, 17, 33, 100] {
        #expect(softmax([Float](repeating: -.infinity, count: n)) == [Float](repeating: 0, count: n), "all −∞, \(n)")
        for position in Set([0, n / 2, n - 1]) {
          var one = [Float](repeating: -.infinity, count: n)
          one[position] = -3
          var expected = [Float](repeating: 0, count: n)
          expected[position] = 1
          #expect(softmax(one) == expected, "one finite at \(position) of \(n)")
          var huge = [Float](repeating: -1e4, count: n)
          huge[position] = 1e4
          #expect(softmax(huge) == expected, "±10⁴ at \(position) of \(n)")
        }
        let equal = softmax([Float](repeating: 1e4, count: n))
        #expect(equal.allSatisfy { abs($0 * Float(n) - 1) < 1e-6 }, "equal logits, \(n)")
      }
    }
  }

  /// A NaN must reach the checks for it, whatever bits it carries, in the vector body and in the tail.
  @Test(arguments: supportedSets)
  func notANumberStays(_ set: Int32) {
    onInstructionSet(set) {
      let patterns: [Float] = [.nan, -.nan, Float(bitPattern: 0x7FC0_0001), Float(bitPattern: 0xFFC0_1234)]
      for bad in patterns {
        for position in [0, 5, 18] {
          var x = [Float](repeating: 0.25, count: 19)
          x[position] = bad
          #expect(softmax(x).contains { !$0.isFinite }, "softmax at \(position)")
          var y = x
          ck_swiglu(x, [Float](repeating: 1, count: 19), &y, 19)
          #expect(y[position].isNaN, "silu at \(position)")
          var loss: Float = 0
          ck_cross_entropy(&x, [1], [1], &loss, 1, 19)
          #expect(loss.isNaN, "loss at \(position)")
        }
      }
    }
  }

  @Test(arguments: supportedSets)
  func crossEntropyEdges(_ set: Int32) {
    onInstructionSet(set) {
      for n in [1, 2, 5, 16, 33] {
        var logits = [Float](repeating: -1e4, count: 3 * n)
        logits[n - 1] = 1e4
        logits[n] = 1e4
        logits[2 * n] = .infinity
        var losses = [Float](repeating: .nan, count: 3)
        ck_cross_entropy(&logits, [Int32(n - 1), Int32(n - 1), 0], [1, 1, 0], &losses, 3, n)
        #expect(losses[0] == 0, "certain and right")
        #expect(losses[1] == (n == 1 ? 0 : 2e4), "certain and wrong")
        #expect(losses[2] == 0 && logits[(2 * n)...].allSatisfy { $0 == 0 }, "weight 0: no loss and no gradient, whatever the logits")
        #expect(logits[..<n].allSatisfy { $0 == 0 }, "no gradient where the loss is 0")
        if n > 1 { #expect(logits[n] == 1 && logits[2 * n - 1] == -1) }
      }
    }
  }
}
