// Products of quantized weights against their naive twin: the decoded weight times the input as it was rounded, summed in double precision.
import CKernels
import Testing

/// A random weight in ggml blocks, packed for the kernels. Never freed: tests are short.
struct QuantizedWeight {
  let kernel: ck_weight
  /// The values, decoded straight from the blocks.
  let values: [Float]

  static let kinds = [CK_Q8_0, CK_Q4_0]

  init(_ kind: Int, _ rows: Int, _ columns: Int, seed: Int, in place: UnsafeMutableRawPointer? = nil, codes: UInt8? = nil) {
    var noise = Noise(seed)
    let blockBytes = kind == CK_Q8_0 ? 34 : 18
    let rowBytes = columns / 32 * blockBytes
    var blocks = (0..<rows * rowBytes).map { _ in codes ?? UInt8.random(in: 0...255, using: &noise) }
    var values: [Float] = []
    for block in 0..<rows * columns / 32 {
      // An f16 between 2⁻⁸ and 2⁻⁷: exponent 7, any fraction.
      let half = 7 << 10 | UInt16.random(in: 0..<1024, using: &noise)
      let start = block * blockBytes
      (blocks[start], blocks[start + 1]) = (UInt8(half & 255), UInt8(half >> 8))
      let scale = (1 + Float(half & 1023) / 1024) / 256
      let stored = blocks[(start + 2)..<(start + blockBytes)]
      values +=
        kind == CK_Q8_0
        ? stored.map { Float(Int8(bitPattern: $0)) * scale }
        : stored.map { Float(Int($0 & 15) - 8) * scale } + stored.map { Float(Int($0 >> 4) - 8) * scale }
    }
    let panelBytes = ck_quantized_panel_bytes(Int32(kind), columns)
    let panels = (rows + 31) / 32
    let memory = place ?? .allocate(byteCount: panels * panelBytes, alignment: 64)
    blocks.withUnsafeBufferPointer { blocks in
      for panel in 0..<panels {
        let sources = (0..<32).map { row in
          panel * 32 + row < rows ? blocks.baseAddress.map { $0 + (panel * 32 + row) * rowBytes } : nil
        }
        ck_quantized_pack_panel(Int32(kind), columns, sources, (memory + panel * panelBytes).assumingMemoryBound(to: UInt8.self))
      }
    }
    kernel = ck_weight(kind: Int32(kind), rows: rows, columns: columns, data: memory)
    self.values = values
  }
}

struct QuantizedTests {
  static func product(_ weights: [QuantizedWeight], _ x: [Float], _ m: Int) -> [[Float]] {
    var outputs = weights.map { [Float](repeating: .nan, count: m * $0.kernel.rows) }
    let pointers = outputs.indices.map { i in outputs[i].withUnsafeMutableBufferPointer { Optional($0.baseAddress!) } }
    ck_linear(weights.map(\.kernel), Int32(weights.count), m, x, pointers, 0)
    return outputs
  }

