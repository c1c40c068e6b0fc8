// Rotary position embedding, RoPE (Su et al. 2021), in the half-split layout of Hugging Face's Llama: dimension i pairs with i + half of those that turn.
import CKernels

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The angles of a set of positions: position · frequency, for every pair of dimensions.
public struct RotaryAngles: Sendable {
  /// [positions, pairs]
  public let cosines: Tensor
  public let sines: Tensor
  /// Radians per position of each pair, in f32 as the reference implementations compute them.
  public let frequencies: [Float]
  /// What cosines and sines are multiplied by: YaRN's attention factor, else 1.
  public let magnitude: Float

  /// Dimensions of a head that turn; those behind them stay.
  public var turned: Int { 2 * frequencies.count }

  public init(positions: [Int], frequencies: [Float], magnitude: Float = 1) {
    self.frequencies = frequencies
    self.magnitude = magnitude
    cosines = Tensor(uninitialized: [positions.count, frequencies.count])
    sines = Tensor(uninitialized: [positions.count, frequencies.count])
    for (row, position) in positions.enumerated() { set(row: row, position: position) }
  }

  /// Plain RoPE over `dimensions` of a head: base^(-2i/dimensions).
  public static func frequencies(dimensions: Int, base: Float) -> [Float] {
    precondition(dimensions % 2 == 0, "RoPE turns pairs of dimensions")
    return (0..<dimensions / 2).map { Float(1) / powf(base, Float(2 * $0) / Float(dimensions)) }
  }

  /// Overwrites one row's angles.
  public func set(row: Int, position: Int) {
    let pairs = frequencies.count
    for i in 0..<pairs {
      let angle = Float(position) * frequencies[i]
      cosines.data[row * pairs + i] = cosf(angle) * magnitude
      sines.data[row * pairs + i] = sinf(angle) * magnitude
    }
  }
}

/// Rotates every head of every row by its position's angles.
/// - Parameters: x [n, heads, size].
/// - Returns: the same shape.
public func rotate(_ x: Tensor, _ angles: RotaryAngles, heads: Int, _ tape: Tape? = nil) -> Tensor {
  let (n, turned) = (angles.cosines.shape[0], angles.turned)
  let size = x.count / max(1, n * heads)
  precondition(x.count == n * heads * size && size >= turned, "rotate: \(x.shape) is not \(n) rows of \(heads) heads of \(turned) or more")
  let y = Tape.output(x.shape, of: [x], tape)
  var step = ck_step()
  ck_step_rope(&step, x.data, angles.cosines.data, angles.sines.data, y.data, n, heads, size, turned)
  Tape.perform(step, tape)
  if y.needsGradient {
    tape?.record {
      guard let dy = y.gradient else { return }
      // A rotation's transpose is the rotation back.
      x.receive { dx, add in ck_rope(dy.data, angles.cosines.data, angles.sines.data, dx, n, heads, size, turned, -1, add ? 1 : 0) }
    }
  }
  return y
}

extension Naive {
  /// Twin of `rotate`, with plain frequencies.
  public static func rotate(_ x: [Float], positions: [Int], heads: Int, size: Int, turned: Int? = nil, base: Float) -> [Float] {
    let turned = turned ?? size
    var y = x
    for (row, position) in positions.enumerated() {
      for head in 0..<heads {
        let start = (row * heads + head) * size
        for i in 0..<turned / 2 {
          let angle = Double(position) * pow(Double(base), -2 * Double(i) / Double(turned))
          let (a, b) = (Double(x[start + i]), Double(x[start + i + turned / 2]))
          y[start + i] = Float(a * cos(angle) - b * sin(angle))
          y[start + i + turned / 2] = Float(b * cos(angle) + a * sin(angle))
        }
      }
    }
    return y
  }
}
