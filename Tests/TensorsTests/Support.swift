// What the tests of the operations share: reproducible tensors, the supported instruction sets, comparison of arrays.
// Not here: the gradient check (GradientCheck.swift) and any test.
import Tensors
import Testing

/// The sets of this machine, for parameterised tests.
let supportedSets = Kernels.InstructionSet.allCases.filter(\.isSupported)

/// Runs the operations of this thread on one instruction set. The choice is the thread's own, so tests run side by side.
func on<R>(_ set: Kernels.InstructionSet, _ body: () throws -> R) rethrows -> R {
  let before = Kernels.instructionSet
  Kernels.instructionSet = set
  defer { Kernels.instructionSet = before }
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

  mutating func tensor(_ shape: Int..., in range: ClosedRange<Float> = -1...1) -> Tensor {
    Tensor(floats(shape.reduce(1, *), in: range), shape)
  }

  mutating func ids(_ count: Int, below limit: Int) -> [Int32] {
    (0..<count).map { _ in Int32.random(in: 0..<Int32(limit), using: &self) }
  }
}

/// One expectation for a whole array: every element within `tolerance`, absolute below 1 and relative above.
func expectClose(
  _ actual: [Float], _ expected: [Float], tolerance: Float, _ what: String, sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(actual.count == expected.count, "\(what)", sourceLocation: sourceLocation)
  let errors = zip(actual, expected).map { pair in pair.0 == pair.1 ? 0 : abs(pair.0 - pair.1) / max(1, abs(pair.1)) }
  guard let worst = errors.indices.max(by: { !(errors[$1] <= errors[$0]) }) else { return }
  #expect(
    errors[worst] <= tolerance, "\(what): element \(worst) is \(actual[worst]), not \(expected[worst])",
    sourceLocation: sourceLocation)
}

/// One expectation for a whole array, bit for bit. (`#expect(a == b)` would compute an edit script of long arrays when it fails.)
func expectSame(_ actual: [Float], _ expected: [Float], _ what: String, sourceLocation: SourceLocation = #_sourceLocation) {
  #expect(actual.count == expected.count, "\(what)", sourceLocation: sourceLocation)
  let first = zip(actual, expected).enumerated().first { $0.element.0.bitPattern != $0.element.1.bitPattern }
  guard let first else { return }
  Issue.record("\(what): element \(first.offset) is \(first.element.0), not \(first.element.1)", sourceLocation: sourceLocation)
}

/// Row counts and widths around the register tiles and vectors, few of them multiples.
let awkwardSizes = [1, 3, 8, 17, 33, 100]

extension Sequence where Element == Float {
  var areFinite: Bool { allSatisfy { $0.isFinite } }
}
