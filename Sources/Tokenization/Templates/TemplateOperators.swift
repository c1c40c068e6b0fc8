// Arithmetic and comparisons by Python's rules, with integers of 64 bits: what does not fit is an error. Not here: formatting with %.
import ModelFiles

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

extension TemplateInterpreter {
  func arithmetic(
    _ first: TemplateExpression, _ rest: [(sign: TemplateArithmetic, operand: TemplateExpression, offset: TemplateOffset)]
  ) throws(TemplateFault) -> TemplateValue {
    var value = try evaluate(first)
    for (sign, operand, place) in rest {
      try budget.spend(1)
      let operand = try evaluate(operand)
      offset = place
      value = try apply(sign, value, operand)
    }
    return value
  }

  func apply(_ sign: TemplateArithmetic, _ a: TemplateValue, _ b: TemplateValue) throws(TemplateFault) -> TemplateValue {
    if case .undefined(let name) = a { throw .undefined(name) }
    switch (sign, a, b) {
    case (.modulo, .text(let format), _): return .text(try formatted(format, percent: b))
    case (_, _, .undefined(let name)): throw .undefined(name)
    case (.plus, .text(let x), .text(let y)): return .text(try joined([x, y]))
    case (.plus, .list(let x), .list(let y)) where x.isTuple == y.isTuple:
      try budget.list(x.items.count + y.items.count)
      return .list(try TemplateList(x.items + y.items, isTuple: x.isTuple, budget))
    case (.times, .text(let text), _), (.times, _, .text(let text)):
      guard let count = (b.wholeNumber ?? a.wholeNumber) else { break }
      try budget.text(text.count, times: max(0, count))
      return .text(TemplateText(letters: Self.repeated(text.letters, count)))
    case (.times, .list(let list), _), (.times, _, .list(let list)):
      guard let count = (b.wholeNumber ?? a.wholeNumber) else { break }
      let (total, overflow) = list.items.count.multipliedReportingOverflow(by: max(0, count))
      if overflow { throw .listTooLong }
      try budget.list(total)
      return .list(try TemplateList(Self.repeated(list.items, count), isTuple: list.isTuple, budget))
    default: break
    }
    let author = max(a.ownAuthor, b.ownAuthor)
    if let x = a.wholeNumber, let y = b.wholeNumber, sign != .divide, sign != .power || y >= 0 {
      return .integer(try Self.whole(sign, x, y), author)
    }
    if let x = a.double, let y = b.double { return .float(try Self.floating(sign, x, y), author) }
    throw .operands(sign.rawValue, a.typeName, b.typeName)
  }

  private static func repeated<Element>(_ elements: [Element], _ count: Int) -> [Element] {
    guard count > 0, let first = elements.first else { return [] }
    if elements.count == 1 { return Array(repeating: first, count: count) }
    var result: [Element] = []
    result.reserveCapacity(elements.count * count)
    for _ in 0..<count { result += elements }
    return result
  }

  func negated(_ value: TemplateValue) throws(TemplateFault) -> TemplateValue {
    if case .float(let number, let author) = value { return .float(-number, author) }
    if case .undefined(let name) = value { throw .undefined(name) }
    guard let number = value.wholeNumber else { throw .wrongType(expected: "int", found: value.typeName) }
    if number == .min { throw .overflow }
    return .integer(-number, value.ownAuthor)
  }

  /// Division rounds down and the remainder has the divisor's sign, as in Python.
  private static func whole(_ sign: TemplateArithmetic, _ x: Int, _ y: Int) throws(TemplateFault) -> Int {
    func checked(_ result: (partialValue: Int, overflow: Bool)) throws(TemplateFault) -> Int {
      if result.overflow { throw .overflow }
      return result.partialValue
    }
    switch sign {
    case .plus: return try checked(x.addingReportingOverflow(y))
    case .minus: return try checked(x.subtractingReportingOverflow(y))
    case .times: return try checked(x.multipliedReportingOverflow(by: y))
    case .floorDivide, .divide:
      if y == 0 { throw .divisionByZero }
      let quotient = try checked(x.dividedReportingOverflow(by: y))
      return x % y != 0 && (x < 0) != (y < 0) ? quotient - 1 : quotient
    case .modulo:
      if y == 0 { throw .divisionByZero }
      if y == -1 { return 0 }
      let remainder = x % y
      return remainder != 0 && (remainder < 0) != (y < 0) ? remainder + y : remainder
    case .power:
      var (result, base, exponent) = (1, x, y)
      while exponent > 0 {
        if exponent & 1 == 1 { result = try checked(result.multipliedReportingOverflow(by: base)) }
        exponent >>= 1
        if exponent > 0 { base = try checked(base.multipliedReportingOverflow(by: base)) }
      }
      return result
    }
  }

