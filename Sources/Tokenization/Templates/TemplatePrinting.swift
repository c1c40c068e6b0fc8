// Values as text: Python's `str` and `repr`. Not here: JSON (TemplateJSON).

extension TemplateInterpreter {
  /// What a value looks like in the output.
  func text(of value: TemplateValue) throws(TemplateFault) -> TemplateText {
    switch value {
    case .text(let text): return text
    case .undefined: return TemplateText()
    default:
      var printer = TemplatePrinter(budget: budget, author: try author(of: value))
      try printer.write(value)
      return printer.text
    }
  }

  /// The least trusted author of anything in a value: brackets and commas around it are his.
  func author(of value: TemplateValue) throws(TemplateFault) -> TemplateAuthor {
    try budget.spend(1)
    var author = value.ownAuthor
    switch value {
    case .text(let text): try budget.text(text.count)
    case .list(let list): author = try self.author(of: list.items)
    case .dict(let dict): author = max(try self.author(of: dict.keys), try self.author(of: dict.values))
    default: break
    }
    return author
  }

  private func author(of values: [TemplateValue]) throws(TemplateFault) -> TemplateAuthor {
    try budget.enter()
    defer { budget.leave() }
    var author = TemplateAuthor.template
    for value in values { author = max(author, try self.author(of: value)) }
    return author
  }
}

/// Writes the `repr` of values.
struct TemplatePrinter {
  let budget: TemplateBudget
  let author: TemplateAuthor
  var text = TemplateText()

  mutating func write(_ string: String) throws(TemplateFault) {
    try budget.text(string.utf8.count)
    text.letters += TemplateText(string, author).letters
  }

  mutating func write(_ value: TemplateValue) throws(TemplateFault) {
    try budget.enter()
    defer { budget.leave() }
    switch value {
    case .undefined: try write("Undefined")
    case .null: try write("None")
    case .bool(let value): try write(value ? "True" : "False")
    case .integer(let value, _): try write(String(value))
    case .float(let value, _): try write(Self.python(value))
    case .text(let string): try write(quoted: string)
    case .list(let list):
      try write(list.isTuple ? "(" : "[")
      for (i, item) in list.items.enumerated() {
        if i > 0 { try write(", ") }
        try write(item)
      }
      try write(list.isTuple ? list.items.count == 1 ? ",)" : ")" : "]")
    case .dict(let dict):
      try write("{")
      for (i, (key, value)) in zip(dict.keys, dict.values).enumerated() {
        if i > 0 { try write(", ") }
        try write(key)
        try write(": ")
        try write(value)
      }
      try write("}")
    case .namespace, .macro, .loop, .method, .function: throw .wrongType(expected: "str", found: value.typeName)
    }
    try budget.check(text)
  }

  /// In single quotes, unless only double ones avoid an escape.
  private mutating func write(quoted string: TemplateText) throws(TemplateFault) {
    try budget.text(string.count, times: 4)
    let codes = string.letters.lazy.map(\.code)
    let quote: Unicode.Scalar = codes.contains(0x27) && !codes.contains(0x22) ? "\"" : "'"
    text.letters.append(TemplateLetter(quote, author))
    for letter in string.letters {
      switch letter.scalar {
      case "\\", quote: text.letters += [TemplateLetter("\\", letter.author), letter]
      case "\n": text.letters += TemplateText("\\n", letter.author).letters
      case "\r": text.letters += TemplateText("\\r", letter.author).letters
      case "\t": text.letters += TemplateText("\\t", letter.author).letters
      case "\u{20}"..."\u{7E}": text.letters.append(letter)
      default:
        if Self.isPrintable(letter.scalar) {
          text.letters.append(letter)
        } else {
          text.letters += TemplateText(Self.escaped(letter.code), letter.author).letters
        }
      }
    }
    text.letters.append(TemplateLetter(quote, author))
  }

  /// Python's `str.isprintable`.
  private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator, .spaceSeparator: false
    default: true
    }
  }

  private static func escaped(_ code: UInt32) -> String {
    let (mark, width) = code < 0x100 ? ("x", 2) : code < 0x10000 ? ("u", 4) : ("U", 8)
    let hex = String(code, radix: 16)
    return "\\" + mark + String(repeating: "0", count: width - hex.count) + hex
  }

  /// Python's `repr(float)`: the shortest digits, with an exponent from 1e16 on and below 1e-4.
  static func python(_ value: Double) -> String {
    if value.isNaN { return "nan" }
    if value.isInfinite { return value < 0 ? "-inf" : "inf" }
    // Swift's description has the same digits; only the place of the point may differ.
    let parts = value.magnitude.description.split(separator: "e")
    let mantissa = parts[0].split(separator: ".")
    let fraction = mantissa.count > 1 && mantissa[1] != "0" ? String(mantissa[1]) : ""
    var digits = String(mantissa[0]) + fraction
    var point = mantissa[0].count + (parts.count > 1 ? Int(parts[1]) ?? 0 : 0)
    let zeros = digits.prefix { $0 == "0" }.count
    if zeros == digits.count { return value.sign == .minus ? "-0.0" : "0.0" }
    digits.removeFirst(zeros)
    point -= zeros
    while digits.last == "0" { digits.removeLast() }
    let sign = value < 0 ? "-" : ""
    if point > 16 || point < -3 {
      let exponent = point - 1
      let tail = digits.count > 1 ? "." + digits.dropFirst() : ""
      let padded = (abs(exponent) < 10 ? "0" : "") + String(abs(exponent))
      return sign + String(digits.prefix(1)) + tail + "e" + (exponent < 0 ? "-" : "+") + padded
    }
    if point <= 0 { return sign + "0." + String(repeating: "0", count: -point) + digits }
    if digits.count <= point { return sign + digits + String(repeating: "0", count: point - digits.count) + ".0" }
    return sign + digits.prefix(point) + "." + digits.dropFirst(point)
  }
}
