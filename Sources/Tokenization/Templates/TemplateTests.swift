// The tests of templates: `value is name`. Not here: filters.

extension TemplateInterpreter {
  func test(_ name: String, _ value: TemplateValue, _ arguments: TemplateArguments) throws(TemplateFault) -> Bool {
    if let sign = Self.comparisons[name] {
      guard let other = try arguments.bound("other")[0] else { throw .argument(name) }
      return try holds(value, sign, other)
    }
    switch name {
    case "divisibleby":
      guard let divisor = try arguments.bound("num")[0] else { throw .argument("num") }
      return try !apply(.modulo, value, divisor).isTrue
    case "sameas":
      guard let other = try arguments.bound("other")[0] else { throw .argument("other") }
      return value.typeName == other.typeName ? try isEqual(value, other) : false
    case "filter", "test":
      try arguments.expectNone()
      let asked = try requiredText(value).string
      return name == "filter" ? Self.filterNames.contains(asked) : Self.comparisons[asked] != nil || Self.plainTests[asked] != nil
    default:
      try arguments.expectNone()
      guard let plain = Self.plainTests[name] else { throw .unknownTest(name) }
      switch plain {
      case .type(let holds): return holds(value)
      case .parity(let remainder):
        if case .undefined(let missing) = value { throw .undefined(missing) }
        guard let number = value.double else { throw .wrongType(expected: "int", found: value.typeName) }
        return number - 2 * (number / 2).rounded(.down) == remainder
      case .letterCase(let letterCase):
        let text = try text(of: value)
        try budget.text(text.count)
        return isWhole(text, letterCase)
      }
    }
  }

  private static let comparisons: [String: TemplateComparison] = [
    "eq": .equal, "equalto": .equal, "==": .equal, "ne": .notEqual, "!=": .notEqual, "lt": .less, "lessthan": .less, "<": .less,
    "le": .lessOrEqual, "<=": .lessOrEqual, "gt": .greater, "greaterthan": .greater, ">": .greater, "ge": .greaterOrEqual,
    ">=": .greaterOrEqual, "in": .isIn,
  ]

  private enum PlainTest: Sendable {
    case type(@Sendable (TemplateValue) -> Bool)
    case parity(Double)
    case letterCase(LetterCase)
  }

  private static let plainTests: [String: PlainTest] = [
    "defined": .type { !$0.isUndefined },
    "undefined": .type { $0.isUndefined },
    "none": .type { if case .null = $0 { true } else { false } },
    "boolean": .type { if case .bool = $0 { true } else { false } },
    "true": .type { if case .bool(true) = $0 { true } else { false } },
    "false": .type { if case .bool(false) = $0 { true } else { false } },
    "integer": .type { if case .integer = $0 { true } else { false } },
    "float": .type { if case .float = $0 { true } else { false } },
    // Python's booleans are numbers.
    "number": .type { $0.double != nil },
    "string": .type { if case .text = $0 { true } else { false } },
    "mapping": .type { if case .dict = $0 { true } else { false } },
    "iterable": .type {
      switch $0 {
      case .undefined, .text, .list, .dict, .loop: true
      default: false
      }
    },
    "sequence": .type {
      switch $0 {
      case .undefined, .text, .list, .dict: true
      default: false
      }
    },
    "callable": .type {
      switch $0 {
      case .method, .function, .macro, .undefined: true
      default: false
      }
    },
    "odd": .parity(1),
    "even": .parity(0),
    "lower": .letterCase(.lower),
    "upper": .letterCase(.upper),
  ]
}
