// Exact fractions of 64-bit numbers; every operation is checked. Not here: expressions (Calculator).

/// A fraction in lowest terms with a positive denominator.
public struct Fraction: Sendable, Hashable {
  public let numerator: Int
  public let denominator: Int

  public init(_ numerator: Int, _ denominator: Int = 1) throws(CalculatorError) {
    if denominator == 0 { throw .divisionByZero }
    // The smallest number has no opposite.
    if numerator == .min || denominator == .min { throw .overflow }
    let divisor = max(1, Self.commonDivisor(abs(numerator), abs(denominator)))
    let sign = denominator < 0 ? -1 : 1
    self.numerator = sign * numerator / divisor
    self.denominator = sign * denominator / divisor
  }

  public func adding(_ other: Fraction) throws(CalculatorError) -> Fraction {
    let left = try checked(numerator.multipliedReportingOverflow(by: other.denominator))
    let right = try checked(other.numerator.multipliedReportingOverflow(by: denominator))
    return try Fraction(
      checked(left.addingReportingOverflow(right)), checked(denominator.multipliedReportingOverflow(by: other.denominator)))
  }

  public func multiplied(by other: Fraction) throws(CalculatorError) -> Fraction {
    try Fraction(
      checked(numerator.multipliedReportingOverflow(by: other.numerator)),
      checked(denominator.multipliedReportingOverflow(by: other.denominator)))
  }

  public func divided(by other: Fraction) throws(CalculatorError) -> Fraction {
    try multiplied(by: Fraction(other.denominator, other.numerator))
  }

  public func negated() throws(CalculatorError) -> Fraction { try Fraction(-numerator, denominator) }

  /// Digits of the fraction after the point at most.
  public static let decimalPlaces = 4

  /// The value as digits; rounded half away from zero to four places where no more show it, and then not exact.
  public func decimal() throws(CalculatorError) -> (text: String, isExact: Bool) {
    let (whole, rest) = abs(numerator).quotientAndRemainder(dividingBy: denominator)
    let scale = 10_000
    let scaled = try checked(rest.multipliedReportingOverflow(by: scale))
    let (quotient, left) = scaled.quotientAndRemainder(dividingBy: denominator)
    let places = quotient + (left >= denominator - left ? 1 : 0)
    let total = try checked(whole.addingReportingOverflow(places / scale))
    var digits = String(places % scale + scale).dropFirst()
    while digits.last == "0" { digits.removeLast() }
    let isNegative = numerator < 0 && (total > 0 || !digits.isEmpty)
    return ((isNegative ? "-" : "") + String(total) + (digits.isEmpty ? "" : "." + digits), left == 0)
  }

  private static func commonDivisor(_ a: Int, _ b: Int) -> Int {
    var (a, b) = (a, b)
    while b != 0 { (a, b) = (b, a % b) }
    return a
  }
}

/// What an operation yields, unless it wrapped.
func checked(_ result: (partialValue: Int, overflow: Bool)) throws(CalculatorError) -> Int {
  if result.overflow { throw .overflow }
  return result.partialValue
}
