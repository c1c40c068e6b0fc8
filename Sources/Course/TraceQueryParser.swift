// Reads queries and predicates from text by recursive descent. Not here: words and numbers (TraceLexeme), their
// meaning (TraceQuery), values (TraceEvaluator).
import Languages

extension TraceQuery {
  /// - Throws: `TraceError.syntax`.
  public init(_ text: String) throws(TraceError) {
    var parser = try TraceQueryParser(text)
    let expression = try parser.expression()
    let format = try parser.format()
    try parser.end()
    self.init(expression: expression, format: format, source: text)
  }
}

extension TracePredicate {
  /// - Throws: `TraceError.syntax`.
  public init(_ text: String) throws(TraceError) {
    var parser = try TraceQueryParser(text)
    var comparisons: [Comparison] = []
    repeat {
      let left = try parser.expression()
      let relation = try parser.relation()
      let right = try parser.expression()
      comparisons.append(Comparison(left: left, relation: relation, right: right))
    } while parser.take(word: "and")
    try parser.end()
    self.init(comparisons: comparisons, source: text)
  }
}

struct TraceQueryParser {
  static let maximumBytes = 512
  static let maximumDepth = 16

  private let lexemes: [(lexeme: TraceLexeme, column: Int)]
  private var next = 0
  private var depth = 0

  init(_ text: String) throws(TraceError) {
    guard text.utf8.count <= Self.maximumBytes else {
      throw .syntax(column: 1, Bilingual(zh: "查询超过 \(Self.maximumBytes) 字节", en: "longer than \(Self.maximumBytes) bytes"))
    }
    lexemes = try TraceLexeme.read(text)
  }

  // MARK: grammar

  mutating func expression() throws(TraceError) -> TraceExpression {
    depth += 1
    defer { depth -= 1 }
    guard depth <= Self.maximumDepth else { throw fail(zh: "嵌套太深", en: "nested too deeply") }
    var left = try term()
    while let symbol = take(anyOf: ["+", "-"]) {
      left = .binary(TraceOperator(rawValue: symbol)!, left, try term())
      try count()
    }
    return left
  }

  private mutating func term() throws(TraceError) -> TraceExpression {
    var left = try factor()
    while let symbol = take(anyOf: ["*", "/"]) {
      left = .binary(TraceOperator(rawValue: symbol)!, left, try factor())
      try count()
    }
    return left
  }

  private var operators = 0

  /// Chains without parentheses nest in the tree too, so they are counted.
  private mutating func count() throws(TraceError) {
    operators += 1
    if operators > 32 { throw fail(zh: "运算太多", en: "too many operations") }
  }

  private mutating func factor() throws(TraceError) -> TraceExpression {
    var negative = take("-")
    var value = try primary()
    if negative, case .number(let number) = value { (value, negative) = (.number(-number), false) }
    while !isAtFormat, take("|") {
      value = .stage(value, try stage())
      try count()
    }
    return negative ? .negative(value) : value
  }

  private mutating func primary() throws(TraceError) -> TraceExpression {
    if take("(") {
      let inner = try expression()
      try expect(")")
      return inner
    }
    guard next < lexemes.count else { throw fail(zh: "这里还缺一个值", en: "a value is missing here") }
    switch lexemes[next].lexeme {
    case .number(let number):
      next += 1
      return .number(number)
    case .text(let text):
      next += 1
      return .text(text)
    case .word(let word):
      if let variable = TraceVariable(rawValue: word) {
        next += 1
        return .variable(variable)
      }
      guard let (source, rank) = Self.source(word) else {
        throw fail(zh: "没有叫做 \(word) 的来源", en: "there is no source called \(word)")
      }
      next += 1
      return try indexed(source, rank: rank)
    case .symbol: throw fail(zh: "这里应当是一个值", en: "a value is expected here")
    }
  }

  private mutating func indexed(_ source: TraceSource, rank: ClosedRange<Int>) throws(TraceError) -> TraceExpression {
    var indices: [TraceIndex] = []
    if take("[") {
      repeat { indices.append(take("*") ? .all : .at(try expression())) } while take(",")
      try expect("]")
    }
    guard rank.contains(indices.count) else {
      throw fail(zh: "下标应有 \(rank.lowerBound) 个", en: "takes \(rank.lowerBound) indices")
    }
    var field: TraceField?
    if take(".") {
      guard case .word(let name)? = peek, let known = TraceField(rawValue: name), Self.fields(of: source).contains(known) else {
        throw fail(zh: "没有这个字段", en: "no such field")
      }
      next += 1
      field = known
    }
    return .source(source, indices, field: field)
  }

