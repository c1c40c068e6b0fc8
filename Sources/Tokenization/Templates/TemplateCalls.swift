// Calls: macros, call blocks, global functions. Not here: methods of strings and dicts (TemplateMethods).
import ModelFiles

/// Evaluated arguments.
struct TemplateArguments {
  var positional: [TemplateValue] = []
  var named: [(name: String, value: TemplateValue)] = []

  /// The arguments in the order of `names`, nil where one is not given. Others are an error.
  func bound(_ names: String...) throws(TemplateFault) -> [TemplateValue?] {
    if positional.count > names.count { throw .argument("\(positional.count) > \(names.count)") }
    var values: [TemplateValue?] = positional
    values += Array(repeating: nil, count: names.count - positional.count)
    for (name, value) in named {
      guard let position = names.firstIndex(of: name), values[position] == nil else { throw .argument(name) }
      values[position] = value
    }
    return values
  }

  func expectNone() throws(TemplateFault) { _ = try bound() }

  /// The arguments behind the first `count`.
  func dropping(_ count: Int) -> TemplateArguments { TemplateArguments(positional: Array(positional.dropFirst(count)), named: named) }
}

extension TemplateInterpreter {
  func evaluate(_ arguments: TemplateCallArguments) throws(TemplateFault) -> TemplateArguments {
    var result = TemplateArguments(positional: try values(arguments.positional))
    for (name, value) in arguments.named { result.named.append((name, try evaluate(value))) }
    return result
  }

  func call(_ value: TemplateValue, _ arguments: TemplateArguments) throws(TemplateFault) -> TemplateValue {
    switch value {
    case .undefined(let name): throw .undefined(name)
    case .macro(let index): return .text(try callMacro(macros[index], arguments, caller: nil))
    case .method(let receiver, let name): return try callMethod(receiver, name, arguments)
    case .function(let function): return try call(function, arguments)
    default: throw .notCallable(value.typeName)
    }
  }

  /// The output of a call block.
  func runCall(
    _ base: TemplateExpression, _ postfixes: [TemplatePostfix], _ arguments: TemplateCallArguments, _ caller: TemplateMacro,
    _ place: TemplateOffset
  ) throws(TemplateFault) -> TemplateText {
    var function = try evaluate(base)
    for postfix in postfixes { function = try apply(postfix, to: function) }
    let arguments = try evaluate(arguments)
    offset = place
    guard case .macro(let index) = function else { throw .wrongType(expected: "macro", found: function.typeName) }
    guard macros[index].macro.usesCaller else { throw .argument("caller") }
    return try callMacro(macros[index], arguments, caller: closure(caller))
  }

  private func callMacro(_ closure: Closure, _ arguments: TemplateArguments, caller: TemplateValue?) throws(TemplateFault) -> TemplateText {
    try budget.spend(5)
    return try captured { () throws(TemplateFault) in
      try scoped(in: closure.scope) { () throws(TemplateFault) in
        if closure.macro.usesCaller { scope.variables["caller"] = caller ?? .undefined("caller") }
        try bind(closure.macro, arguments)
        _ = try run(closure.macro.body)
      }
    }
  }

  /// Parameters without argument take their standard value, which may use the parameters before it, or are undefined.
  private func bind(_ macro: TemplateMacro, _ arguments: TemplateArguments) throws(TemplateFault) {
    if arguments.positional.count > macro.parameters.count { throw .argument("\(macro.name)(…)") }
    for (name, _) in arguments.named {
      guard let position = macro.parameters.firstIndex(where: { $0.name == name }), position >= arguments.positional.count else {
        throw .argument(name)
      }
    }
    for (position, parameter) in macro.parameters.enumerated() {
      let value: TemplateValue
      if position < arguments.positional.count {
        value = arguments.positional[position]
      } else if let argument = arguments.named.first(where: { $0.name == parameter.name }) {
        value = argument.value
      } else {
        value = try parameter.standard.map { (standard) throws(TemplateFault) in try evaluate(standard) } ?? .undefined(parameter.name)
      }
      scope.variables[parameter.name] = value
    }
  }

  // MARK: Functions

  private func call(_ function: TemplateFunction, _ arguments: TemplateArguments) throws(TemplateFault) -> TemplateValue {
    switch function {
    case .range: return try range(arguments)
    case .namespace:
      namespaces.append([:])
      let index = namespaces.count - 1
      for (name, value) in try members(arguments) { try setAttribute(name.string, of: index, value) }
      return .namespace(index)
    case .dict:
      var pairs: [(TemplateValue, TemplateValue)] = []
      for (name, value) in try members(arguments) { pairs.append((.text(name), value)) }
      return try dict(pairs)
    case .raiseException:
      guard let message = try arguments.bound("message")[0] else { throw .argument("message") }
      throw .raised(try text(of: message).string)
    case .strftimeNow:
      guard case .text(let format)? = try arguments.bound("format")[0] else { throw .argument("format") }
      try budget.text(format.count, times: 16)
      return .text(TemplateText(clock.formatted(format.string), format.author))
    }
  }

  /// The members that `dict` and `namespace` are made of: those of a dict, then the named ones.
  private func members(_ arguments: TemplateArguments) throws(TemplateFault) -> [(TemplateText, TemplateValue)] {
    if arguments.positional.count > 1 { throw .argument("\(arguments.positional.count)") }
    var members: [(TemplateText, TemplateValue)] = []
    if let first = arguments.positional.first {
      guard case .dict(let dict) = first else { throw .wrongType(expected: "dict", found: first.typeName) }
      try budget.list(dict.count)
      for (key, value) in zip(dict.keys, dict.values) {
        guard case .text(let name) = key else { throw .wrongType(expected: "str", found: key.typeName) }
        members.append((name, value))
      }
    }
    return members + arguments.named.map { (TemplateText($0.name, .template), $0.value) }
  }

  private func range(_ arguments: TemplateArguments) throws(TemplateFault) -> TemplateValue {
    let given = try arguments.bound("start", "stop", "step")
    var bounds: [Int] = []
    for case .some(let bound) in given { bounds.append(try integer(bound)) }
    guard let first = bounds.first else { throw .argument("range()") }
    let (start, stop) = bounds.count == 1 ? (0, first) : (first, bounds[1])
    let step = bounds.count > 2 ? bounds[2] : 1
    if step == 0 || step == .min { throw .argument("step") }
    let (distance, overflow) = stop.subtractingReportingOverflow(start)
    if overflow || distance == .min { throw .rangeTooLong }
    let count = distance.signum() == step.signum() ? (abs(distance) - 1) / abs(step) + 1 : 0
    if count > Limits.templateRange { throw .rangeTooLong }
    try budget.list(count)
    // The last number lies between start and stop: nothing overflows.
    return .list(try TemplateList((0..<count).map { .integer(start + $0 * step) }, budget))
  }
}
