// Blocks of quantized types beyond the golden files: how close encoding comes, and what it does with numbers at the edges. Not here: equality
// with the reference (GoldenTests).
import Foundation
import Testing

@testable import ModelFiles

@Suite struct QuantizedBlockTests {
  static let types = ElementType.allCases.filter(\.isQuantized)

  struct Closeness: Sendable {
    let type: ElementType
    /// Root mean square error of ggml's own quantizer (`ggml_quantize_chunk` of ggml 0.25, no importance matrix) on values of the standard
    /// normal distribution and of Student's with three degrees of freedom, over that of the values.
    let normal, heavyTailed: Float
  }

  static func noise(_ count: Int, heavyTailed: Bool = false) -> [Float] {
    var random = SeededGenerator(seed: 17)
    // Box and Muller 1958
    func normal() -> Double {
      (-2 * log(1 - Double.random(in: 0..<1, using: &random))).squareRoot() * cos(2 * .pi * Double.random(in: 0..<1, using: &random))
    }
    return (0..<count).map { _ in
      let value = normal()
      guard heavyTailed else { return Float(value) }
      return Float(value / ((0..<3).reduce(0) { sum, _ in sum + pow(normal(), 2) } / 3).squareRoot())
    }
  }

  static func relativeError(_ type: ElementType, _ values: [Float]) -> Float {
    let decoded = QuantizedBlocks.decode(QuantizedBlocks.encode(values, as: type), as: type)
    return (zip(decoded, values).reduce(0) { $0 + pow($1.0 - $1.1, 2) } / values.reduce(0) { $0 + $1 * $1 }).squareRoot()
  }

  /// At most 3 % beyond ggml's error.
  @Test(arguments: [
    Closeness(type: .q2_k, normal: 0.2964, heavyTailed: 0.3520), Closeness(type: .q3_k, normal: 0.1506, heavyTailed: 0.1902),
    Closeness(type: .q4_k, normal: 0.0712, heavyTailed: 0.0927), Closeness(type: .q5_k, normal: 0.0361, heavyTailed: 0.0471),
    Closeness(type: .q6_k, normal: 0.0177, heavyTailed: 0.0258), Closeness(type: .iq4_nl, normal: 0.0760, heavyTailed: 0.1022),
  ])
  func encodingIsAsCloseAsGgml(_ reference: Closeness) {
    #expect(Self.relativeError(reference.type, Self.noise(8192)) < reference.normal * 1.03)
    // The few largest values of so heavy a tail decide its sum of squares: a wider margin for a sample of this size.
    #expect(Self.relativeError(reference.type, Self.noise(8192, heavyTailed: true)) < reference.heavyTailed * 1.1)
  }

  /// Any stretch of whole blocks encodes alone as it does among others.
  @Test(arguments: types) func stretchesAreIndependent(_ type: ElementType) {
    let values = Self.noise(1024)
    let parts = [0..<256, 256..<768, 768..<1024].flatMap { QuantizedBlocks.encode(Array(values[$0]), as: type) }
    #expect(parts == QuantizedBlocks.encode(values, as: type))
  }

  @Test(arguments: types) func numbersThatAreNoneStayVisible(_ type: ElementType) {
    let size = type.blockSize
    for bad in [Float.nan, .infinity, -.infinity] {
      var block = [Float](repeating: 1, count: 2 * size)
      block[size + size / 4] = bad
      let decoded = QuantizedBlocks.decode(QuantizedBlocks.encode(block, as: type), as: type)
      #expect(decoded[..<size].allSatisfy { abs($0 - 1) < 0.02 })
      #expect(decoded[size...].allSatisfy { $0.isNaN })
    }
  }

  /// No trap, and what no scale can hold is never a plausible number.
  @Test(arguments: types) func extremes(_ type: ElementType) {
    func decoded(_ values: [Float]) -> [Float] { QuantizedBlocks.decode(QuantizedBlocks.encode(values, as: type), as: type) }
    let size = type.blockSize
    for tiny in [Float(0), -0.0, 0x1p-140, 1e-30, -1e-30] { #expect(decoded([Float](repeating: tiny, count: size)).allSatisfy { $0 == 0 }) }
    for huge in [Float(1e9), 1e20, .greatestFiniteMagnitude, -.greatestFiniteMagnitude] {
      #expect(decoded([Float](repeating: huge, count: size)).allSatisfy { !$0.isFinite }, "\(huge)")
      var one = [Float](repeating: 1, count: size)
      one[size - 3] = huge
      #expect(decoded(one).contains { !$0.isFinite }, "\(huge)")
    }
    // Whether the one large value has a sign that suits the type or not.
    for spike in [Float(1), -1, 1000, -1000] {
      var values = [Float](repeating: 0, count: size)
      values[5] = spike
      let result = decoded(values)
      #expect(abs(result[5] - spike) <= abs(spike) / 50 && result.indices.allSatisfy { $0 == 5 || abs(result[$0]) <= abs(spike) / 100 })
    }
    for constant in [Float(0.7), -0.7] {
      #expect(decoded([Float](repeating: constant, count: size)).allSatisfy { abs($0 - constant) < 0.02 })
    }
  }

  /// f16 scales of small weights are subnormal, far coarser than the integers that they multiply.
  @Test(arguments: types.filter { $0.blockSize == 256 || $0 == .iq4_nl }) func smallWeightsKeepTheirSize(_ type: ElementType) {
    let values = Self.noise(256).map { $0 * 2e-5 }
    #expect(Self.relativeError(type, values) < 2 * Self.relativeError(type, Self.noise(256)))
  }
}