  private mutating func stage() throws(TraceError) -> TraceStage {
    guard case .word(let name)? = peek else { throw fail(zh: "竖线之后应写一个函数", en: "a function is expected after the bar") }
    next += 1
    if let plain = TraceStage.plain[name] { return plain }
    guard name == "at" else {
      next -= 1
      throw fail(zh: "没有叫做 \(name) 的函数", en: "there is no function called \(name)")
    }
    guard case .number(let number)? = peek, let index = Int(exactly: number), 0..<1 << 24 ~= index else {
      throw fail(zh: "at 之后应写一个序号", en: "at takes an index")
    }
    next += 1
    return .at(index)
  }

  /// A bar with `digits` or `percent` after it binds to the whole query.
  private var isAtFormat: Bool {
    guard peek == .symbol("|"), next + 1 < lexemes.count else { return false }
    return lexemes[next + 1].lexeme == .word("digits") || lexemes[next + 1].lexeme == .word("percent")
  }

  mutating func format() throws(TraceError) -> TraceFormat {
    guard isAtFormat else { return .automatic }
    let isPercent = lexemes[next + 1].lexeme == .word("percent")
    next += 2
    guard case .number(let number)? = peek else { return isPercent ? .percent(0) : .digits(4) }
    guard let count = Int(exactly: number), 0...8 ~= count else { throw fail(zh: "小数位数为 0 到 8", en: "takes 0 to 8 decimals") }
    next += 1
    return isPercent ? .percent(count) : .digits(count)
  }

  mutating func relation() throws(TraceError) -> TracePredicate.Relation {
    guard case .symbol(let symbol)? = peek, let relation = TracePredicate.Relation(rawValue: symbol) else {
      throw fail(zh: "这里应当是比较符号", en: "a comparison is expected here")
    }
    next += 1
    return relation
  }

  func end() throws(TraceError) {
    if next < lexemes.count { throw fail(zh: "多出来的内容", en: "unexpected text") }
  }

  // MARK: names

  private static func source(_ word: String) -> (TraceSource, ClosedRange<Int>)? {
    switch word {
    case "attn": return (.attention, 4...4)
    case "scores": return (.scores, 4...4)
    case "raw": return (.raw, 4...4)
    case "prob": return (.probability, 2...2)
    case "logit": return (.logit, 2...2)
    case "rank": return (.rank, 2...2)
    case "top": return (.top, 2...2)
    case "surprise": return (.surprise, 1...1)
    case "token": return (.token, 1...1)
    case "tokens": return (.tokens, 0...0)
    case "previous": return (.previous, 2...2)
    case "first": return (.first, 2...2)
    case "own": return (.own, 2...2)
    default: break
    }
    if word.hasPrefix("model.") { return ModelFact(rawValue: String(word.dropFirst(6))).map { (.fact($0), 0...0) } }
    return HookName.isKnown(word) ? (.hook(word), 1...4) : nil
  }

  private static func fields(of source: TraceSource) -> [TraceField] {
    switch source {
    case .top: TraceField.allCases
    case .token: [.token, .id]
    default: []
    }
  }

  // MARK: taking lexemes

  private var peek: TraceLexeme? { next < lexemes.count ? lexemes[next].lexeme : nil }

  private mutating func take(_ symbol: String) -> Bool {
    guard peek == .symbol(symbol) else { return false }
    next += 1
    return true
  }

  mutating func take(word: String) -> Bool {
    guard peek == .word(word) else { return false }
    next += 1
    return true
  }

  private mutating func take(anyOf symbols: [String]) -> String? { symbols.first { take($0) } }

  private mutating func expect(_ symbol: String) throws(TraceError) {
    if !take(symbol) { throw fail(zh: "这里缺 \(symbol)", en: "\(symbol) is missing here") }
  }

  private func fail(zh: String, en: String) -> TraceError {
    let column = next < lexemes.count ? lexemes[next].column : (lexemes.last?.column ?? 0) + 1
    return .syntax(column: column, Bilingual(zh: zh, en: en))
  }
}
