// Reads a card as a person would, from its text alone, and does the sums again: + − · in decimal arithmetic of 38 digits, the rest in Double.
import Foundation
import Insight
import Testing

/// A number that is exact as long as only + − · were used.
private struct Reckoned {
  var exact: Decimal?
  var double: Double

  init(_ text: String) {
    exact = Decimal(string: text)
    double = Double(text) ?? .nan
    if exact?.isNaN == true { exact = nil }
  }

  init(_ value: Double) { (exact, double) = (nil, value) }

  func combined(_ other: Reckoned, _ exactly: (Decimal, Decimal) -> Decimal, _ roughly: (Double, Double) -> Double) -> Reckoned {
    var result = Reckoned(roughly(double, other.double))
    if let exact, let right = other.exact {
      let value = exactly(exact, right)
      // Beyond the range of Decimal the Double has to do.
      if !value.isNaN { result.exact = value }
    }
    return result
  }
}

/// expression := product (("+" | "-") product)*; product := power (("·" | "/") power)*; power := atom ("²" | "^" atom)?
private struct ExpressionReader {
  private var rest: Substring
  private(set) var isBroken = false

  init(_ text: String) { rest = text.filter { $0 != " " }[...] }

  var isAtEnd: Bool { rest.isEmpty }

  private mutating func take(_ text: String) -> Bool {
    guard rest.hasPrefix(text) else { return false }
    rest = rest.dropFirst(text.count)
    return true
  }

  mutating func expression() -> Reckoned {
    var value = product()
    while true {
      if take("+") {
        value = value.combined(product(), +, +)
      } else if take("-") {
        value = value.combined(product(), -, -)
      } else {
        return value
      }
    }
  }

  private mutating func product() -> Reckoned {
    var value = power()
    while true {
      if take("·") {
        value = value.combined(power(), *, *)
      } else if take("/") {
        value = Reckoned(value.double / power().double)
      } else {
        return value
      }
    }
  }

  private mutating func power() -> Reckoned {
    let value = atom()
    if take("²") { return value.combined(value, *, *) }
    if take("^") { return Reckoned(pow(value.double, atom().double)) }
    return value
  }

  private mutating func atom() -> Reckoned {
    let functions: [(String, (Double) -> Double)] = [("exp(", exp), ("cos(", cos), ("sin(", sin), ("√(", { $0.squareRoot() })]
    for (name, function) in functions where take(name) {
      let value = expression()
      if !take(")") { isBroken = true }
      return Reckoned(function(value.double))
    }
    if take("√") { return Reckoned(atom().double.squareRoot()) }
    if take("(") {
      let value = expression()
      if !take(")") { isBroken = true }
      return value
    }
    return number()
  }

  private mutating func number() -> Reckoned {
    var text = ""
    if take("-") { text = "-" }
    if take("∞") { return Reckoned(text.isEmpty ? .infinity : -.infinity) }
    while let next = rest.first, ("0"..."9").contains(next) || next == "." { text.append(rest.removeFirst()) }
    if let next = rest.first, next == "e", rest.dropFirst().first.map({ "+-".contains($0) }) == true {
      text.append(rest.removeFirst())
      text.append(rest.removeFirst())
      while let next = rest.first, ("0"..."9").contains(next) { text.append(rest.removeFirst()) }
    }
    if Double(text) == nil { isBroken = true }
    return Reckoned(text)
  }
}

/// Half a unit of the last digit of a shown number, from its text.
private func halfUnit(_ text: String) -> Double {
  let parts = text.split(separator: "e")
  let decimals = parts[0].split(separator: ".").dropFirst().first?.count ?? 0
  let power = parts.count > 1 ? Int(parts[1]) ?? 0 : 0
  return 0.5 * pow(10, Double(power - decimals))
}

enum CardChecker {
  /// What is wrong with a card's arithmetic; nil when it adds up. Only finite numbers are checked.
  static func fault(_ card: ArithmeticCard) -> String? {
    var sum = Decimal(0)
    for line in card.lines {
      guard let equation = split(line) else { return "no equation: \(line.text)" }
      guard equation.result.double.isFinite else { continue }
      switch line.role {
      case .reading: break
      case .others: sum += equation.result.exact ?? .nan
      case .total:
        if sum != equation.result.exact { return "terms give \(sum), shown \(line.text)" }
        sum = 0
      case .term, .step:
        var reader = ExpressionReader(equation.left)
        let value = reader.expression()
        if !reader.isAtEnd || reader.isBroken { return "cannot read \(line.text)" }
        let half = halfUnit(line.result.text)
        if let exact = value.exact, let shown = equation.result.exact {
          var difference = exact - shown
          if difference < 0 { difference.negate() }
          if NSDecimalNumber(decimal: difference).doubleValue > half * (1 + 1e-9) { return "does not hold: \(line.text)" }
        } else if abs(value.double - equation.result.double) > half * (1 + 1e-6) + 4e-16 * abs(value.double) {
          return "does not hold: \(line.text) (\(value.double))"
        }
        if line.role == .term { sum += equation.result.exact ?? .nan }
      }
    }
    if card.lines.last?.result != card.result { return "the last line is not the result" }
    return nil
  }

  private static func split(_ line: CardLine) -> (left: String, result: Reckoned)? {
    let result: Reckoned =
      switch line.result.text {
      case "∞": Reckoned(.infinity)
      case "-∞": Reckoned(-.infinity)
      case "NaN": Reckoned(.nan)
      default: Reckoned(line.result.text)
      }
    if line.parts.isEmpty { return ("", result) }
    let sides = line.text.components(separatedBy: " = ")
    guard sides.count == 2, sides[1] == line.result.text else { return nil }
    return (sides[0], result)
  }

  /// Whether the card agrees with the run as promised. `scale` is the size of the numbers that went in: f32 sums are as exact as those allow.
  static func agrees(_ card: ArithmeticCard, with trace: Trace, scale: Double = 0) -> Bool {
    guard let shown = card.recorded, let tensor = trace.output(of: card.operation) else {
      return card.recorded == nil && card.deviation == nil
    }
    let recorded = Double(tensor.data[zip(card.cell, tensor.shape).reduce(0) { $0 * $1.1 + $1.0 }])
    if shown != Quantity(recorded) || (Quantity(card.result.value).text == shown.text) != (card.deviation == nil) { return false }
    let difference = abs(card.exact - recorded)
    return card.exact == recorded || difference <= 1e-4 * abs(recorded) + 1e-5 + 1e-6 * scale
  }

  static func describe(_ card: ArithmeticCard) -> String {
    ([card.name, card.formula] + card.lines.map { "  \($0.label.en): \($0.text)" } + [
      "  recorded \(card.recorded?.text ?? "none"); \(card.deviation?.en ?? "")"
    ]).joined(separator: "\n")
  }
}