  private static func floating(_ sign: TemplateArithmetic, _ x: Double, _ y: Double) throws(TemplateFault) -> Double {
    if y == 0, sign == .divide || sign == .floorDivide || sign == .modulo { throw .divisionByZero }
    switch sign {
    case .plus: return x + y
    case .minus: return x - y
    case .times: return x * y
    case .divide: return x / y
    case .floorDivide: return (x / y).rounded(.down)
    case .modulo:
      let remainder = fmod(x, y)
      return remainder != 0 && (remainder < 0) != (y < 0) ? remainder + y : remainder
    case .power:
      if x == 0, y < 0 { throw .divisionByZero }
      let power = pow(x, y)
      if !power.isFinite, x.isFinite, y.isFinite { throw .overflow }
      return power
    }
  }

  /// `~`: everything as text.
  func concatenation(_ operands: [TemplateExpression], _ place: TemplateOffset) throws(TemplateFault) -> TemplateValue {
    let values = try values(operands)
    offset = place
    var texts: [TemplateText] = []
    for value in values { texts.append(try text(of: value)) }
    return .text(try joined(texts))
  }

  // MARK: Comparisons

  func comparison(
    _ first: TemplateExpression, _ rest: [(sign: TemplateComparison, operand: TemplateExpression, offset: TemplateOffset)]
  ) throws(TemplateFault) -> TemplateValue {
    var left = try evaluate(first)
    for (sign, operand, place) in rest {
      let right = try evaluate(operand)
      offset = place
      if try !holds(left, sign, right) { return .bool(false) }
      left = right
    }
    return .bool(true)
  }

  func holds(_ a: TemplateValue, _ sign: TemplateComparison, _ b: TemplateValue) throws(TemplateFault) -> Bool {
    switch sign {
    case .equal: return try isEqual(a, b)
    case .notEqual: return try !isEqual(a, b)
    case .isIn: return try contains(b, a)
    case .notIn: return try !contains(b, a)
    // NaN is neither smaller nor larger, so no sign is the negation of another.
    case .less: return try isLess(a, b, "<")
    case .greater: return try isLess(b, a, ">")
    case .lessOrEqual: return try isLess(a, b, "<=") ? true : isEqual(a, b)
    case .greaterOrEqual: return try isLess(b, a, ">=") ? true : isEqual(a, b)
    }
  }

  func isEqual(_ a: TemplateValue, _ b: TemplateValue) throws(TemplateFault) -> Bool {
    try budget.spend(1)
    try budget.enter()
    defer { budget.leave() }
    switch (a, b) {
    case (.undefined, .undefined), (.null, .null): return true
    case (.text(let x), .text(let y)):
      if x.count == y.count { try budget.spend(x.count / 16) }
      return x == y
    case (.list(let x), .list(let y)):
      guard x.items.count == y.items.count, x.isTuple == y.isTuple else { return false }
      for (one, other) in zip(x.items, y.items) where try !isEqual(one, other) { return false }
      return true
    case (.dict(let x), .dict(let y)):
      guard x.count == y.count else { return false }
      for (key, value) in zip(x.keys, x.values) {
        guard let other = try member(key, of: y), try isEqual(value, other) else { return false }
      }
      return true
    case (.namespace(let x), .namespace(let y)), (.macro(let x), .macro(let y)), (.loop(let x), .loop(let y)): return x == y
    case (.function(let x), .function(let y)): return x == y
    default:
      if let x = a.wholeNumber, let y = b.wholeNumber { return x == y }
      guard let x = a.double, let y = b.double else { return false }
      return x == y
    }
  }

  func isLess(_ a: TemplateValue, _ b: TemplateValue, _ sign: String) throws(TemplateFault) -> Bool {
    try budget.spend(1)
    try budget.enter()
    defer { budget.leave() }
    switch (a, b) {
    case (.text(let x), .text(let y)):
      try budget.spend(min(x.count, y.count) / 16)
      return x < y
    case (.list(let x), .list(let y)) where x.isTuple == y.isTuple:
      for (one, other) in zip(x.items, y.items) where try !isEqual(one, other) { return try isLess(one, other, sign) }
      return x.items.count < y.items.count
    case (.undefined(let name), _), (_, .undefined(let name)): throw .undefined(name)
    default:
      if let x = a.wholeNumber, let y = b.wholeNumber { return x < y }
      guard let x = a.double, let y = b.double else { throw .operands(sign, a.typeName, b.typeName) }
      return x < y
    }
  }

  /// `needle in haystack`.
  func contains(_ haystack: TemplateValue, _ needle: TemplateValue) throws(TemplateFault) -> Bool {
    switch haystack {
    case .text(let text):
      guard case .text(let part) = needle else { throw .operands("in", needle.typeName, "str") }
      return try find(part, in: text) != nil
    case .dict(let dict): return try member(needle, of: dict) != nil
    case .list(let list): return try position(of: needle, in: list.items) != nil
    case .undefined: return false
    default: throw .wrongType(expected: "list", found: haystack.typeName)
    }
  }
}

extension TemplateValue {
  var double: Double? {
    if case .float(let value, _) = self { return value }
    return wholeNumber.map(Double.init)
  }
}
