// Products of several types, and several at once: B stored as bf16 or f16, factors rounded to bf16, groups that share operands. Against plain
// loops in double precision. Not here: shapes and strides of f32 products (MatrixProductTests).
import CKernels
import Testing

/// A product with its operands in memory, and what it must give.
private final class Product {
  private var a: [Float]
  private var b: [Float]
  private var bits: [UInt16] = []
  private(set) var c: [Float]
  private let start: [Float]
  private var call: ck_product

  init(
    _ m: Int, _ n: Int, _ k: Int, kind: Int = CK_F32, columnsOfA: Bool = false, columnsOfB: Bool = true, accumulate: Bool = false,
    seed: Int = 0
  ) {
    var noise = Noise(m * 1009 + n * 31 + k + seed)
    (a, b) = (noise.floats(m * k), noise.floats(k * n))
    if kind != CK_F32 {
      bits = b.map { kind == CK_F16 ? Self.f16($0) : UInt16(Self.rounded($0).bitPattern >> 16) }
      b = bits.map { kind == CK_F16 ? Self.f32($0) : Float(bitPattern: UInt32($0) << 16) }
    }
    c = (0..<m * n).map { Float($0 % 9) / 4 }
    start = c
    call = ck_product(
      m: m, n: n, k: k, a: nil, ars: columnsOfA ? 1 : k, acs: columnsOfA ? m : 1, b: nil, kind: Int32(kind), brs: columnsOfB ? 1 : n,
      bcs: columnsOfB ? k : 1, c: nil, ldc: n, accumulate: accumulate ? 1 : 0)
  }

  /// The nearest bf16, ties to even.
  static func rounded(_ x: Float) -> Float {
    if x.isNaN { return x }
    let bits = x.bitPattern
    return Float(bitPattern: (bits + 0x7FFF + (bits >> 16 & 1)) & 0xFFFF_0000)
  }

  /// f16 towards zero, and 0 for what is small: the tests need some value, not the nearest.
  private static func f16(_ x: Float) -> UInt16 {
    let (bits, exponent) = (x.bitPattern, Int(x.bitPattern >> 23 & 0xFF) - 112)
    return UInt16(bits >> 16 & 0x8000) | (exponent > 0 ? UInt16(exponent) << 10 | UInt16(bits >> 13 & 0x3FF) : 0)
  }

  private static func f32(_ bits: UInt16) -> Float {
    let magnitude = UInt32(bits & 0x7FFF)
    return Float(bitPattern: UInt32(bits & 0x8000) << 16 | (magnitude == 0 ? 0 : magnitude << 13 + 112 << 23))
  }

  func expected(_ precision: Int) -> [Double] {
    // Few rows against 16-bit weights keep A.
    let keeps = call.m <= CK_FEW_ROWS && call.acs == 1 && call.brs == 1 && call.kind != CK_F32
    let rounds = precision == CK_BF16_PRODUCTS && !keeps
    let (x, y) = rounds ? (a.map(Self.rounded), b.map(Self.rounded)) : (a, b)
    var result = start.map { call.accumulate != 0 ? Double($0) : 0 }
    for i in 0..<call.m {
      for j in 0..<call.n {
        for p in 0..<call.k { result[i * call.n + j] += Double(x[i * call.ars + p * call.acs]) * Double(y[p * call.brs + j * call.bcs]) }
      }
    }
    return result
  }

  func with(_ body: (ck_product) -> Void) {
    a.withUnsafeBufferPointer { a in
      b.withUnsafeBytes { b in
        bits.withUnsafeBytes { bits in
          c.withUnsafeMutableBufferPointer { c in
            call.a = a.baseAddress
            call.b = call.kind == CK_F32 ? b.baseAddress : bits.baseAddress
            call.c = c.baseAddress
            body(call)
          }
        }
      }
    }
  }

  func run(_ precision: Int) { with { call in withUnsafePointer(to: call) { ck_gemm_group($0, 1, Int32(precision)) } } }

  func check(_ precision: Int, _ what: String) {
    expectClose(c, expected(precision), tolerance: 2e-6 * Double(call.k).squareRoot() + 1e-6, "\(call.m)×\(call.n)×\(call.k) \(what)")
  }
}

struct ProductTypeTests {
  private static let precisions = [CK_F32_PRODUCTS, CK_BF16_PRODUCTS]

  @Test(arguments: supportedSets)
  func everyType(_ set: Int32) {
    onInstructionSet(set) {
      for (m, n, k) in [
        (1, 1, 1), (1, 70, 33), (2, 9, 64), (3, 5, 100), (4, 65, 17), (7, 33, 130), (16, 31, 31), (17, 64, 2), (25, 40, 33),
      ] {
        for kind in [CK_F32, CK_F16, CK_BF16] {
          for precision in Self.precisions {
            for (columnsOfA, columnsOfB) in [(false, true), (false, false), (true, true), (true, false)] {
              let product = Product(m, n, k, kind: kind, columnsOfA: columnsOfA, columnsOfB: columnsOfB, accumulate: (m + n) % 2 == 0)
              product.run(precision)
              product.check(precision, "type \(kind), precision \(precision), columns \(columnsOfA) \(columnsOfB)")
            }
          }
        }
      }
    }
  }

