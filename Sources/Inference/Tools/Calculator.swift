// The calculator that a model can call: + - * / and brackets over whole numbers and decimals, exact fractions, checked. A parser by precedence
// climbing. Not here: how a call comes out of a generation (ToolCalling), the arithmetic of fractions (Fraction).
import Languages

/// Why an expression has no value.
public enum CalculatorError: BilingualError, Hashable {
  case empty
  case tooLong(limit: Int)
  case tooDeep(limit: Int)
  /// Bytes from the start of the expression.
  case unexpected(at: Int)
  case divisionByZero
  case overflow

  public var message: Bilingual {
    switch self {
    case .empty: Bilingual(zh: "算式为空", en: "the expression is empty")
    case .tooLong(let limit): Bilingual(zh: "算式超过 \(limit) 字节", en: "the expression has more than \(limit) bytes")
    case .tooDeep(let limit): Bilingual(zh: "括号或正负号超过 \(limit) 层", en: "brackets or signs are more than \(limit) deep")
    case .unexpected(let at): Bilingual(zh: "第 \(at + 1) 字节处不是合法的算式", en: "byte \(at + 1) does not belong in an expression")
    case .divisionByZero: Bilingual(zh: "除以零", en: "division by zero")
    case .overflow: Bilingual(zh: "数字太大（超过 18 位左右）", en: "a number is too large (about 18 digits at most)")
    }
  }
}

/// Evaluates what a model wrote, which is hostile until shown otherwise: length, depth and every operation are bounded.
public struct Calculator: InlineTool {
  public static let maximumBytes = 128
  public static let maximumDepth = 16

  public let name = "calc"

  public init() {}

  /// The value of an expression, exactly.
  public func value(_ expression: String) throws(CalculatorError) -> Fraction {
    if expression.utf8.count > Self.maximumBytes { throw .tooLong(limit: Self.maximumBytes) }
    var parser = Parser(Array(expression.utf8))
    let value = try parser.sum()
    if let rest = parser.rest { throw .unexpected(at: rest) }
    return value
  }

  public func answer(_ arguments: String) -> ToolAnswer {
    do throws(CalculatorError) {
      let (text, isExact) = try value(arguments).decimal()
      return ToolAnswer(text: text, isExact: isExact)
    } catch {
      return ToolAnswer(text: "error", isExact: true, failure: error.message)
    }
  }
}

private struct Parser {
  private let bytes: [UInt8]
  private var position = 0
  private var depth = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// Where text is left that was not read; nil at the end.
  var rest: Int? {
    var copy = self
    return copy.peek() == nil ? nil : copy.position
  }

  /// The next byte that is no space. The signs × ÷ − of printed sums count as their keys.
  private mutating func peek() -> UInt8? {
    while position < bytes.count, bytes[position] == 0x20 { position += 1 }
    guard position < bytes.count else { return nil }
    return sign()?.key ?? bytes[position]
  }

  private func sign() -> (key: UInt8, length: Int)? {
    for (spelling, key) in [("×", "*"), ("÷", "/"), ("−", "-")] as [(String, Unicode.Scalar)]
    where bytes[position...].starts(with: spelling.utf8) {
      return (UInt8(ascii: key), spelling.utf8.count)
    }
    return nil
  }

  private mutating func take() { position += sign()?.length ?? 1 }

  mutating func sum() throws(CalculatorError) -> Fraction {
    var value = try product()
    while let operation = peek(), operation == UInt8(ascii: "+") || operation == UInt8(ascii: "-") {
      take()
      let next = try product()
      value = operation == UInt8(ascii: "+") ? try value.adding(next) : try value.adding(next.negated())
    }
    return value
  }

  private mutating func product() throws(CalculatorError) -> Fraction {
    var value = try factor()
    while let operation = peek(), operation == UInt8(ascii: "*") || operation == UInt8(ascii: "/") {
      take()
      let next = try factor()
      value = operation == UInt8(ascii: "*") ? try value.multiplied(by: next) : try value.divided(by: next)
    }
    return value
  }

  private mutating func factor() throws(CalculatorError) -> Fraction {
    guard let byte = peek() else { throw bytes.allSatisfy { $0 == 0x20 } ? .empty : .unexpected(at: bytes.count) }
    switch byte {
    case UInt8(ascii: "-"), UInt8(ascii: "+"):
      take()
      let value = try nested { (parser) throws(CalculatorError) in try parser.factor() }
      return byte == UInt8(ascii: "-") ? try value.negated() : value
    case UInt8(ascii: "("):
      take()
      let value = try nested { (parser) throws(CalculatorError) in try parser.sum() }
      guard peek() == UInt8(ascii: ")") else { throw .unexpected(at: position) }
      take()
      return value
    default: return try number()
    }
  }

  private mutating func nested(_ body: (inout Parser) throws(CalculatorError) -> Fraction) throws(CalculatorError) -> Fraction {
    depth += 1
    defer { depth -= 1 }
    if depth > Calculator.maximumDepth { throw .tooDeep(limit: Calculator.maximumDepth) }
    return try body(&self)
  }

  private mutating func number() throws(CalculatorError) -> Fraction {
    let start = position
    var (value, scale, digits) = (0, 1, 0)
    var hasPoint = false
    while position < bytes.count {
      let byte = bytes[position]
      if byte == UInt8(ascii: "."), !hasPoint, digits > 0 {
        hasPoint = true
      } else if byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") {
        value = try checked(checked(value.multipliedReportingOverflow(by: 10)).addingReportingOverflow(Int(byte) - 0x30))
        if hasPoint { scale = try checked(scale.multipliedReportingOverflow(by: 10)) }
        digits += 1
      } else {
        break
      }
      position += 1
    }
    guard digits > 0, bytes[position - 1] != UInt8(ascii: ".") else { throw .unexpected(at: digits > 0 ? position - 1 : start) }
    return try Fraction(value, scale)
  }
}
