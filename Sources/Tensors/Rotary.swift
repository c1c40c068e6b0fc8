// Rotary position embedding, RoPE (Su et al. 2021), in the half-split layout of Hugging Face's Llama: dimension i pairs with i + size/2.
import CKernels

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The angles of a set of positions: position · base^(-2i/size).
public struct RotaryAngles: Sendable {
  /// [positions, size/2]
  public let cosines: Tensor
  public let sines: Tensor
  public let headSize: Int

  /// Per pair of dimensions, in f32 as the reference implementations compute them.
  private let frequencies: [Float]

  public init(positions: [Int], headSize: Int, base: Float) {
    precondition(headSize % 2 == 0, "RoPE needs an even head size")
    self.headSize = headSize
    let half = headSize / 2
    cosines = Tensor(uninitialized: [positions.count, half])
    sines = Tensor(uninitialized: [positions.count, half])
    frequencies = (0..<half).map { Float(1) / powf(base, Float(2 * $0) / Float(headSize)) }
    for (row, position) in positions.enumerated() { set(row: row, position: position) }
  }

  /// Overwrites one row's angles.
  public func set(row: Int, position: Int) {
    let half = headSize / 2
    for i in 0..<half {
      let angle = Float(position) * frequencies[i]
      cosines.data[row * half + i] = cosf(angle)
      sines.data[row * half + i] = sinf(angle)
    }
  }
}

/// Rotates every head of every row by its position's angles.
/// - Parameters: x [n, heads, size].
/// - Returns: the same shape.
public func rotate(_ x: Tensor, _ angles: RotaryAngles, heads: Int, _ tape: Tape? = nil) -> Tensor {
  let (n, size) = (angles.cosines.shape[0], angles.headSize)
  precondition(x.count == n * heads * size, "rotate: \(x.shape) is not \(n) rows of \(heads) heads of \(size)")
  let y = Tape.output(x.shape, of: [x], tape)
  var step = ck_step()
  ck_step_rope(&step, x.data, angles.cosines.data, angles.sines.data, y.data, n, heads, size)
  Tape.perform(step, tape)
  if y.needsGradient {
    tape?.record {
      guard let dy = y.gradient else { return }
      // A rotation's transpose is the rotation back.
      x.receive { dx, add in ck_rope(dy.data, angles.cosines.data, angles.sines.data, dx, n, heads, size, -1, add ? 1 : 0) }
    }
  }
  return y
}

extension Naive {
  /// Twin of `rotate`.
  public static func rotate(_ x: [Float], positions: [Int], heads: Int, size: Int, base: Float) -> [Float] {
    var y = x
    for (row, position) in positions.enumerated() {
      for head in 0..<heads {
        let start = (row * heads + head) * size
        for i in 0..<size / 2 {
          let angle = Double(position) * pow(Double(base), -2 * Double(i) / Double(size))
          let (a, b) = (Double(x[start + i]), Double(x[start + i + size / 2]))
          y[start + i] = Float(a * cos(angle) - b * sin(angle))
          y[start + i + size / 2] = Float(b * cos(angle) + a * sin(angle))
        }
      }
    }
    return y
  }
}
