// The matrix product against a plain triple loop in double precision: every tail of the tile, every stride, every path.
import CKernels
import Testing

struct MatrixProductTests {
  /// How an operand lies in memory.
  enum Storage: CaseIterable {
    case rows
    case columns

    /// Strides (row, column) of a matrix of that many rows and columns.
    func strides(_ rows: Int, _ columns: Int) -> (Int, Int) { self == .rows ? (columns, 1) : (1, rows) }
  }

  private let canary: Float = -12345.5

  private func check(
    _ m: Int, _ n: Int, _ k: Int, _ storageA: Storage = .rows, _ storageB: Storage = .rows, accumulate: Bool = false, padding: Int = 3
  ) {
    var noise = Noise(m * 10_007 + n * 101 + k)
    let (a, b) = (noise.floats(m * k), noise.floats(k * n))
    let (ars, acs) = storageA.strides(m, k)
    let (brs, bcs) = storageB.strides(k, n)
    let stride = n + padding
    var c = [Float](repeating: canary, count: m * stride)
    var expected = c.map(Double.init)
    for i in 0..<m {
      for j in 0..<n {
        let start = Float(i - j) / 8
        c[i * stride + j] = start
        var sum = accumulate ? Double(start) : 0
        for p in 0..<k { sum += Double(a[i * ars + p * acs]) * Double(b[p * brs + j * bcs]) }
        expected[i * stride + j] = sum
      }
    }
    ck_gemm(m, n, k, a, ars, acs, b, brs, bcs, &c, stride, accumulate ? 1 : 0)
    // The canaries right of the matrix are part of the comparison.
    expectClose(c, expected, tolerance: 2e-6 * Double(k).squareRoot() + 1e-6, "\(m)×\(n)×\(k) \(storageA) \(storageB) \(accumulate)")
  }

  @Test(arguments: supportedSets)
  func everyShape(_ set: Int32) {
    onInstructionSet(set) {
      for m in awkwardSizes {
        for n in awkwardSizes {
          for k in [1, 3, 17, 64] { check(m, n, k) }
        }
      }
    }
  }

  @Test(arguments: supportedSets)
  func everyStorage(_ set: Int32) {
    onInstructionSet(set) {
      for (m, n, k) in [(1, 1, 1), (1, 70, 33), (3, 5, 100), (4, 65, 17), (5, 33, 9), (13, 31, 31), (24, 64, 48)] {
        for a in Storage.allCases {
          for b in Storage.allCases {
            for accumulate in [false, true] { check(m, n, k, a, b, accumulate: accumulate) }
          }
        }
      }
    }
  }

  /// Deeper than one pass over k, and large enough for several units of work.
  @Test(arguments: supportedSets)
  func deepAndWide(_ set: Int32) {
    onInstructionSet(set) {
      check(7, 9, 255)
      check(7, 9, 256)
      check(7, 9, 257, accumulate: true)
      check(13, 40, 700, .columns, .columns)
      check(250, 300, 33, .rows, .columns)
      check(2, 1000, 257, .rows, .columns)
    }
  }

  @Test(arguments: supportedSets)
  func emptyWork(_ set: Int32) {
    onInstructionSet(set) {
      var c: [Float] = [1, 2, 3, 4, 5, 6]
      ck_gemm(0, 3, 2, nil, 2, 1, nil, 3, 1, &c, 3, 0)
      ck_gemm(2, 0, 2, nil, 2, 1, nil, 0, 1, &c, 3, 0)
      ck_gemm(2, 3, 0, nil, 0, 1, nil, 3, 1, &c, 3, 1)
      #expect(c == [1, 2, 3, 4, 5, 6], "no rows, no columns and an empty sum added leave the result alone")
      ck_gemm(2, 2, 0, nil, 0, 1, nil, 2, 1, &c, 3, 0)
      #expect(c == [0, 0, 3, 0, 0, 6], "an empty sum is zero, inside the matrix only")
    }
  }

  /// One output must not depend on what stands beside it: rows of a product equal the product of those rows on the same path.
  @Test(arguments: supportedSets)
  func rowsAreIndependent(_ set: Int32) {
    onInstructionSet(set) {
      var noise = Noise(5)
      let (m, n, k) = (37, 50, 300)
      let (a, b) = (noise.floats(m * k), noise.floats(n * k))
      var whole = [Float](repeating: 0, count: m * n)
      ck_gemm(m, n, k, a, k, 1, b, 1, k, &whole, n, 0)
      for (first, rows) in [(0, 17), (11, 26)] {
        var part = [Float](repeating: 0, count: rows * n)
        ck_gemm(rows, n, k, Array(a[first * k..<(first + rows) * k]), k, 1, b, 1, k, &part, n, 0)
        expectSame(part, Array(whole[first * n..<(first + rows) * n]), "rows from \(first)")
      }
    }
  }
}
