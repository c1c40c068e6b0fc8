// Runs the statements of a template. Not here: expressions (TemplateEvaluation), calls (TemplateCalls).
import ModelFiles

/// The variables of a block; what it does not know, the block around it may.
final class TemplateScope {
  let parent: TemplateScope?
  var variables: [String: TemplateValue] = [:]

  init(parent: TemplateScope?) { self.parent = parent }
}

/// One rendering. Scopes hold values, and values refer to scopes only by an index into `macros`: nothing can form a cycle or a long chain.
final class TemplateInterpreter {
  struct Closure {
    let macro: TemplateMacro
    let scope: TemplateScope
  }

  struct Loop {
    let items: [TemplateValue]
    var index = 0
    var lastChanged: TemplateValue?
  }

  let budget = TemplateBudget()
  let clock: TemplateClock
  var scope = TemplateScope(parent: nil)
  var namespaces: [[String: TemplateValue]] = []
  var macros: [Closure] = []
  var loops: [Loop] = []
  /// Where the template is; where it stood when a fault was thrown.
  var offset: TemplateOffset = 0
  private var output: [TemplateLetter] = []

  init(clock: TemplateClock) { self.clock = clock }

  func render(_ statements: [TemplateStatement]) throws(TemplateFault) -> TemplateText {
    _ = try run(statements)
    return TemplateText(letters: output)
  }

  func write(_ text: TemplateText) throws(TemplateFault) {
    try budget.text(text.count)
    if output.count + text.count > Limits.templateOutputBytes { throw .outputTooLong }
    output += text.letters
  }

  /// What `body` writes, as text instead of output.
  func captured(_ body: () throws(TemplateFault) -> Void) throws(TemplateFault) -> TemplateText {
    let outer = output
    output = []
    defer { output = outer }
    try body()
    return TemplateText(letters: output)
  }

  /// Runs `body` in a scope of its own.
  func scoped<Result>(in parent: TemplateScope, _ body: () throws(TemplateFault) -> Result) throws(TemplateFault) -> Result {
    let outer = scope
    scope = TemplateScope(parent: parent)
    defer { scope = outer }
    return try body()
  }

  // MARK: Statements

  func run(_ statements: [TemplateStatement]) throws(TemplateFault) -> TemplateFlow {
    try budget.enter()
    defer { budget.leave() }
    for statement in statements {
      let flow = try run(statement)
      if flow != .next { return flow }
    }
    return .next
  }

  private func run(_ statement: TemplateStatement) throws(TemplateFault) -> TemplateFlow {
    try budget.spend(1)
    switch statement {
    case .text(let text): try write(text)
    case .output(let expression, let place): try output(expression, place)
    case .branch(let branches, let otherwise): return try branch(branches, otherwise)
    case .loop(let loop): return try run(loop)
    case .set(let target, let expression): try assign(target, try evaluate(expression))
    case .capture(let target, let filters, let body): try assign(target, .text(try filtered(body, filters)))
    case .filter(let filters, let body): try write(try filtered(body, filters))
    case .macro(let macro): scope.variables[macro.name] = closure(macro)
    case .call(let base, let postfixes, let arguments, let caller, let place):
      try write(try runCall(base, postfixes, arguments, caller, place))
    case .generation(let body): try scoped(in: scope) { () throws(TemplateFault) in _ = try run(body) }
    case .evaluate(let expression): _ = try evaluate(expression)
    case .leave(let flow): return flow
    }
    return .next
  }

  private func output(_ expression: TemplateExpression, _ place: TemplateOffset) throws(TemplateFault) {
    let value = try evaluate(expression)
    offset = place
    try write(try text(of: value))
  }

  private func branch(
    _ branches: [(condition: TemplateExpression, body: [TemplateStatement])], _ otherwise: [TemplateStatement]
  ) throws(TemplateFault) -> TemplateFlow {
    for (condition, body) in branches where try evaluate(condition).isTrue { return try run(body) }
    return try run(otherwise)
  }

  /// The output of a body through filters. Bodies of blocks have a scope of their own.
  private func filtered(_ body: [TemplateStatement], _ filters: [TemplatePostfix]) throws(TemplateFault) -> TemplateText {
    var value = TemplateValue.text(
      try captured { () throws(TemplateFault) in
        try scoped(in: scope) { () throws(TemplateFault) in _ = try run(body) }
      })
    for filter in filters { value = try apply(filter, to: value) }
    return try text(of: value)
  }

  func closure(_ macro: TemplateMacro) -> TemplateValue {
    macros.append(Closure(macro: macro, scope: scope))
    return .macro(macros.count - 1)
  }

  // MARK: Loops

  private func run(_ loop: TemplateLoop) throws(TemplateFault) -> TemplateFlow {
    let outer = scope
    var items = try iterated(try evaluate(loop.items), loop.offset)
    if let condition = loop.condition {
      var kept: [TemplateValue] = []
      for item in items {
        let keeps = try scoped(in: outer) { () throws(TemplateFault) in
          try assign(loop.target, item)
          return try evaluate(condition).isTrue
        }
        if keeps { kept.append(item) }
      }
      items = kept
    }
    let number = loops.count
    // As in Jinja, the else part also follows when no round reached its end.
    var isFinished = false
    loops.append(Loop(items: items))
    for (index, item) in items.enumerated() {
      // A round makes a scope, which takes as long as several expressions.
      try budget.spend(5)
      loops[number].index = index
      let flow = try scoped(in: outer) { () throws(TemplateFault) in
        try assign(loop.target, item)
        scope.variables["loop"] = .loop(number)
        return try run(loop.body)
      }
      if flow == .breakLoop { break }
      if flow == .next { isFinished = true }
    }
    if isFinished || loop.otherwise.isEmpty { return .next }
    return try scoped(in: outer) { () throws(TemplateFault) in try run(loop.otherwise) }
  }

  private func iterated(_ value: TemplateValue, _ place: TemplateOffset) throws(TemplateFault) -> [TemplateValue] {
    offset = place
    return try items(of: value)
  }

  // MARK: Assignment

  func assign(_ target: TemplateTarget, _ value: TemplateValue) throws(TemplateFault) {
    switch target {
    case .name(let name): scope.variables[name] = value
    case .attribute(let namespace, let name, let place):
      offset = place
      guard case .namespace(let index) = variable(namespace) else {
        throw .wrongType(expected: "namespace", found: variable(namespace).typeName)
      }
      try setAttribute(name, of: index, value)
    case .tuple(let targets, let place):
      offset = place
      let items = try items(of: value)
      guard items.count == targets.count else { throw .wrongType(expected: "\(targets.count) × value", found: "\(items.count)") }
      for (target, item) in zip(targets, items) { try assign(target, item) }
    }
  }

  /// Names with an underscore in front are refused, as transformers does.
  func setAttribute(_ name: String, of namespace: Int, _ value: TemplateValue) throws(TemplateFault) {
    if name.hasPrefix("_") { throw .noAttribute(type: "Namespace", name: name) }
    if namespaces[namespace].count > Limits.templateListItems { throw .listTooLong }
    namespaces[namespace][name] = value
  }

  func variable(_ name: String) -> TemplateValue {
    var place: TemplateScope? = scope
    while let scope = place {
      if let value = scope.variables[name] { return value }
      place = scope.parent
    }
    return TemplateFunction(rawValue: name).map { .function($0) } ?? .undefined(name)
  }
}
