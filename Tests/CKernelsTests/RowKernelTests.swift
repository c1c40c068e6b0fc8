// The row kernels that have no operation of their own above (or more cases than it): dot, sums, scale, finiteness, AdamW.
import CKernels
import Testing

struct RowKernelTests {
  private let lengths = [0, 1, 3, 4, 7, 8, 15, 16, 17, 31, 33, 63, 64, 65, 100, 129, 1000, 40_001]

  @Test(arguments: supportedSets)
  func sums(_ set: Int32) {
    onInstructionSet(set) {
      for n in lengths {
        var noise = Noise(n)
        let (a, b) = (noise.floats(n), noise.floats(n))
        let products = zip(a, b).map { Double($0) * Double($1) }
        let magnitude = products.reduce(1) { $0 + abs($1) }
        #expect(abs(Double(ck_dot(a, b, n)) - products.reduce(0, +)) <= 1e-6 * magnitude, "dot of \(n)")
        let squares = a.reduce(0.0) { $0 + Double($1) * Double($1) }
        // The plain sum to compare with rounds once per element.
        #expect(abs(ck_sum_of_squares(a, n) - squares) <= 1.2e-16 * Double(n) * squares, "sum of squares of \(n)")
      }
    }
  }

  @Test(arguments: supportedSets)
  func elementwise(_ set: Int32) {
    onInstructionSet(set) {
      for n in lengths {
        var noise = Noise(n)
        let (a, b) = (noise.floats(n), noise.floats(n))
        let sum = zip(a, b).map { $0 + $1 }
        var y = [Float](repeating: .nan, count: n + 1)
        ck_add(a, b, &y, n)
        expectSame(Array(y[..<n]), sum, "add of \(n)")
        #expect(y[n].isNaN, "add of \(n) stays inside")
        y = b
        ck_accumulate(a, &y, n)
        expectSame(y, sum, "accumulate of \(n)")
        ck_scale(&y, 0.5, n)
        expectSame(y, sum.map { $0 * 0.5 }, "scale of \(n)")
      }
    }
  }

  @Test(arguments: supportedSets)
  func finiteness(_ set: Int32) {
    onInstructionSet(set) {
      let n = 37
      var x = [Float](repeating: .greatestFiniteMagnitude, count: n)
      #expect(ck_all_finite(x, n) == 1)
      #expect(ck_all_finite(x, 0) == 1)
      for position in 0..<n {
        for bad in [Float.nan, .infinity, -.infinity, .signalingNaN] {
          x[position] = bad
          #expect(ck_all_finite(x, n) == 0, "\(bad) at \(position)")
        }
        x[position] = 0
      }
    }
  }

  /// Five steps of AdamW against the formula in double precision, with decay and gradient scaling.
  @Test(arguments: supportedSets)
  func adamW(_ set: Int32) {
    onInstructionSet(set) {
      let (rate, beta1, beta2, epsilon, decay, scale) = (0.01, 0.9, 0.95, 1e-8, 0.1, 0.25)
      for n in [1, 3, 17, 100, 20_000] {
        var noise = Noise(n)
        var weight = noise.floats(n)
        var (mean, variance) = ([Float](repeating: 0, count: n), [Float](repeating: 0, count: n))
        var expected = weight.map(Double.init)
        var (m, v) = ([Double](repeating: 0, count: n), [Double](repeating: 0, count: n))
        var (power1, power2) = (1.0, 1.0)
        for _ in 1...5 {
          let gradient = noise.floats(n)
          (power1, power2) = (power1 * beta1, power2 * beta2)
          for i in 0..<n {
            let g = Double(gradient[i]) * scale
            m[i] = beta1 * m[i] + (1 - beta1) * g
            v[i] = beta2 * v[i] + (1 - beta2) * g * g
            let update = m[i] / (1 - power1) / ((v[i] / (1 - power2)).squareRoot() + epsilon)
            expected[i] = expected[i] * (1 - rate * decay) - rate * update
          }
          ck_adamw(
            &weight, gradient, &mean, &variance, n, Float(rate), Float(beta1), Float(beta2), Float(epsilon), Float(decay),
            Float(1 - power1), Float(1 - power2), Float(scale))
        }
        expectClose(weight, expected, tolerance: 1e-6, "weights of \(n)")
        expectClose(mean, m, tolerance: 1e-6, "means of \(n)")
        expectClose(variance, v, tolerance: 1e-6, "variances of \(n)")
      }
    }
  }

  /// A zero gradient and zero moments must not divide by zero.
  @Test(arguments: supportedSets)
  func adamWAtRest(_ set: Int32) {
    onInstructionSet(set) {
      var (weight, mean, variance): ([Float], [Float], [Float]) = ([1, -2, 0], [0, 0, 0], [0, 0, 0])
      ck_adamw(&weight, [0, 0, 0], &mean, &variance, 3, 0.1, 0.9, 0.95, 1e-8, 0, 0.1, 0.05, 1)
      #expect(weight == [1, -2, 0])
    }
  }

