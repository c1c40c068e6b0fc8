// The expressions of a template, by operator precedence: or, and, not, comparisons and in, + -, ~, * / // %, **, then unary signs, postfixes,
// filters and tests (jinja.palletsprojects.com, Expressions). Not here: statements.

extension TemplateParser {
  static let constants: [String: TemplateValue] = [
    "true": .bool(true), "True": .bool(true), "false": .bool(false), "False": .bool(false), "none": .null, "None": .null,
  ]

  /// Arguments of one call and parameters of one macro: binding them is quadratic.
  static let argumentLimit = 64

  private enum Level: Int {
    case or, and, not, comparison, sum, concatenation, product, power, unary

    var tighter: Level { Level(rawValue: rawValue + 1) ?? .unary }
  }

  /// An expression, or several with commas as a tuple.
  mutating func tuple(allowingCondition: Bool = true) throws(TemplateFault) -> TemplateExpression {
    let first = allowingCondition ? try expression() : try operation(.or)
    guard token == .sign(",") else { return first }
    var items = [first]
    while take(sign: ",") {
      switch token {
      case .endBlock, .endOutput, .sign(")"): return .list(items, isTuple: true)
      default: items.append(allowingCondition ? try expression() : try operation(.or))
      }
    }
    return .list(items, isTuple: true)
  }

  mutating func expression() throws(TemplateFault) -> TemplateExpression {
    let value = try operation(.or)
    guard take(word: "if") else { return value }
    let condition = try operation(.or)
    guard take(word: "else") else { return .choice(condition: condition, then: value, otherwise: nil) }
    let otherwise = try nested { (parser) throws(TemplateFault) in try parser.expression() }
    return .choice(condition: condition, then: value, otherwise: otherwise)
  }

  /// Operators that bind at least as tightly as `lowest`.
  private mutating func operation(_ lowest: Level) throws(TemplateFault) -> TemplateExpression {
    try nested { (parser) throws(TemplateFault) in
      var value: TemplateExpression
      if lowest.rawValue <= Level.not.rawValue, parser.take(word: "not") {
        value = .not(try parser.operation(.not))
      } else {
        value = try parser.unary()
      }
      while let level = parser.level, level.rawValue >= lowest.rawValue { value = try parser.chain(level, value) }
      return value
    }
  }

  /// The level of the operator that stands here.
  private var level: Level? {
    switch token {
    case .name("or"): .or
    case .name("and"): .and
    case .name("in"): .comparison
    case .name("not"): next == .name("in") ? .comparison : nil
    case .sign("=="), .sign("!="), .sign("<"), .sign("<="), .sign(">"), .sign(">="): .comparison
    case .sign("+"), .sign("-"): .sum
    case .sign("~"): .concatenation
    case .sign("*"), .sign("/"), .sign("//"), .sign("%"): .product
    case .sign("**"): .power
    default: nil
    }
  }

  /// All operators of one level that follow `first`.
  private mutating func chain(_ level: Level, _ first: TemplateExpression) throws(TemplateFault) -> TemplateExpression {
    let start = offset
    var operands = [first]
    var sums: [(sign: TemplateArithmetic, operand: TemplateExpression, offset: TemplateOffset)] = []
    var comparisons: [(sign: TemplateComparison, operand: TemplateExpression, offset: TemplateOffset)] = []
    while self.level == level {
      let place = offset
      let operatorToken = token
      advance()
      if level == .comparison, operatorToken == .name("not") { advance() }
      let operand = try operation(level.tighter)
      switch operatorToken {
      case .name("in"): comparisons.append((.isIn, operand, place))
      case .name("not"): comparisons.append((.notIn, operand, place))
      case .sign(let sign):
        if let sign = TemplateArithmetic(rawValue: sign) {
          sums.append((sign, operand, place))
        } else if let sign = TemplateComparison(rawValue: sign) {
          comparisons.append((sign, operand, place))
        } else {
          operands.append(operand)
        }
      default: operands.append(operand)
      }
    }
    switch level {
    case .or: return .any(operands)
    case .and: return .all(operands)
    case .comparison: return .comparison(first, comparisons)
    case .concatenation: return .concatenation(operands, start)
    default: return .arithmetic(first, sums)
    }
  }

  // MARK: Values

  /// A value with its signs, postfixes, filters and tests. Filters bind less tightly than signs: `-1|abs` is 1.
  private mutating func unary() throws(TemplateFault) -> TemplateExpression {
    let value = try signed()
    let postfixes = try postfixes(withFilters: true)
    return postfixes.isEmpty ? value : Self.extended(value, postfixes)
  }

  private mutating func signed() throws(TemplateFault) -> TemplateExpression {
    let start = offset
    if take(sign: "-") {
      return .negation(try nested { (parser) throws(TemplateFault) in try parser.signed() }, start)
    }
    if take(sign: "+") { return try nested { (parser) throws(TemplateFault) in try parser.signed() } }
    let value = try primary()
    let postfixes = try postfixes(withFilters: false)
    return postfixes.isEmpty ? value : .chain(value, postfixes)
  }

  private static func extended(_ value: TemplateExpression, _ postfixes: [TemplatePostfix]) -> TemplateExpression {
    if case .chain(let base, let first) = value { return .chain(base, first + postfixes) }
    return .chain(value, postfixes)
  }

