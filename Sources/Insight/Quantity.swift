// A number as it is shown: a decimal of so many digits that stands for itself, so that arithmetic on the screen can be checked digit by
// digit. Not here: equations (CardLine), columns of a layout.

/// A decimal number with its text. `value` is exactly what the text says.
public struct Quantity: Sendable, Hashable {
  /// The shown number is coefficient · 10^exponent.
  public let coefficient: Int
  public let exponent: Int
  /// The power of ten written behind the number, as in `1.235e-08`; 0 writes none.
  let scale: Int
  /// NaN or an infinity, which have no digits.
  private let special: Special

  private enum Special: Sendable, Hashable { case none, nan, positiveInfinity, negativeInfinity }

  /// So many significant digits, trailing zeros kept: 0.1235, 12.35, 12346, 1.235e+06, 1.235e-05. Digits before the point are never dropped.
  public init(_ value: Double, digits: Int = 4) {
    guard value.isFinite, value != 0 else {
      self.init(value, unit: 0, scale: 0)
      return
    }
    let top = Decimals.exponent(of: value)
    let unit = Quantity.unit(top: top, digits: digits)
    // 9.9996 has one digit more after rounding.
    let grows = Decimals.rounded(value, unit: unit).magnitude >= Decimals.integerPower(top - unit + 1)
    let last = grows ? top + 1 : top
    self.init(value, unit: Quantity.unit(top: last, digits: digits), scale: Quantity.scale(top: last))
  }

  public init(_ value: Float, digits: Int = 4) { self.init(Double(value), digits: digits) }

  /// The value rounded to a multiple of 10^unit; halves go to the even digit.
  /// - Parameter scale: at least `unit`.
  init(_ value: Double, unit: Int, scale: Int) {
    guard value.isFinite else {
      self.init(value.isNaN ? .nan : value > 0 ? .positiveInfinity : .negativeInfinity)
      return
    }
    self.init(coefficient: Decimals.rounded(value, unit: unit), exponent: unit, scale: scale)
  }

  init(coefficient: Int, exponent: Int, scale: Int) {
    (self.coefficient, self.exponent, self.scale) = (coefficient, exponent, max(scale, exponent))
    special = .none
  }

  private init(_ special: Special) {
    (coefficient, exponent, scale) = (0, 0, 0)
    self.special = special
  }

  /// A count, position or size.
  public init(integer: Int) { self.init(coefficient: integer, exponent: 0, scale: 0) }

  /// The fewest digits that give this f32 back: 1e-05 for ε, 10000 for RoPE's base.
  public init(shortest value: Float) {
    var shortest = Quantity(Double(value), digits: 9)
    for digits in 1..<9 {
      let candidate = Quantity(Double(value), digits: digits)
      guard Float(candidate.value) == value else { continue }
      shortest = candidate
      break
    }
    self = shortest
  }

  public var isFinite: Bool { special == .none }

  /// The number that the text says: the nearest Double from 1e-22 to 1e22, next to it beyond.
  public var value: Double {
    switch special {
    case .none: Decimals.scaled(Double(coefficient), by: exponent)
    case .nan: .nan
    case .positiveInfinity: .infinity
    case .negativeInfinity: -.infinity
    }
  }

  /// Half a unit of the last digit: the text stands for everything this near.
  public var tolerance: Double { special == .none ? Decimals.scaled(0.5, by: exponent) : 0 }

  public var text: String {
    switch special {
    case .nan: return "NaN"
    case .positiveInfinity: return "∞"
    case .negativeInfinity: return "-∞"
    case .none: break
    }
    let decimals = scale - exponent
    var digits = String(coefficient.magnitude)
    if decimals > 0 {
      if digits.utf8.count <= decimals { digits = String(repeating: "0", count: decimals + 1 - digits.utf8.count) + digits }
      digits.insert(".", at: digits.index(digits.endIndex, offsetBy: -decimals))
    }
    if coefficient < 0 { digits = "-" + digits }
    guard scale != 0 else { return digits }
    let power = String(scale.magnitude)
    return digits + (scale < 0 ? "e-" : "e+") + (power.utf8.count < 2 ? "0" + power : power)
  }

  /// The same number with the other sign.
  var negated: Quantity {
    switch special {
    case .none: Quantity(coefficient: -coefficient, exponent: exponent, scale: scale)
    default: Quantity(-value, unit: 0, scale: 0)
    }
  }

  /// Whether two numbers say the same to 4 significant digits.
  func reads(like other: Quantity) -> Bool { Quantity(value).text == Quantity(other.value).text }

  /// Numbers that stand below each other: one unit for all, that of the largest at `digits` significant digits; padded to one width, the
  /// points aligned.
  public static func column(_ values: [Double], digits: Int = 4) -> [String] {
    let largest = values.lazy.filter(\.isFinite).map(\.magnitude).max() ?? 0
    let top = largest == 0 ? 0 : Quantity(largest, digits: digits).topExponent
    let scale = scale(top: top)
    let unit = unit(top: top, digits: digits)
    let texts = values.map { Quantity($0, unit: unit, scale: scale).text }
    let width = texts.lazy.map(\.count).max() ?? 0
    return texts.map { String(repeating: " ", count: width - $0.count) + $0 }
  }

  /// The exponent of the first digit of a number that is not 0.
  private var topExponent: Int { exponent + String(coefficient.magnitude).utf8.count - 1 }

  /// Plain decimals from 0.0001 to 999999, else a power of ten.
  static func scale(top: Int) -> Int { (-4..<6).contains(top) ? 0 : top }

  /// The place of the last of `digits` significant digits; digits before the point stay.
  static func unit(top: Int, digits: Int) -> Int { scale(top: top) == 0 ? min(0, top - digits + 1) : top - digits + 1 }
}
