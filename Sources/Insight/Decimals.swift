// Rounding doubles to decimals without text in between. Not here: text (Quantity).

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

enum Decimals {
  /// Powers that a Double holds exactly, so that one multiplication or division rounds once.
  private static let powers: [Double] = {
    var powers = [1.0]
    while powers.count <= 22 { powers.append((powers.last ?? 1) * 10) }
    return powers
  }()

  /// value · 10^power; exact powers up to 22, in steps beyond.
  static func scaled(_ value: Double, by power: Int) -> Double {
    var (value, power) = (value, power)
    while power > 22 {
      value *= powers[22]
      power -= 22
    }
    while power < -22 {
      value /= powers[22]
      power += 22
    }
    return power >= 0 ? value * powers[power] : value / powers[-power]
  }

  /// The exponent of the first decimal digit: 2 for 123, -1 for 0.5. The value is finite and not 0.
  static func exponent(of value: Double) -> Int {
    let magnitude = value.magnitude
    let guess = Int(log10(magnitude).rounded(.down))
    // The logarithm may fall on the wrong side of a power of ten.
    if scaled(magnitude, by: -guess) >= 10 { return guess + 1 }
    if scaled(magnitude, by: -guess) < 1 { return guess - 1 }
    return guess
  }

  /// value / 10^unit as the nearest integer, at most 18 digits; 0 for NaN.
  static func rounded(_ value: Double, unit: Int) -> Int {
    let scaled = scaled(value, by: -unit).rounded(.toNearestOrEven)
    return scaled.isNaN ? 0 : Int(min(max(scaled, -1e18), 1e18))
  }

  /// 10^digits for up to 18 digits.
  static func integerPower(_ digits: Int) -> UInt { (0..<min(digits, 18)).reduce(1) { power, _ in power * 10 } }
}
