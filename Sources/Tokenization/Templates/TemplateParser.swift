// The statements of a template: tokens become a tree. Not here: expressions (TemplateExpressionParser).
import ModelFiles

struct TemplateParser {
  private var lexer: TemplateLexer
  private var current: TemplateToken
  private var following: TemplateToken
  private var depth = 0
  private let stack = TemplateStack()
  private var loops = 0
  /// Every variable that an expression mentions.
  var variables: Set<String> = []
  /// Whether `caller` was read in the macro that is open.
  var sawCaller = false

  private init(_ source: [Unicode.Scalar]) {
    lexer = TemplateLexer(source)
    current = lexer.next()
    following = lexer.next()
  }

  /// - Parameter source: normalized.
  static func parse(_ source: [Unicode.Scalar]) throws(LocatedFault) -> (statements: [TemplateStatement], variables: Set<String>) {
    var parser = TemplateParser(source)
    do throws(TemplateFault) {
      let statements = try parser.statements(until: [])
      return (statements, parser.variables)
    } catch {
      if case .invalid(let fault) = parser.token { throw LocatedFault(fault: fault, offset: parser.offset) }
      throw LocatedFault(fault: error, offset: parser.offset)
    }
  }

  // MARK: Tokens

  var token: TemplateToken.Kind { current.kind }
  /// The token behind that one.
  var next: TemplateToken.Kind { following.kind }
  var offset: TemplateOffset { current.offset }

  /// The last token, `.end` or `.invalid`, stays.
  mutating func advance() {
    switch following.kind {
    case .end, .invalid: current = following
    default:
      current = following
      following = lexer.next()
    }
  }

  mutating func take(_ kind: TemplateToken.Kind) -> Bool {
    guard token == kind else { return false }
    advance()
    return true
  }

  mutating func take(sign: String) -> Bool { take(.sign(sign)) }
  mutating func take(word: String) -> Bool { take(.name(word)) }

  mutating func expect(_ kind: TemplateToken.Kind, _ spelling: String) throws(TemplateFault) {
    guard take(kind) else { throw .expected(spelling) }
  }

  mutating func name() throws(TemplateFault) -> String {
    guard case .name(let name) = token else { throw .expected("name") }
    advance()
    return name
  }

  /// Everything that nests passes here, so the tree is never deeper than the cap.
  mutating func nested<Result>(_ body: (inout TemplateParser) throws(TemplateFault) -> Result) throws(TemplateFault) -> Result {
    depth += 1
    defer { depth -= 1 }
    if depth > Limits.templateNesting { throw .nesting }
    try stack.check()
    return try body(&self)
  }

  // MARK: Statements

  /// Reads until a block with one of the `ends` stands here, and the begin of that block; until the end of the template if there are none.
  private mutating func statements(until ends: [String]) throws(TemplateFault) -> [TemplateStatement] {
    var statements: [TemplateStatement] = []
    while true {
      let start = offset
      switch token {
      case .text(let text):
        advance()
        statements.append(.text(text))
      case .beginOutput:
        advance()
        statements.append(.output(try tuple(), start))
        try expect(.endOutput, "}}")
      case .beginBlock:
        advance()
        if case .name(let name) = token, ends.contains(name) { return statements }
        statements.append(try nested { (parser) throws(TemplateFault) in try parser.statement() })
      default:
        guard token == .end, ends.isEmpty else { throw .unterminated("{% \(ends.last?.dropFirst(3) ?? "") %}") }
        return statements
      }
    }
  }

  /// The body of a block up to `{% end %}`, that tag included.
  private mutating func body(_ end: String) throws(TemplateFault) -> [TemplateStatement] {
    try expect(.endBlock, "%}")
    let body = try statements(until: [end])
    advance()
    try expect(.endBlock, "%}")
    return body
  }

  /// A body outside the loops around it.
  private mutating func closedBody(_ end: String) throws(TemplateFault) -> [TemplateStatement] {
    let outer = loops
    loops = 0
    defer { loops = outer }
    return try body(end)
  }

  private static let tags: Set<String> = ["if", "for", "set", "macro", "call", "filter", "generation", "do", "break", "continue"]

  private mutating func statement() throws(TemplateFault) -> TemplateStatement {
    guard case .name(let tag) = token else { throw .expected("tag") }
    guard Self.tags.contains(tag) else { throw .unknownTag(tag) }
    advance()
    switch tag {
    case "if": return try branch()
    case "for": return try loop()
    case "set": return try set()
    case "macro": return .macro(try macro())
    case "call": return try call()
    case "filter":
      var filters = [try filter()]
      while take(sign: "|") { filters.append(try filter()) }
      return .filter(filters, try body("endfilter"))
    case "generation": return .generation(try closedBody("endgeneration"))
    case "do":
      let expression = try tuple()
      try expect(.endBlock, "%}")
      return .evaluate(expression)
    default:
      guard loops > 0 else { throw .outsideLoop(tag) }
      try expect(.endBlock, "%}")
      return .leave(tag == "break" ? .breakLoop : .continueLoop)
    }
  }

