// The calculator: values, the limits that hostile input meets, and a comparison with an independent evaluation. Not here: calls (ToolCallingTests).
import Models
import Testing

@testable import Inference

@Suite struct CalculatorTests {
  @Test(arguments: [
    ("48*17", "816", true), ("1+2*3", "7", true), ("(1+2)*3", "9", true), ("10-4-3", "3", true), ("2*(3+4)*5", "70", true),
    ("100/8", "12.5", true), ("7/7", "1", true), ("1/3", "0.3333", false), ("2/3", "0.6667", false), ("-1/3", "-0.3333", false),
    ("12/5/2", "1.2", true), ("1/3+2/3", "1", true), ("0/5", "0", true), ("-0", "0", true), ("--3", "3", true), ("2*-3", "-6", true),
    (" 1 +  2 ", "3", true), ("6×7", "42", true), ("8÷2−1", "3", true), ("0.5+0.25", "0.75", true), ("12.5*2", "25", true),
    ("1/100000", "0", false), ("-1/100000", "0", false), ("99999/100000", "1", false), ("1/20000", "0.0001", false),
    ("9223372036854775807", "9223372036854775807", true), ("007", "7", true), ("999999999*999999999", "999999998000000001", true),
  ])
  func values(_ expression: String, _ text: String, _ isExact: Bool) throws {
    let (found, exact) = try Calculator().value(expression).decimal()
    #expect(found == text && exact == isExact)
    #expect(Calculator().answer(expression) == ToolAnswer(text: text, isExact: isExact))
  }

  @Test(arguments: [
    ("", CalculatorError.empty), ("  ", .empty), ("1/0", .divisionByZero), ("1/(2-2)", .divisionByZero), ("9223372036854775808", .overflow),
    ("9223372036854775807+1", .overflow), ("9999999999*9999999999", .overflow), ("1+", .unexpected(at: 2)), ("1 2", .unexpected(at: 2)),
    ("(1", .unexpected(at: 2)), ("1)", .unexpected(at: 1)), ("2**3", .unexpected(at: 2)), ("1.2.3", .unexpected(at: 3)),
    ("1.", .unexpected(at: 1)), (".5", .unexpected(at: 0)), ("abc", .unexpected(at: 0)), ("1e9", .unexpected(at: 1)),
    ("４８", .unexpected(at: 0)), ("1\n+1", .unexpected(at: 1)), ("1\0", .unexpected(at: 1)), ("()", .unexpected(at: 1)),
    (String(repeating: "(", count: 17) + "1", .tooDeep(limit: 16)), (String(repeating: "-", count: 100) + "1", .tooDeep(limit: 16)),
    (String(repeating: "1", count: 129), .tooLong(limit: 128)), ("0.0000000000000000001", .overflow),
    ("-9223372036854775807-1", .overflow),
  ])
  func refusals(_ expression: String, _ error: CalculatorError) {
    #expect(throws: error) { try Calculator().value(expression) }
    let answer = Calculator().answer(expression)
    #expect(answer.text == "error" && answer.failure == error.message)
    #expect(error.message.zh != error.message.en)
  }

  /// Random trees written with and without spare brackets, against the same tree evaluated by doubles.
  @Test func agreesWithATreeOfDoubles() throws {
    var random = RandomSource(seed: 5)
    var compared = 0
    for _ in 0..<4000 {
      let (text, value, _) = Self.tree(depth: 3, &random)
      guard text.utf8.count <= 128 else { continue }
      do {
        let found = try Calculator().value(text)
        let quotient = Double(found.numerator) / Double(found.denominator)
        #expect(abs(quotient - value) <= 1e-9 * max(1, abs(value)), "\(text)")
        let shown = try #require(Double(found.decimal().text))
        #expect(abs(shown - value) <= 0.5001e-4 + 1e-12 * abs(value), "\(text)")
        compared += 1
      } catch CalculatorError.divisionByZero {
        #expect(!value.isFinite || value.isNaN || abs(value) > 1e9, "\(text)")
      }
    }
    #expect(compared > 3000)
  }

  private static func tree(depth: Int, _ random: inout RandomSource) -> (text: String, value: Double, precedence: Int) {
    if depth == 0 || random.below(4) == 0 {
      let number = random.below(1000)
      return (String(number), Double(number), 3)
    }
    let (left, right) = (tree(depth: depth - 1, &random), tree(depth: depth - 1, &random))
    let operation = random.below(4)
    let precedence = operation < 2 ? 1 : 2
    func written(_ side: (text: String, value: Double, precedence: Int), atLeast: Int) -> String {
      side.precedence < atLeast || random.below(5) == 0 ? "(\(side.text))" : side.text
    }
    let text = written(left, atLeast: precedence) + ["+", "-", "*", "/"][operation] + written(right, atLeast: precedence + 1)
    let value =
      switch operation {
      case 0: left.value + right.value
      case 1: left.value - right.value
      case 2: left.value * right.value
      default: left.value / right.value
      }
    return (text, value, precedence)
  }

  /// Any text gets an answer, short and of known characters.
  @Test func fuzz() {
    var random = RandomSource(seed: 6)
    let alphabet = Array("0123456789999+-*/()(). ×÷−x\u{0}é").map(String.init)
    for _ in 0..<50_000 {
      let text = (0..<random.below(40)).map { _ in alphabet[random.below(alphabet.count)] }.joined()
      let answer = Calculator().answer(text)
      #expect(answer.text == "error" ? answer.failure != nil : answer.text.utf8.allSatisfy { "0123456789.-".utf8.contains($0) })
      #expect(answer.text.utf8.count <= 25)
    }
  }
}
