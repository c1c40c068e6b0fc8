// Weights by name: the twin of Tests/Reference/seeded_weights.py, so that golden values need no committed weights.
import ModelFiles

@testable import Models

enum SeededWeights {
  /// The f32 values of one tensor; what they are is said in the script.
  static func values(_ name: String, _ shape: [Int]) -> [Float] {
    // FNV-1a, 64 bits.
    let seed = name.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    var random = RandomSource(seed: seed)
    return (0..<shape.reduce(1, *)).map { _ in
      let u = Float(random.next() >> 40) * 0x1p-24 - 0.5
      return shape.count > 1 ? u : (name.hasSuffix("weight") ? 1 : 0) + u * 0.5
    }
  }

  static func tensor(_ name: String, _ shape: [Int], type: ElementType = .f32, as stored: String? = nil) -> TensorToWrite {
    TensorToWrite(name: stored ?? name, shape: shape, type: type, floats: values(name, shape))
  }
}
