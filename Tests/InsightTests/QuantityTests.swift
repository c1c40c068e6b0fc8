// Numbers as shown: digits, notation, alignment, and that the text means the value.
import Insight
import Models
import Testing

@Suite struct QuantityTests {
  @Test(arguments: [
    (0.123456, "0.1235"), (-12.3456, "-12.35"), (12345.6, "12346"), (999_999.4, "999999"), (1_234_567, "1.235e+06"),
    (0.00012345, "0.0001234"),
    (0.0000123456, "1.235e-05"), (9.99996, "10.00"), (0.99995001, "1.000"), (99_999.6, "100000"), (999_999.6, "1.000e+06"), (0, "0"),
    (-0.0, "0"),
    (1e-12, "1.000e-12"), (1e6, "1.000e+06"), (1.0625, "1.062"), (-1e300, "-1.000e+300"), (.infinity, "∞"), (-.infinity, "-∞"),
    (.nan, "NaN"),
  ])
  func fourDigits(_ value: Double, _ text: String) { #expect(Quantity(value).text == text) }

  @Test func theTextMeansTheValue() {
    var random = RandomSource(seed: 3)
    for _ in 0..<20_000 {
      let value = Double(random.normal()) * Double(sign: .plus, exponent: random.below(160) - 80, significand: 1)
      let digits = 1 + random.below(9)
      let quantity = Quantity(value, digits: digits)
      #expect(abs((Double(quantity.text) ?? .nan) - quantity.value) <= 1e-15 * abs(value))
      #expect(abs(quantity.value - value) <= quantity.tolerance * (1 + 1e-6))
      let relative: Double = 0.5 * .pow10(1 - digits) * (1 + 1e-6)
      #expect(abs(quantity.value - value) <= relative * abs(value))
    }
  }

  @Test func shortestGivesTheFloatBack() {
    #expect(Quantity(shortest: 1e-5).text == "1e-05" && Quantity(shortest: 10_000).text == "10000" && Quantity(shortest: 0.1).text == "0.1")
    var random = RandomSource(seed: 4)
    for _ in 0..<2000 {
      let value = random.normal()
      #expect(Float(Quantity(shortest: value).text) == value)
    }
  }

  @Test func columnsAlign() {
    #expect(Quantity.column([0.5, -12.3456, 100]) == ["  0.5", "-12.3", "100.0"])
    #expect(Quantity.column([1e-8, -2.5e-9]) == [" 1.000e-08", "-0.250e-08"])
    #expect(Quantity.column([0, .nan]) == ["0.000", "  NaN"])
    #expect(Quantity.column([]) == [])
  }
}

extension Double {
  fileprivate static func pow10(_ power: Int) -> Double { Double("1e\(power)") ?? .nan }
}
