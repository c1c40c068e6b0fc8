// What the kernel tests share: reproducible numbers, the supported instruction sets, comparison of arrays. Not here: any test.
import CKernels
import Testing

/// The sets of this machine, for parameterised tests.
let supportedSets: [Int32] = (0..<Int32(CK_ISA_COUNT)).filter { ck_isa_supported($0) != 0 }

/// Runs the kernels that this thread starts on one instruction set. The choice is the thread's own, so tests run side by side.
func onInstructionSet<R>(_ set: Int32, _ body: () throws -> R) rethrows -> R {
  let before = ck_isa_current()
  _ = ck_isa_select(set)
  defer { _ = ck_isa_select(before) }
  return try body()
}

/// SplitMix64 (Steele et al. 2014): small and the same everywhere.
struct Noise: RandomNumberGenerator {
  private var state: UInt64
  init(_ seed: Int) { state = UInt64(bitPattern: Int64(seed)) }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  mutating func floats(_ count: Int, in range: ClosedRange<Float> = -1...1) -> [Float] {
    (0..<count).map { _ in Float.random(in: range, using: &self) }
  }
}

/// One expectation for a whole array: every element within `tolerance`, absolute below 1 and relative above.
func expectClose(
  _ actual: [Float], _ expected: [Double], tolerance: Double, _ what: String, sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(actual.count == expected.count, "\(what)", sourceLocation: sourceLocation)
  let worst = zip(actual, expected).enumerated().map { index, pair in
    (index: index, error: abs(Double(pair.0) - pair.1) / max(1, abs(pair.1)))
  }.max { !($1.error <= $0.error) }
  guard let worst else { return }
  #expect(
    worst.error <= tolerance, "\(what): element \(worst.index) is \(actual[worst.index]), not \(expected[worst.index])",
    sourceLocation: sourceLocation)
}

/// One expectation for a whole array, bit for bit. (`#expect(a == b)` would compute an edit script of long arrays when it fails.)
func expectSame(_ actual: [Float], _ expected: [Float], _ what: String, sourceLocation: SourceLocation = #_sourceLocation) {
  #expect(actual.count == expected.count, "\(what)", sourceLocation: sourceLocation)
  let first = zip(actual, expected).enumerated().first { $0.element.0.bitPattern != $0.element.1.bitPattern }
  guard let first else { return }
  Issue.record("\(what): element \(first.offset) is \(first.element.0), not \(first.element.1)", sourceLocation: sourceLocation)
}

/// Sizes around the register tiles (4, 6, 12 rows; 8, 16, 32 columns) and vectors (4, 8, 16), few of them multiples.
let awkwardSizes = [1, 2, 3, 5, 12, 17, 33, 64, 100]