  static func rounded(_ x: [Float]) -> [Float] {
    var codes = [Int8](repeating: 0, count: x.count)
    var (scales, sums) = ([Float](repeating: 0, count: x.count / 32), [Int32](repeating: 0, count: x.count / 32))
    ck_quantize_rows(x, 1, x.count, &codes, &scales, &sums)
    for block in sums.indices { #expect(sums[block] == codes[block * 32..<block * 32 + 32].reduce(0) { $0 + Int32($1) }) }
    return codes.enumerated().map { Float($1) * scales[$0 / 32] }
  }

  private func check(_ kind: Int, _ rows: Int, _ columns: Int, _ m: Int) {
    var noise = Noise(rows * 31 + columns * 7 + m)
    let weight = QuantizedWeight(kind, rows, columns, seed: rows + columns)
    let x = noise.floats(m * columns, in: -3...3)
    let read = Self.rounded(x)
    var expected: [Double] = []
    for r in 0..<m {
      for o in 0..<rows {
        expected.append((0..<columns).reduce(0) { $0 + Double(weight.values[o * columns + $1]) * Double(read[r * columns + $1]) })
      }
    }
    expectClose(Self.product([weight], x, m)[0], expected, tolerance: 1e-5, "kind \(kind), \(m) × \(rows) × \(columns)")
  }

  @Test(arguments: supportedSets)
  func everyShape(_ set: Int32) {
    onInstructionSet(set) {
      for kind in QuantizedWeight.kinds {
        for rows in [1, 16, 31, 32, 33, 70] {
          for columns in [32, 96, 288] {
            for m in [1, 2, 3, 5, 6, 7, 11, 12, 13, 40] { check(kind, rows, columns, m) }
          }
        }
      }
    }
  }

  /// Enough for several units of work on several threads.
  @Test(arguments: supportedSets)
  func wide(_ set: Int32) {
    onInstructionSet(set) {
      for kind in QuantizedWeight.kinds {
        check(kind, 1000, 288, 1)
        check(kind, 300, 512, 33)
      }
    }
  }

  /// Sizes that are split into several units, for one row and for many.
  @Test(arguments: supportedSets)
  func threadsDoNotChangeABit(_ set: Int32) {
    let before = ck_thread_count()
    defer { ck_set_thread_count(before) }
    onInstructionSet(set) {
      for kind in QuantizedWeight.kinds {
        for (rows, columns, m) in [(1000, 288, 1), (300, 512, 33)] {
          let weight = QuantizedWeight(kind, rows, columns, seed: 8)
          var noise = Noise(3)
          let x = noise.floats(m * columns)
          ck_set_thread_count(1)
          let one = Self.product([weight], x, m)[0]
          ck_set_thread_count(3)
          expectSame(Self.product([weight], x, m)[0], one, "kind \(kind), m \(m)")
        }
      }
    }
  }

  @Test func rowsReadBack() {
    for kind in QuantizedWeight.kinds {
      let weight = QuantizedWeight(kind, 45, 96, seed: 3)
      var row = [Float](repeating: 0, count: 96)
      for r in 0..<45 {
        withUnsafePointer(to: weight.kernel) { ck_weight_row($0, r, &row) }
        expectSame(row, Array(weight.values[r * 96..<(r + 1) * 96]), "row \(r)")
      }
    }
  }

  /// A token decoded alone gives the bits that it gives inside a prompt, and instruction sets with fused multiply-add give the same bits.
  @Test func bitsDoNotDependOnCompany() {
    for kind in QuantizedWeight.kinds {
      let (rows, columns, m) = (100, 224, 29)
      let weight = QuantizedWeight(kind, rows, columns, seed: 9)
      var noise = Noise(11)
      let x = noise.floats(m * columns)
      var seen: [Float]?
      for set in supportedSets where set != Int32(CK_PORTABLE) {
        onInstructionSet(set) {
          let whole = Self.product([weight], x, m)[0]
          for r in [0, 5, 28] {
            let alone = Self.product([weight], Array(x[r * columns..<(r + 1) * columns]), 1)[0]
            expectSame(alone, Array(whole[r * rows..<(r + 1) * rows]), "row \(r)")
          }
          if let seen { expectSame(whole, seen, "instruction set \(set)") }
          seen = whole
        }
      }
    }
  }

  @Test(arguments: supportedSets)
  func severalWeightsAtOnce(_ set: Int32) {
    onInstructionSet(set) {
      var noise = Noise(2)
      let columns = 320
      let weights = zip([CK_Q8_0, CK_Q4_0, CK_Q8_0], [512, 96, 130]).enumerated().map { QuantizedWeight($1.0, $1.1, columns, seed: $0) }
      for m in [1, 20] {
        let x = noise.floats(m * columns)
        let together = Self.product(weights, x, m)
        for (weight, output) in zip(weights, together) { expectSame(output, Self.product([weight], x, m)[0], "m \(m)") }
      }
    }
  }

  /// The largest codes on both sides: sums of two products must not saturate in 16 bits.
  @Test(arguments: supportedSets)
  func extremes(_ set: Int32) {
    onInstructionSet(set) {
      for code in [UInt8(0x80), 0x7F, 0xFF, 0] {
        for kind in QuantizedWeight.kinds {
          let weight = QuantizedWeight(kind, 33, 64, seed: 1, codes: code)
          for sign in [Float(1), -1] {
            let x = [Float](repeating: sign * 127, count: 64)
            let expected = (0..<33).map { o in (0..<64).reduce(0) { $0 + Double(weight.values[o * 64 + $1]) * Double(sign * 127) } }
            expectClose(Self.product([weight], x, 1)[0], expected, tolerance: 1e-5, "code \(code) kind \(kind)")
          }
        }
      }
    }
  }

  @Test(arguments: supportedSets)
  func rounding(_ set: Int32) {
    onInstructionSet(set) {
      var noise = Noise(4)
      let x = noise.floats(320, in: -5...5)
      for (block, read) in zip(0..., stride(from: 0, to: 320, by: 32).map { Array(Self.rounded(x)[$0..<$0 + 32]) }) {
        let exact = Array(x[block * 32..<block * 32 + 32])
        let step = (exact.map(abs).max() ?? 0) / 127
        for (a, b) in zip(read, exact) { #expect(abs(a - b) <= step * 0.5001) }
      }
      #expect(Self.rounded([Float](repeating: 0, count: 32)).allSatisfy { $0 == 0 }, "a block of zeros stays zero")
      let weight = QuantizedWeight(CK_Q8_0, 3, 64, seed: 1)
      for bad in [Float.nan, .infinity, -.infinity] {
        var broken = [Float](repeating: 1, count: 64)
        broken[40] = bad
        #expect(Self.product([weight], broken, 1)[0].allSatisfy { !$0.isFinite }, "\(bad) must stay visible")
      }
    }
  }
}
