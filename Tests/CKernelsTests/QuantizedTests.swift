// Products of quantized weights against their naive twin: the decoded weight times the input as it was rounded, summed in double precision.
import CKernels
import Testing

struct QuantizedTests {
  static func product(_ weights: [QuantizedWeight], _ x: [Float], _ m: Int) -> [[Float]] {
    var outputs = weights.map { [Float](repeating: .nan, count: m * $0.kernel.rows) }
    let pointers = outputs.indices.map { i in outputs[i].withUnsafeMutableBufferPointer { Optional($0.baseAddress!) } }
    ck_linear(weights.map(\.kernel), Int32(weights.count), m, x, pointers, 0)
    return outputs
  }

  static func rounded(_ x: [Float]) -> [Float] {
    var codes = [Int8](repeating: 0, count: x.count)
    var (scales, sums) = ([Float](repeating: 0, count: x.count / 32), [Int32](repeating: 0, count: x.count / 16))
    ck_quantize_rows(x, 1, x.count, &codes, &scales, &sums)
    for part in sums.indices { #expect(sums[part] == codes[part * 16..<part * 16 + 16].reduce(0) { $0 + Int32($1) }) }
    return codes.enumerated().map { Float($1) * scales[$0 / 32] }
  }

  private func check(_ kind: QuantizedWeight.Kind, _ rows: Int, _ columns: Int, _ m: Int) {
    var noise = Noise(rows * 31 + columns * 7 + m)
    let weight = QuantizedWeight(kind, rows, columns, seed: rows + columns)
    let x = noise.floats(m * columns, in: -3...3)
    let expected = weight.product(Self.rounded(x), m)
    for set in supportedSets {
      onInstructionSet(set) {
        expectClose(
          Self.product([weight], x, m)[0], expected, tolerance: 1e-5, "kind \(kind.number), \(m) × \(rows) × \(columns), set \(set)")
      }
    }
  }

  /// Few rows read panels as they are packed, many read them unpacked.
  @Test(arguments: QuantizedWeight.kinds)
  func everyShape(_ kind: QuantizedWeight.Kind) {
    for rows in [1, 16, 31, 32, 33, 70] {
      for columns in kind.columns == 32 ? [32, 96, 288] : [256, 512] {
        for m in [1, 2, 3, 4, 5, 7, 8, 13] { check(kind, rows, columns, m) }
      }
    }
  }

  /// Enough for several units of work on several threads.
  @Test(arguments: QuantizedWeight.kinds)
  func wide(_ kind: QuantizedWeight.Kind) {
    check(kind, 1000, kind.columns == 32 ? 288 : 256, 1)
    check(kind, 300, 512, 33)
  }

  /// Sizes that are split into several units, for one row and for many.
  @Test(arguments: supportedSets)
  func threadsDoNotChangeABit(_ set: Int32) {
    let before = ck_thread_count()
    defer { ck_set_thread_count(before) }
    onInstructionSet(set) {
      for kind in QuantizedWeight.kinds {
        for (rows, columns, m) in [(1000, kind.columns == 32 ? 288 : 256, 1), (300, 512, 33)] {
          let weight = QuantizedWeight(kind, rows, columns, seed: 8)
          var noise = Noise(3)
          let x = noise.floats(m * columns)
          ck_set_thread_count(1)
          let one = Self.product([weight], x, m)[0]
          ck_set_thread_count(3)
          expectSame(Self.product([weight], x, m)[0], one, "kind \(kind.number), m \(m)")
        }
      }
    }
  }

  /// A token decoded alone gives the bits that it gives inside a prompt, and instruction sets with fused multiply-add give the same bits.
  @Test(arguments: QuantizedWeight.kinds)
  func bitsDoNotDependOnCompany(_ kind: QuantizedWeight.Kind) {
    let (rows, columns, m) = (100, kind.columns == 32 ? 224 : 512, 29)
    let weight = QuantizedWeight(kind, rows, columns, seed: 9)
    var noise = Noise(11)
    let x = noise.floats(m * columns)
    var seen: [Float]?
    for set in supportedSets {
      onInstructionSet(set) {
        let whole = Self.product([weight], x, m)[0]
        for some in [0..<1, 5..<6, 28..<29, 3..<8] {
          let alone = Self.product([weight], Array(x[some.lowerBound * columns..<some.upperBound * columns]), some.count)[0]
          expectSame(alone, Array(whole[some.lowerBound * rows..<some.upperBound * rows]), "kind \(kind.number), rows \(some)")
        }
        guard set != Int32(CK_PORTABLE) else { return }
        if let seen { expectSame(whole, seen, "kind \(kind.number), instruction set \(set)") }
        seen = whole
      }
    }
  }

  /// As in files of mixed types: queries and keys of one kind, values of another.
  @Test(arguments: supportedSets)
  func severalWeightsAtOnce(_ set: Int32) {
    onInstructionSet(set) {
      var noise = Noise(2)
      let (columns, kinds) = (512, QuantizedWeight.kinds)
      for first in kinds.indices {
        let weights = [512, 96, 130].enumerated().map { QuantizedWeight(kinds[(first + 2 * $0) % kinds.count], $1, columns, seed: $0) }
        for m in [1, 20] {
          let x = noise.floats(m * columns)
          let together = Self.product(weights, x, m)
          for (weight, output) in zip(weights, together) { expectSame(output, Self.product([weight], x, m)[0], "m \(m)") }
        }
      }
    }
  }

  /// The largest codes on both sides: sums of several products must not saturate in 16 bits.
  @Test(arguments: QuantizedWeight.kinds)
  func extremes(_ kind: QuantizedWeight.Kind) {
    for code in [UInt8(0x80), 0x7F, 0xFF, 0] {
      let weight = QuantizedWeight(kind, 33, 256, seed: 1, codes: code)
      for sign in [Float(1), -1] {
        let x = [Float](repeating: sign * 127, count: 256)
        let expected = weight.product(x, 1)
        for set in supportedSets {
          onInstructionSet(set) {
            // One row reads the panel packed, nine read it unpacked.
            expectClose(Self.product([weight], x, 1)[0], expected, tolerance: 1e-5, "code \(code) kind \(kind.number) set \(set)")
            let nine = Self.product([weight], (0..<9).flatMap { _ in x }, 9)[0]
            expectClose(nine, (0..<9).flatMap { _ in expected }, tolerance: 1e-5, "code \(code) kind \(kind.number) set \(set)")
          }
        }
      }
    }
  }

  /// A block without a number shows in every product, whichever way it is read.
  @Test(arguments: QuantizedWeight.kinds)
  func scalesThatAreNoneStayVisible(_ kind: QuantizedWeight.Kind) {
    let columns = 2 * kind.columns
    let blocks = UnsafeMutableRawPointer.allocate(byteCount: 2 * kind.bytes, alignment: 1)
    defer { blocks.deallocate() }
    let weight = QuantizedWeight(kind, 1, columns, seed: 5, from: blocks)
    blocks.storeBytes(of: UInt16(0x7E00).littleEndian, toByteOffset: kind.bytes + kind.scales[0], as: UInt16.self)
    let sources = [UnsafePointer(blocks.assumingMemoryBound(to: UInt8.self))] + [UnsafePointer<UInt8>?](repeating: nil, count: 31)
    let panel = UnsafeMutableRawPointer(mutating: weight.kernel.data).assumingMemoryBound(to: UInt8.self)
    ck_quantized_pack_panel(kind.number, columns, sources, panel)
    for set in supportedSets {
      onInstructionSet(set) {
        for m in [1, 9] {
          #expect(Self.product([weight], [Float](repeating: 1, count: m * columns), m)[0].allSatisfy { $0.isNaN }, "set \(set), m \(m)")
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
      for kind in QuantizedWeight.kinds {
        let weight = QuantizedWeight(kind, 3, 256, seed: 1)
        for bad in [Float.nan, .infinity, -.infinity] {
          var broken = [Float](repeating: 1, count: 256)
          broken[40] = bad
          #expect(Self.product([weight], broken, 1)[0].allSatisfy { !$0.isFinite }, "\(bad) must stay visible")
        }
      }
    }
  }
}