  private mutating func branch() throws(TemplateFault) -> TemplateStatement {
    var branches: [(condition: TemplateExpression, body: [TemplateStatement])] = []
    while true {
      let condition = try tuple()
      try expect(.endBlock, "%}")
      branches.append((condition, try statements(until: ["elif", "else", "endif"])))
      if !take(word: "elif") { break }
    }
    let hasElse = take(word: "else")
    if !hasElse { try expect(.name("endif"), "endif") }
    let otherwise = hasElse ? try body("endif") : []
    if !hasElse { try expect(.endBlock, "%}") }
    return .branch(branches, otherwise: otherwise)
  }

  private mutating func loop() throws(TemplateFault) -> TemplateStatement {
    let start = offset
    let target = try target()
    try expect(.name("in"), "in")
    let items = try tuple(allowingCondition: false)
    let condition = take(word: "if") ? try expression() : nil
    if token == .name("recursive") { throw .unsupported("recursive") }
    try expect(.endBlock, "%}")
    loops += 1
    let body = try statements(until: ["else", "endfor"])
    loops -= 1
    var otherwise: [TemplateStatement] = []
    if take(word: "else") {
      otherwise = try self.body("endfor")
    } else {
      advance()
      try expect(.endBlock, "%}")
    }
    return .loop(TemplateLoop(target: target, items: items, condition: condition, body: body, otherwise: otherwise, offset: start))
  }

  private mutating func set() throws(TemplateFault) -> TemplateStatement {
    let target = try target(allowingAttribute: true)
    if take(sign: "=") {
      let value = try tuple()
      try expect(.endBlock, "%}")
      return .set(target, value)
    }
    var filters: [TemplatePostfix] = []
    while take(sign: "|") { filters.append(try filter()) }
    return .capture(target, filters, try body("endset"))
  }

  /// One or more names in an assignment; `ns.name` where a namespace may stand.
  private mutating func target(allowingAttribute: Bool = false) throws(TemplateFault) -> TemplateTarget {
    try nested { (parser) throws(TemplateFault) in
      let start = parser.offset
      var targets: [TemplateTarget] = []
      var isTuple = false
      repeat {
        if parser.take(sign: "(") {
          targets.append(try parser.target(allowingAttribute: allowingAttribute))
          try parser.expect(.sign(")"), ")")
        } else if case .name("in") = parser.token, isTuple {
          break
        } else {
          let place = parser.offset
          let name = try parser.name()
          if Self.constants[name] != nil { throw .character(name) }
          if allowingAttribute, parser.take(sign: ".") {
            targets.append(.attribute(namespace: name, try parser.name(), place))
          } else {
            targets.append(.name(name))
          }
        }
        if parser.token == .sign(",") { isTuple = true }
      } while parser.take(sign: ",")
      return isTuple || targets.count != 1 ? .tuple(targets, start) : targets[0]
    }
  }

  private mutating func macro() throws(TemplateFault) -> TemplateMacro {
    let name = try name()
    let parameters = try parameters()
    let outer = sawCaller
    sawCaller = false
    let body = try closedBody("endmacro")
    defer { sawCaller = outer }
    return TemplateMacro(name: name, parameters: parameters, body: body, usesCaller: sawCaller)
  }

  private mutating func parameters() throws(TemplateFault) -> [(name: String, standard: TemplateExpression?)] {
    var parameters: [(name: String, standard: TemplateExpression?)] = []
    try expect(.sign("("), "(")
    while !take(sign: ")") {
      if !parameters.isEmpty { try expect(.sign(","), ",") }
      if parameters.count >= Self.argumentLimit { throw .unsupported("> \(Self.argumentLimit)") }
      let name = try name()
      if take(sign: "=") {
        parameters.append((name, try expression()))
      } else {
        if parameters.last?.standard != nil { throw .expected("\(name)=…") }
        parameters.append((name, nil))
      }
    }
    return parameters
  }

  private mutating func call() throws(TemplateFault) -> TemplateStatement {
    let start = offset
    let parameters = token == .sign("(") ? try parameters() : []
    guard case .chain(let base, var postfixes) = try expression(), case .call(let arguments)? = postfixes.popLast()?.kind else {
      throw .expected("macro(…)")
    }
    let outer = sawCaller
    sawCaller = false
    let body = try closedBody("endcall")
    let caller = TemplateMacro(name: "caller", parameters: parameters, body: body, usesCaller: false)
    // The body's own `caller` is that of the macro around it.
    sawCaller = outer || sawCaller
    return .call(base, postfixes, arguments, caller: caller, start)
  }
}
