// RoPE's frequencies for contexts longer than a model was first trained on: linear scaling, Llama 3's, YaRN. Not here: turning (Tensors).
import Tensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// How the heads of a model turn with the position.
public struct RotaryConfiguration: Sendable, Hashable {
  public var base: Float
  /// Dimensions of each head that turn, an even number; those behind them stay.
  public var dimensions: Int
  public var scaling = Scaling.none

  /// How frequencies are changed for longer contexts.
  public enum Scaling: Sendable, Hashable {
    case none
    /// Positions count 1/factor (Chen et al. 2023).
    case linear(factor: Float)
    /// Long wavelengths are stretched, short ones kept, those between blended (Llama 3.1).
    case llama3(factor: Float, lowFactor: Float, highFactor: Float, originalContext: Int)
    /// YaRN (Peng et al. 2023).
    case yarn(YaRN)
    /// A divisor for each frequency, as GGUF files of Llama 3.1 store it.
    case divisors([Float])
  }

  public struct YaRN: Sendable, Hashable {
    public var factor: Float
    public var originalContext: Int
    public var betaFast: Float = 32
    public var betaSlow: Float = 1
    /// Of cosines and sines; nil: 0.1·ln(factor) + 1.
    public var magnitude: Float?
    /// Whether the bounds of the blend are rounded to whole dimensions, as in the paper's code.
    public var truncates = true

    public init(factor: Float, originalContext: Int) { (self.factor, self.originalContext) = (factor, originalContext) }
  }

  public init(base: Float, dimensions: Int, scaling: Scaling = .none) {
    (self.base, self.dimensions, self.scaling) = (base, dimensions, scaling)
  }

  /// Radians per position of each pair, [dimensions / 2].
  public var frequencies: [Float] {
    let plain = RotaryAngles.frequencies(dimensions: dimensions, base: base)
    switch scaling {
    case .none: return plain
    case .linear(let factor): return plain.map { $0 / factor }
    case .divisors(let divisors): return zip(plain, divisors).map { $0 / $1 }
    case .llama3(let factor, let low, let high, let original):
      return plain.map { frequency in
        let wavelength = 2 * Float.pi / frequency
        if wavelength < Float(original) / high { return frequency }
        if wavelength > Float(original) / low { return frequency / factor }
        let share = (Float(original) / wavelength - low) / (high - low)
        return (1 - share) * frequency / factor + share * frequency
      }
    case .yarn(let yarn): return blended(plain, yarn)
    }
  }

  /// Factor of cosines and sines.
  public var magnitude: Float {
    guard case .yarn(let yarn) = scaling else { return 1 }
    return yarn.magnitude ?? Self.yarnMagnitude(yarn.factor)
  }

  static func yarnMagnitude(_ factor: Float, _ weight: Float = 1) -> Float { factor <= 1 ? 1 : 0.1 * weight * logf(factor) + 1 }

  /// Dimensions that turn more than betaFast times in the original context keep their frequency, those that turn less than betaSlow times are
  /// interpolated, a ramp lies between.
  private func blended(_ plain: [Float], _ yarn: YaRN) -> [Float] {
    func dimension(turns: Float) -> Float {
      Float(dimensions) * logf(Float(yarn.originalContext) / (turns * 2 * .pi)) / (2 * logf(base))
    }
    var (low, high) = (dimension(turns: yarn.betaFast), dimension(turns: yarn.betaSlow))
    if yarn.truncates { (low, high) = (low.rounded(.down), high.rounded(.up)) }
    (low, high) = (max(low, 0), min(high, Float(dimensions - 1)))
    if low == high { high += 0.001 }
    return plain.enumerated().map { pair, frequency in
      let interpolated = min(1, max(0, (Float(pair) - low) / (high - low)))
      return frequency / yarn.factor * interpolated + frequency * (1 - interpolated)
    }
  }
}