  /// Deeper than one pass over k, with tails, and a stride that the caches dislike.
  @Test(arguments: supportedSets)
  func deep(_ set: Int32) {
    onInstructionSet(set) {
      for precision in Self.precisions {
        for (m, n, k, columnsOfA) in [(20, 33, 1024, false), (130, 40, 521, true)] {
          let product = Product(m, n, k, columnsOfA: columnsOfA, accumulate: true)
          product.run(precision)
          product.check(precision, "precision \(precision)")
        }
      }
    }
  }

  /// More columns than are packed at a time: the bits of the parts.
  @Test(arguments: supportedSets)
  func wide(_ set: Int32) {
    onInstructionSet(set) {
      var noise = Noise(3)
      let (m, n, k, part) = (18, 4500, 300, 900)
      let (a, b) = (noise.floats(m * k), noise.floats(n * k))
      var (whole, parts) = ([Float](repeating: 0, count: m * n), [Float](repeating: 0, count: m * n))
      ck_gemm(m, n, k, a, k, 1, b, 1, k, &whole, n, 0)
      parts.withUnsafeMutableBufferPointer { c in
        for first in stride(from: 0, to: n, by: part) {
          ck_gemm(m, part, k, a, k, 1, Array(b[first * k..<(first + part) * k]), 1, k, c.baseAddress! + first, n, 0)
        }
      }
      expectSame(whole, parts, "\(n) columns")
    }
  }

  /// Several products in one call give the bits of one call each, whether they share A, share B, or nothing.
  @Test(arguments: supportedSets)
  func groups(_ set: Int32) {
    onInstructionSet(set) {
      for precision in Self.precisions {
        for m in [3, 100] {
          let products = [(70, 1), (33, 2), (128, 3), (5, 4)].map { Product(m, $0, 90, seed: $1) }
          let alone = products.map { product -> [Float] in
            product.run(precision)
            return product.c
          }
          products[0].with { first in
            products[1].with { second in
              products[2].with { third in
                products[3].with { fourth in
                  var calls = [first, second, third, fourth]
                  ck_gemm_group(&calls, 4, Int32(precision))
                }
              }
            }
          }
          for (product, bits) in zip(products, alone) { expectSame(product.c, bits, "beside others, \(m) rows, precision \(precision)") }

          // All of them with the first one's A; then twice the first one's B.
          for sharesA in [true, false] {
            var outputs = [[Float]](repeating: [Float](repeating: 0, count: m * 128), count: 2)
            var single = outputs
            products[0].with { first in
              products[2].with { third in
                var (one, two) = (first, third)
                if sharesA { two.a = one.a } else { (two.b, two.n, two.ldc) = (one.b, one.n, one.ldc) }
                func call(_ outputs: inout [[Float]], _ body: (inout [ck_product]) -> Void) {
                  var (x, y) = (outputs[0], outputs[1])
                  x.withUnsafeMutableBufferPointer { x in
                    y.withUnsafeMutableBufferPointer { y in
                      (one.c, two.c) = (x.baseAddress, y.baseAddress)
                      var calls = [one, two]
                      body(&calls)
                    }
                  }
                  outputs = [x, y]
                }
                call(&outputs) { ck_gemm_group(&$0, 2, Int32(precision)) }
                call(&single) { calls in for i in 0..<2 { ck_gemm_group(&calls[i], 1, Int32(precision)) } }
              }
            }
            for (shared, bits) in zip(outputs, single) { expectSame(shared, bits, "shared \(sharesA ? "A" : "B"), \(m) rows") }
          }
        }
      }
    }
  }

  /// NaN and infinity are not lost in the rounding to bf16.
  @Test(arguments: supportedSets)
  func valuesThatAreNoNumbers(_ set: Int32) {
    onInstructionSet(set) {
      let k = 40
      for bad in [Float.nan, Float(bitPattern: 0x7F80_0001), Float(bitPattern: 0xFFFF_FFFF), .infinity, -.infinity] {
        for inA in [true, false] {
          var (a, b) = ([Float](repeating: 1, count: 20 * k), [Float](repeating: 1, count: 20 * k))
          if inA { a[7 * k + 9] = bad } else { b[7 * k + 9] = bad }
          var c = [Float](repeating: 0, count: 400)
          var product = ck_product(
            m: 20, n: 20, k: k, a: nil, ars: k, acs: 1, b: nil, kind: Int32(CK_F32), brs: 1, bcs: k, c: nil, ldc: 20, accumulate: 0)
          a.withUnsafeBufferPointer { a in
            b.withUnsafeBytes { b in
              c.withUnsafeMutableBufferPointer { c in
                (product.a, product.b, product.c) = (a.baseAddress, b.baseAddress, c.baseAddress)
                ck_gemm_group(&product, 1, Int32(CK_BF16_PRODUCTS))
              }
            }
          }
          for i in 0..<400 {
            let isTouched = inA ? i / 20 == 7 : i % 20 == 7
            #expect(isTouched ? (bad.isNaN ? c[i].isNaN : c[i] == bad) : c[i] == 40)
          }
        }
      }
    }
  }
}
