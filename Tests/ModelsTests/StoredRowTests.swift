// Weights as they lie in memory read back as the bytes of their file decode, bit for bit. Not here: products (CKernelsTests), the decoder's
// equality with the reference (ModelFilesTests).
import ModelFiles
import Tensors
import Testing

@testable import Models

@Suite struct StoredRowTests {
  struct Noise: RandomNumberGenerator {
    var state: UInt64
    // Lehmer's generator with Knuth's multiplier: any bytes will do.
    mutating func next() -> UInt64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return state ^ state >> 33
    }
  }

  /// Random bytes are blocks of any scale, also of no number, and of any codes.
  @Test(arguments: ElementType.allCases.filter { $0 != .f32 })
  func rowsEqualTheDecoder(_ type: ElementType) throws {
    let kind = try #require(Weight.Kind(type))
    let (rows, columns) = (45, 3 * max(32, type.blockSize))
    let rowBytes = try #require(type.byteCount(columns))
    #expect(kind.rowBytes(columns) == rowBytes && kind.blockColumns == type.blockSize && kind.isQuantized == type.isQuantized)
    var noise = Noise(state: 7)
    let bytes = (0..<rows * rowBytes).map { _ in UInt8.random(in: 0...255, using: &noise) }
    let weight = Weight(kind, rows: rows, columns: columns) { (range, target) throws(Never) in
      bytes.withUnsafeBytes {
        target.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[range.lowerBound * rowBytes..<range.upperBound * rowBytes]))
      }
    }
    let expected = QuantizedBlocks.decode(bytes, as: type)
    let read = (0..<rows).flatMap { weight.row($0) }
    #expect(zip(read, expected).allSatisfy { $0.bitPattern == $1.bitPattern || ($0.isNaN && $1.isNaN) } && read.count == expected.count)
    #expect(read.count { $0.isFinite } > read.count / 2)
    #expect(weight.byteCount == bytes.count)
  }
}
