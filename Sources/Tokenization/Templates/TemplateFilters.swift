// The filters of templates by name, and those over plain values. Not here: filters over text (TemplateTextFilters) and lists
// (TemplateListFilters, TemplateSelection).

extension TemplateInterpreter {
  private static let textFilters: Set<String> = [
    "trim", "upper", "lower", "title", "capitalize", "replace", "indent", "escape", "e", "wordcount", "format",
  ]
  private static let listFilters: Set<String> = [
    "join", "first", "last", "list", "items", "dictsort", "unique", "sort", "reverse", "sum", "min", "max", "batch", "slice", "groupby",
  ]
  private static let selections: Set<String> = ["select", "reject", "selectattr", "rejectattr", "map"]
  private static let valueFilters: Set<String> = [
    "default", "d", "length", "count", "string", "safe", "int", "float", "abs", "round", "tojson",
  ]
  static let filterNames = textFilters.union(listFilters).union(selections).union(valueFilters)

  func filter(_ name: String, _ value: TemplateValue, _ arguments: TemplateArguments) throws(TemplateFault) -> TemplateValue {
    if Self.textFilters.contains(name) { return try textFilter(name, value, arguments) }
    if Self.listFilters.contains(name) { return try listFilter(name, value, arguments) }
    if Self.selections.contains(name) { return try selection(name, value, arguments) }
    switch name {
    case "default", "d":
      let given = try arguments.bound("default_value", "boolean")
      let isMissing = value.isUndefined || given[1]?.isTrue == true && !value.isTrue
      return isMissing ? given[0] ?? .text("") : value
    case "length", "count":
      try arguments.expectNone()
      return .integer(try length(value))
    case "string", "safe":
      try arguments.expectNone()
      return .text(try text(of: value))
    case "int": return try wholeNumber(value, try arguments.bound("default", "base"))
    case "float": return try floatingNumber(value, try arguments.bound("default")[0])
    case "abs":
      try arguments.expectNone()
      if case .float(let number, let author) = value { return .float(number.magnitude, author) }
      return try integer(value) < 0 ? negated(value) : .integer(integer(value), value.ownAuthor)
    case "round": return try rounded(value, try arguments.bound("precision", "method"))
    case "tojson": return .text(try json(value, arguments))
    default: throw .unknownFilter(name)
    }
  }

  private func length(_ value: TemplateValue) throws(TemplateFault) -> Int {
    switch value {
    case .undefined: return 0
    case .text(let text): return text.count
    case .list(let list): return list.items.count
    case .dict(let dict): return dict.count
    case .loop(let number): return loops[number].items.count
    default: throw .wrongType(expected: "list", found: value.typeName)
    }
  }

  // MARK: Numbers

  /// What cannot be read as a number gives the standard value, as in Jinja.
  private func wholeNumber(_ value: TemplateValue, _ given: [TemplateValue?]) throws(TemplateFault) -> TemplateValue {
    let standard = given[0] ?? .integer(0)
    switch value {
    case .undefined(let name): throw .undefined(name)
    case .float(let number, let author):
      if number.isNaN { return standard }
      guard let whole = Int(exactly: number.rounded(.towardZero)) else { throw .overflow }
      return .integer(whole, author)
    case .text(let text):
      try budget.text(text.count)
      let base = try given[1].map(integer) ?? 10
      if base < 2 || base > 36 { throw .argument("base") }
      let spelling = try numeral(text)
      var (digits, sign) = (spelling[...], "")
      if let first = digits.first, first == "+" || first == "-" { sign = String(digits.removeFirst()) }
      if let prefix = [16: "0x", 8: "0o", 2: "0b"][base], digits.lowercased().hasPrefix(prefix) { digits = digits.dropFirst(2) }
      if digits.first?.isHexDigit == true || base > 16, let whole = Int(sign + digits, radix: base) { return .integer(whole, text.author) }
      if !digits.isEmpty, digits.allSatisfy(\.isASCIIDigit) { throw .overflow }
      guard let number = Self.double(spelling), let whole = Int(exactly: number.rounded(.towardZero)) else { return standard }
      return .integer(whole, text.author)
    default: return value.wholeNumber.map { .integer($0, value.ownAuthor) } ?? standard
    }
  }

  private func floatingNumber(_ value: TemplateValue, _ standard: TemplateValue?) throws(TemplateFault) -> TemplateValue {
    if case .undefined(let name) = value { throw .undefined(name) }
    if let number = value.double { return .float(number, value.ownAuthor) }
    guard case .text(let text) = value, let number = Self.double(try numeral(text)) else { return standard ?? .float(0) }
    return .float(number, text.author)
  }

  /// The text of a number without the space around it and the underscores between its digits.
  private func numeral(_ text: TemplateText) throws(TemplateFault) -> String {
    let string = try stripped(text, nil).string
    // More is no number that fits; and nothing below may be quadratic.
    if string.utf8.count > 400 { return "" }
    let parts = string.split(separator: "_", omittingEmptySubsequences: false)
    let isGrouped = parts.count > 1 && parts.allSatisfy { $0.first?.isASCIIDigit == true && $0.last?.isASCIIDigit == true }
    return isGrouped ? parts.joined() : string
  }

  private static func double(_ spelling: String) -> Double? {
    let words = ["inf", "infinity", "nan"]
    let unsigned = spelling.first == "-" || spelling.first == "+" ? spelling.dropFirst() : spelling[...]
    guard unsigned.first?.isASCIIDigit == true || unsigned.first == "." || words.contains(unsigned.lowercased()) else { return nil }
    // Swift reads hexadecimal floats, Python does not.
    return unsigned.contains("x") || unsigned.contains("X") ? nil : Double(spelling)
  }

  private func rounded(_ value: TemplateValue, _ given: [TemplateValue?]) throws(TemplateFault) -> TemplateValue {
    let precision = try given[0].map(integer) ?? 0
    let method = try given[1].map(requiredText)?.string ?? "common"
    if abs(max(precision, -1000)) > 300 { throw .argument("precision") }
    if case .undefined(let name) = value { throw .undefined(name) }
    guard let number = value.double else { throw .wrongType(expected: "float", found: value.typeName) }
    var scale = 1.0
    for _ in 0..<abs(precision) { scale *= 10 }
    func scaled(_ rule: FloatingPointRoundingRule) -> Double {
      precision < 0 ? (number / scale).rounded(rule) * scale : (number * scale).rounded(rule) / scale
    }
    switch method {
    case "common":
      if let whole = value.wholeNumber {
        if precision >= 0 { return .integer(whole, value.ownAuthor) }
        guard let result = Int(exactly: scaled(.toNearestOrEven)) else { throw .overflow }
        return .integer(result, value.ownAuthor)
      }
      if !number.isFinite { return value }
      // printf rounds the exact value; multiplying first would not.
      return .float(precision < 0 ? scaled(.toNearestOrEven) : Double(Self.fixed(number, precision)) ?? number, value.ownAuthor)
    case "ceil", "floor": return .float(scaled(method == "ceil" ? .up : .down), value.ownAuthor)
    default: throw .argument("method")
    }
  }
}

extension Character {
  fileprivate var isASCIIDigit: Bool { isASCII && isWholeNumber }
}