  private mutating func primary() throws(TemplateFault) -> TemplateExpression {
    let start = offset
    switch token {
    case .name(let name):
      advance()
      if let constant = Self.constants[name] { return .literal(constant) }
      if name == "caller" { sawCaller = true }
      variables.insert(name)
      return .name(name, start)
    case .string(var text):
      advance()
      while case .string(let more) = token {
        advance()
        text.letters += more.letters
      }
      return .literal(.text(text))
    case .integer(let value):
      advance()
      return .literal(.integer(value))
    case .float(let value):
      advance()
      return .literal(.float(value))
    case .sign("("):
      advance()
      if take(sign: ")") { return .list([], isTuple: true) }
      let value = try tuple()
      try expect(.sign(")"), ")")
      return value
    case .sign("["):
      advance()
      var items: [TemplateExpression] = []
      while !take(sign: "]") {
        if !items.isEmpty { try expect(.sign(","), ",") }
        if take(sign: "]") { break }
        items.append(try expression())
      }
      return .list(items, isTuple: false)
    case .sign("{"):
      advance()
      var members: [(key: TemplateExpression, value: TemplateExpression)] = []
      while !take(sign: "}") {
        if !members.isEmpty { try expect(.sign(","), ",") }
        if take(sign: "}") { break }
        let key = try expression()
        try expect(.sign(":"), ":")
        members.append((key, try expression()))
      }
      return .dict(members)
    default: throw .expected("expression")
    }
  }

  private mutating func postfixes(withFilters: Bool) throws(TemplateFault) -> [TemplatePostfix] {
    var postfixes: [TemplatePostfix] = []
    while true {
      let start = offset
      if take(sign: ".") {
        if case .integer(let index) = token {
          advance()
          postfixes.append(TemplatePostfix(kind: .item(.literal(.integer(index))), offset: start))
        } else {
          postfixes.append(TemplatePostfix(kind: .attribute(try name()), offset: start))
        }
      } else if take(sign: "[") {
        postfixes.append(TemplatePostfix(kind: try subscripted(), offset: start))
      } else if token == .sign("(") {
        postfixes.append(TemplatePostfix(kind: .call(try arguments()), offset: start))
      } else if withFilters, take(sign: "|") {
        postfixes.append(try filter())
      } else if withFilters, take(word: "is") {
        let negated = take(word: "not")
        let name = try name()
        postfixes.append(TemplatePostfix(kind: .test(name, try testArguments(), negated: negated), offset: start))
      } else {
        return postfixes
      }
    }
  }

  /// After `[`: an index or a slice.
  private mutating func subscripted() throws(TemplateFault) -> TemplatePostfix.Kind {
    var parts: [TemplateExpression?] = []
    while true {
      parts.append(token == .sign(":") || token == .sign("]") ? nil : try tuple())
      if parts.count > 3 || !take(sign: ":") { break }
    }
    try expect(.sign("]"), "]")
    if parts.count == 1 {
      guard let index = parts[0] else { throw .expected("expression") }
      return .item(index)
    }
    return .slice(parts[0], parts[1], parts.count > 2 ? parts[2] : nil)
  }

  /// A filter's name and arguments.
  mutating func filter() throws(TemplateFault) -> TemplatePostfix {
    let start = offset
    let name = try name()
    return TemplatePostfix(kind: .filter(name, token == .sign("(") ? try arguments() : TemplateCallArguments()), offset: start)
  }

  /// `is divisibleby(3)` or `is divisibleby 3`.
  private mutating func testArguments() throws(TemplateFault) -> TemplateCallArguments {
    switch token {
    case .sign("("): return try arguments()
    case .name("else"), .name("or"), .name("and"), .name("if"), .name("in"), .name("not"): return TemplateCallArguments()
    case .name("is"): throw .character("is")
    case .name, .string, .integer, .float, .sign("["), .sign("{"):
      let value = try nested { (parser) throws(TemplateFault) in
        let value = try parser.primary()
        let postfixes = try parser.postfixes(withFilters: false)
        return postfixes.isEmpty ? value : .chain(value, postfixes)
      }
      return TemplateCallArguments(positional: [value])
    default: return TemplateCallArguments()
    }
  }

  private mutating func arguments() throws(TemplateFault) -> TemplateCallArguments {
    var arguments = TemplateCallArguments()
    try expect(.sign("("), "(")
    var isFirst = true
    while !take(sign: ")") {
      if !isFirst { try expect(.sign(","), ",") }
      isFirst = false
      if take(sign: ")") { break }
      if arguments.positional.count + arguments.named.count >= Self.argumentLimit { throw .unsupported("> \(Self.argumentLimit)") }
      if token == .sign("*") || token == .sign("**") { throw .unsupported("*") }
      if case .name(let name) = token, next == .sign("=") {
        advance()
        advance()
        if arguments.named.contains(where: { $0.name == name }) { throw .argument(name) }
        arguments.named.append((name, try expression()))
      } else {
        if !arguments.named.isEmpty { throw .expected("name=…") }
        arguments.positional.append(try expression())
      }
    }
    return arguments
  }
}
