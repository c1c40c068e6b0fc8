// Evaluates expressions: names, literals, logic, postfixes. Not here: arithmetic and comparisons (TemplateOperators), calls (TemplateCalls).

extension TemplateInterpreter {
  func evaluate(_ expression: TemplateExpression) throws(TemplateFault) -> TemplateValue {
    try budget.spend(1)
    switch expression {
    case .literal(let value): return value
    case .name(let name, let place):
      offset = place
      return variable(name)
    default:
      try budget.enter()
      defer { budget.leave() }
      return try evaluateDeeper(expression)
    }
  }

  private func evaluateDeeper(_ expression: TemplateExpression) throws(TemplateFault) -> TemplateValue {
    switch expression {
    case .literal, .name: return .null
    case .list(let items, let isTuple): return try list(items, isTuple)
    case .dict(let members): return try dict(members)
    case .chain(let base, let postfixes): return try chain(base, postfixes)
    case .arithmetic(let first, let rest): return try arithmetic(first, rest)
    case .concatenation(let operands, let place): return try concatenation(operands, place)
    case .comparison(let first, let rest): return try comparison(first, rest)
    case .negation(let operand, let place):
      let value = try evaluate(operand)
      offset = place
      return try negated(value)
    case .not(let operand): return .bool(try !evaluate(operand).isTrue)
    case .all(let operands): return try logic(operands, until: false)
    case .any(let operands): return try logic(operands, until: true)
    case .choice(let condition, let then, let otherwise):
      if try evaluate(condition).isTrue { return try evaluate(then) }
      return try otherwise.map { (otherwise) throws(TemplateFault) in try evaluate(otherwise) } ?? .undefined("else")
    }
  }

  /// The first operand whose truth is `end`, or the last.
  private func logic(_ operands: [TemplateExpression], until end: Bool) throws(TemplateFault) -> TemplateValue {
    var value = TemplateValue.null
    for operand in operands {
      value = try evaluate(operand)
      if value.isTrue == end { break }
    }
    return value
  }

  func values(_ expressions: [TemplateExpression]) throws(TemplateFault) -> [TemplateValue] {
    var values: [TemplateValue] = []
    values.reserveCapacity(expressions.count)
    for expression in expressions { values.append(try evaluate(expression)) }
    return values
  }

  private func list(_ items: [TemplateExpression], _ isTuple: Bool) throws(TemplateFault) -> TemplateValue {
    .list(try TemplateList(try values(items), isTuple: isTuple, budget))
  }

  private func dict(_ members: [(key: TemplateExpression, value: TemplateExpression)]) throws(TemplateFault) -> TemplateValue {
    var pairs: [(TemplateValue, TemplateValue)] = []
    for (key, value) in members { pairs.append((try evaluate(key), try evaluate(value))) }
    return try dict(pairs)
  }

  /// A dict of pairs; later ones replace earlier ones of the same key.
  func dict(_ pairs: [(TemplateValue, TemplateValue)]) throws(TemplateFault) -> TemplateValue {
    var keys: [TemplateValue] = []
    var values: [TemplateValue] = []
    var textPositions: [TemplateText: Int] = [:]
    for (key, value) in pairs {
      var position: Int?
      switch key {
      case .text(let text):
        position = textPositions[text]
        textPositions[text] = position ?? keys.count
      case .list, .dict, .namespace: throw .unsupported("dict[\(key.typeName)]")
      default: position = try self.position(of: key, in: keys)
      }
      if let position {
        values[position] = value
      } else {
        keys.append(key)
        values.append(value)
      }
    }
    return .dict(try TemplateDict(keys: keys, values: values, budget))
  }

  // MARK: Postfixes

  private func chain(_ base: TemplateExpression, _ postfixes: [TemplatePostfix]) throws(TemplateFault) -> TemplateValue {
    var value = try evaluate(base)
    for postfix in postfixes { value = try apply(postfix, to: value) }
    return value
  }

  func apply(_ postfix: TemplatePostfix, to value: TemplateValue) throws(TemplateFault) -> TemplateValue {
    try budget.spend(1)
    switch postfix.kind {
    case .attribute(let name):
      offset = postfix.offset
      return try attribute(name, of: value)
    case .item(let key):
      let key = try evaluate(key)
      offset = postfix.offset
      return try item(key, of: value)
    case .slice(let start, let end, let step): return try slice(value, start, end, step, postfix.offset)
    case .call(let arguments):
      let arguments = try evaluate(arguments)
      offset = postfix.offset
      return try call(value, arguments)
    case .filter(let name, let arguments):
      let arguments = try evaluate(arguments)
      offset = postfix.offset
      return try filter(name, value, arguments)
    case .test(let name, let arguments, let negated):
      let arguments = try evaluate(arguments)
      offset = postfix.offset
      return .bool(try test(name, value, arguments) != negated)
    }
  }

  private func slice(
    _ value: TemplateValue, _ start: TemplateExpression?, _ end: TemplateExpression?, _ step: TemplateExpression?, _ place: TemplateOffset
  ) throws(TemplateFault) -> TemplateValue {
    var bounds: [Int?] = []
    for part in [start, end, step] {
      guard let part else {
        bounds.append(nil)
        continue
      }
      let bound = try evaluate(part)
      offset = place
      if case .null = bound { bounds.append(nil) } else { bounds.append(try integer(bound)) }
    }
    offset = place
    return try slice(value, from: bounds[0], to: bounds[1], by: bounds[2] ?? 1)
  }
}