  /// Sums that the threads share are those of one thread, bit for bit.
  @Test(arguments: supportedSets)
  func sumsOfAnyNumberOfThreads(_ set: Int32) {
    let before = ck_thread_count()
    defer { ck_set_thread_count(before) }
    onInstructionSet(set) {
      var noise = Noise(5)
      let (rows, n) = (301, 333)
      let (x, dy, inverse, weight) = (noise.floats(rows * n), noise.floats(rows * n), noise.floats(rows), noise.floats(n))
      func all(_ threads: Int32) -> [Float] {
        ck_set_thread_count(threads)
        var dweight = [Float](repeating: 1, count: n)
        var dx = x
        ck_rms_norm_backward(x, weight, inverse, dy, &dx, 1, &dweight, rows, n)
        let squares = ck_sum_of_squares(x, rows * n).bitPattern
        return dx + dweight + [Float(bitPattern: UInt32(truncatingIfNeeded: squares)), Float(bitPattern: UInt32(squares >> 32))]
      }
      let alone = all(1)
      for threads: Int32 in [2, 3, 5] { expectSame(all(threads), alone, "\(threads) threads") }

      // The two gradients of one call are those of two calls.
      var (dx, dweight) = (x, [Float](repeating: 1, count: n))
      ck_rms_norm_backward(x, weight, inverse, dy, &dx, 1, nil, rows, n)
      ck_rms_norm_backward(x, weight, inverse, dy, nil, 0, &dweight, rows, n)
      expectSame(dx + dweight, Array(alone.dropLast(2)), "one at a time")
      var sums = [Double](repeating: 1, count: n)
      for i in x.indices { sums[i % n] += Double(x[i]) * Double(dy[i]) * Double(inverse[i / n]) }
      expectClose(dweight, sums, tolerance: 1e-5, "the weight's gradient")
    }
  }

  /// The same for LayerNorm, and for the kernels that only split their elements.
  @Test(arguments: supportedSets)
  func otherRowsOfAnyNumberOfThreads(_ set: Int32) {
    let before = ck_thread_count()
    defer { ck_set_thread_count(before) }
    onInstructionSet(set) {
      var noise = Noise(6)
      let (rows, n) = (301, 333)
      let (x, dy, weight, bias) = (noise.floats(rows * n, in: -4...4), noise.floats(rows * n), noise.floats(n), noise.floats(n))
      func all(_ threads: Int32) -> [Float] {
        ck_set_thread_count(threads)
        var (y, dx, statistics) = (x, x, [Float](repeating: .nan, count: 2 * rows))
        var (dweight, dbias) = ([Float](repeating: 1, count: n), [Float](repeating: 2, count: n))
        ck_layer_norm(x, weight, bias, &y, &statistics, rows, n, 1e-5)
        ck_layer_norm_backward(x, weight, statistics, dy, &dx, 1, &dweight, &dbias, rows, n)
        var result = y + statistics + dx + dweight + dbias
        for exact: Int32 in [0, 1] {
          ck_gelu(x, dy, &y, rows * n, exact)
          result += y
          ck_gelu_backward(x, dy, y, &dx, &y, rows * n, exact)
          result += dx + y
        }
        ck_soft_cap(x, &y, rows * n, 3)
        ck_add_bias(x, bias, &dx, rows, n)
        return result + y + dx
      }
      let alone = all(1)
      #expect(alone.allSatisfy { $0.isFinite })
      for threads: Int32 in [2, 3, 5] { expectSame(all(threads), alone, "\(threads) threads") }

      // The gradients of one call are those of three.
      var (y, statistics) = (x, [Float](repeating: .nan, count: 2 * rows))
      ck_layer_norm(x, weight, bias, &y, &statistics, rows, n, 1e-5)
      var (dx, dweight, dbias) = (x, [Float](repeating: 1, count: n), [Float](repeating: 2, count: n))
      ck_layer_norm_backward(x, weight, statistics, dy, &dx, 1, nil, nil, rows, n)
      ck_layer_norm_backward(x, weight, statistics, dy, nil, 0, &dweight, nil, rows, n)
      ck_layer_norm_backward(x, weight, statistics, dy, nil, 0, nil, &dbias, rows, n)
      let first = rows * n + 2 * rows
      expectSame(dx + dweight + dbias, Array(alone[first..<first + rows * n + 2 * n]), "one at a time")
      var sums = [Double](repeating: 2, count: n)
      for i in x.indices { sums[i % n] += Double(dy[i]) }
      expectClose(dbias, sums, tolerance: 1e-5, "the bias's gradient")
    }
  }

  /// Far from zero, activations and caps are what their limits say.
  @Test(arguments: supportedSets)
  func saturation(_ set: Int32) {
    onInstructionSet(set) {
      let x: [Float] = [-1000, -50, 0, 50, 1000]
      var y = x
      ck_soft_cap(x, &y, x.count, 30)
      #expect(y.first == -30 && y[2] == 0 && y.last == 30)
      for exact: Int32 in [0, 1] {
        ck_gelu(x, nil, &y, x.count, exact)
        expectClose(y, [0, 0, 0, 50, 1000], tolerance: 1e-30, "\(exact)")
        var dx = x
        ck_gelu_backward(x, nil, [Float](repeating: 1, count: x.count), &dx, nil, x.count, exact)
        expectClose(dx, [0, 0, 0.5, 1, 1], tolerance: 1e-25, "gradient, \(exact)")
      }
    }
  }

  @Test func dispatch() {
    #expect(supportedSets.contains(Int32(CK_PORTABLE)))
    #expect(ck_isa_select(-1) == 0 && ck_isa_select(3) == 0 && ck_isa_supported(99) == 0)
    #expect(String(cString: ck_isa_name(ck_isa_current())) != "unknown" && String(cString: ck_isa_name(7)) == "unknown")
    for set in supportedSets { onInstructionSet(set) { #expect(ck_isa_current() == set) } }
  }
}
