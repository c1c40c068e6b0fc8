// The filter `tojson` as transformers defines it: Python's `json.dumps` without escapes for HTML. Not here: parsing JSON.

extension TemplateInterpreter {
  func json(_ value: TemplateValue, _ arguments: TemplateArguments) throws(TemplateFault) -> TemplateText {
    let given = try arguments.bound("ensure_ascii", "indent", "separators", "sort_keys")
    var writer = TemplateJSONWriter(interpreter: self, author: try author(of: value))
    writer.isASCII = given[0]?.isTrue ?? false
    writer.sortsKeys = given[3]?.isTrue ?? false
    switch given[1] {
    case .text(let indent): writer.indent = indent
    case .null?, nil: break
    case .some(let width):
      let count = max(0, try integer(width))
      try budget.text(count)
      writer.indent = TemplateText(letters: Array(repeating: TemplateLetter(" ", .template), count: count))
    }
    writer.itemSeparator = TemplateText(writer.indent == nil ? ", " : ",", writer.author)
    writer.keySeparator = TemplateText(": ", writer.author)
    if let separators = given[2], separators.isTrue {
      let pair = try items(of: separators)
      guard pair.count == 2, case .text(let item) = pair[0], case .text(let key) = pair[1] else { throw .argument("separators") }
      (writer.itemSeparator, writer.keySeparator) = (item, key)
    }
    try writer.write(value, level: 0)
    return writer.text
  }
}

private struct TemplateJSONWriter {
  let interpreter: TemplateInterpreter
  let author: TemplateAuthor
  var isASCII = false
  var sortsKeys = false
  var indent: TemplateText?
  var itemSeparator = TemplateText()
  var keySeparator = TemplateText()
  private(set) var text = TemplateText()

  init(interpreter: TemplateInterpreter, author: TemplateAuthor) {
    self.interpreter = interpreter
    self.author = author
  }

  private mutating func write(_ string: String) throws(TemplateFault) { try write(TemplateText(string, author)) }

  private mutating func write(_ part: TemplateText) throws(TemplateFault) {
    try interpreter.budget.text(part.count)
    text.letters += part.letters
    try interpreter.budget.check(text)
  }

  private mutating func newLine(_ level: Int) throws(TemplateFault) {
    guard let indent else { return }
    try write("\n")
    for _ in 0..<level { try write(indent) }
  }

  mutating func write(_ value: TemplateValue, level: Int) throws(TemplateFault) {
    try interpreter.budget.enter()
    defer { interpreter.budget.leave() }
    switch value {
    case .null: try write("null")
    case .bool(let value): try write(value ? "true" : "false")
    case .integer(let value, _): try write(String(value))
    case .float(let value, _): try write(Self.spelling(value))
    case .text(let string): try write(quoted: string)
    case .list(let list):
      try write("[")
      for (i, item) in list.items.enumerated() {
        if i > 0 { try write(itemSeparator) }
        try newLine(level + 1)
        try write(item, level: level + 1)
      }
      if !list.items.isEmpty { try newLine(level) }
      try write("]")
    case .dict(let dict):
      try write("{")
      for (i, position) in try order(dict).enumerated() {
        if i > 0 { try write(itemSeparator) }
        try newLine(level + 1)
        try write(quoted: try key(dict.keys[position]))
        try write(keySeparator)
        try write(dict.values[position], level: level + 1)
      }
      if dict.count > 0 { try newLine(level) }
      try write("}")
    case .undefined(let name): throw .undefined(name)
    case .namespace, .macro, .loop, .method, .function: throw .wrongType(expected: "JSON", found: value.typeName)
    }
  }

  private static func spelling(_ value: Double) -> String {
    value.isNaN ? "NaN" : value.isInfinite ? value < 0 ? "-Infinity" : "Infinity" : TemplatePrinter.python(value)
  }

  private func order(_ dict: TemplateDict) throws(TemplateFault) -> [Int] {
    guard sortsKeys else { return Array(dict.keys.indices) }
    return try interpreter.sorted(dict.keys, reversed: false)
  }

  private func key(_ key: TemplateValue) throws(TemplateFault) -> TemplateText {
    switch key {
    case .text(let text): return text
    case .null: return TemplateText("null", author)
    case .bool(let value): return TemplateText(value ? "true" : "false", author)
    case .integer(let value, _): return TemplateText(String(value), author)
    case .float(let value, _): return TemplateText(Self.spelling(value), author)
    default: throw .wrongType(expected: "str", found: key.typeName)
    }
  }

  private mutating func write(quoted string: TemplateText) throws(TemplateFault) {
    try interpreter.budget.text(string.count)
    try interpreter.budget.spend(string.count / 4)
    text.letters.append(TemplateLetter("\"", author))
    for letter in string.letters {
      switch letter.code {
      case 0x22, 0x5C: text.letters += [TemplateLetter("\\", letter.author), letter]
      case 0x20...0x7F: text.letters.append(letter)
      default:
        if let escape = escape(letter.scalar) {
          text.letters += TemplateText(escape, letter.author).letters
        } else {
          text.letters.append(letter)
        }
      }
    }
    text.letters.append(TemplateLetter("\"", author))
    try interpreter.budget.check(text)
  }

  /// Of characters beyond ASCII and below the space.
  private func escape(_ scalar: Unicode.Scalar) -> String? {
    switch scalar {
    case "\n": return "\\n"
    case "\r": return "\\r"
    case "\t": return "\\t"
    case "\u{8}": return "\\b"
    case "\u{C}": return "\\f"
    case "\u{80}"... where !isASCII: return nil
    default:
      return UTF16.encode(scalar)?.map { unit in
        let hex = String(unit, radix: 16)
        return "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
      }.joined()
    }
  }
}
