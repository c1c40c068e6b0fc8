// `'%s: %d' % values` and `'{}: {name}'.format(…)`: the parts of Python's formatting that templates use. Not here: other conversions, which are
// errors.

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// How a formatted value fills its place.
private struct TemplateFormat {
  var fill: TemplateLetter = TemplateLetter(" ", .template)
  /// `<`, `>` or `^`; the type's own when nil.
  var alignment: Unicode.Scalar?
  var plus = false
  var width = 0
  var precision: Int?
  var type: Unicode.Scalar = "s"
}

extension TemplateInterpreter {
  /// The largest width or precision.
  private static let widthLimit = 1000

  // MARK: %

  /// The values are a tuple, or one value; for `%(name)s` a dict.
  func formatted(_ format: TemplateText, percent values: TemplateValue) throws(TemplateFault) -> TemplateText {
    var positional: [TemplateValue] = [values]
    if case .list(let list) = values, list.isTuple { positional = list.items }
    var named: TemplateDict?
    if case .dict(let dict) = values { named = dict }
    var used = 0
    try budget.text(format.count)
    var parts: [TemplateText] = []
    var rest = format.letters[...]
    while let percent = rest.firstIndex(where: { $0.scalar == "%" }) {
      parts.append(TemplateText(letters: rest[..<percent]))
      rest = rest[(percent + 1)...]
      if rest.first?.scalar == "%" {
        parts.append(TemplateText(letters: rest.prefix(1)))
        rest.removeFirst()
        continue
      }
      var value: TemplateValue?
      if rest.first?.scalar == "(", let named, let close = rest.firstIndex(where: { $0.scalar == ")" }) {
        let name = TemplateText(letters: rest[(rest.startIndex + 1)..<close])
        guard let member = named.value(name) else { throw .argument(name.string) }
        (value, used) = (member, positional.count)
        rest = rest[(close + 1)...]
      }
      var format = TemplateFormat()
      while let flag = rest.first?.scalar, ["-", "0", "+", " "].contains(flag) {
        if flag == "-" { format.alignment = "<" }
        if flag == "0" { format.fill = TemplateLetter("0", .template) }
        if flag == "+" { format.plus = true }
        rest.removeFirst()
      }
      try readWidth(&rest, &format)
      guard let type = rest.popFirst()?.scalar else { throw .argument("%") }
      format.type = type
      if value == nil {
        guard used < positional.count else { throw .argument("%\(type)") }
        value = positional[used]
        used += 1
      }
      guard let value else { throw .argument("%\(type)") }
      // Strings stand at the right here, at the left in `format`.
      if format.alignment == nil { format.alignment = ">" }
      parts.append(try formatted(value, format))
    }
    if used < positional.count, named == nil { throw .argument("\(positional.count) > \(used)") }
    parts.append(TemplateText(letters: rest))
    return try joined(parts)
  }

  // MARK: {}

  func formatted(_ format: TemplateText, braces arguments: TemplateArguments) throws(TemplateFault) -> TemplateText {
    try budget.text(format.count)
    var parts: [TemplateText] = []
    var used = 0
    var rest = format.letters[...]
    while let brace = rest.firstIndex(where: { $0.scalar == "{" || $0.scalar == "}" }) {
      parts.append(TemplateText(letters: rest[..<brace]))
      let kind = rest[brace].scalar
      rest = rest[(brace + 1)...]
      if rest.first?.scalar == kind {
        parts.append(TemplateText(letters: rest.prefix(1)))
        rest.removeFirst()
        continue
      }
      guard kind == "{", let close = rest.firstIndex(where: { $0.scalar == "}" }) else { throw .argument("format") }
      let field = rest[..<close]
      rest = rest[(close + 1)...]
      let colon = field.firstIndex { $0.scalar == ":" } ?? field.endIndex
      let name = TemplateText(letters: field[..<colon]).string
      let value: TemplateValue?
      if let index = name.isEmpty ? used : Int(name) {
        value = arguments.positional.indices.contains(index) ? arguments.positional[index] : nil
        if name.isEmpty { used += 1 }
      } else {
        value = arguments.named.first { $0.name == name }?.value
      }
      guard let value else { throw .argument("{\(name)}") }
      parts.append(try formatted(value, try specification(field[colon...].dropFirst(), value)))
    }
    parts.append(TemplateText(letters: rest))
    return try joined(parts)
  }

  /// `[[fill]align][+][0][width][.precision][type]`.
  private func specification(
    _ letters: ArraySlice<TemplateLetter>, _ value: TemplateValue
  ) throws(TemplateFault) -> TemplateFormat {
    var (rest, format) = (letters, TemplateFormat())
    let isNumber = value.double != nil
    if case .float = value { format.type = "s" } else if value.wholeNumber != nil, !letters.isEmpty { format.type = "d" }
    let alignments: [Unicode.Scalar] = ["<", ">", "^"]
    if rest.count > 1, alignments.contains(rest[rest.startIndex + 1].scalar) {
      format.fill = rest.removeFirst()
      format.alignment = rest.removeFirst().scalar
    } else if let first = rest.first?.scalar, alignments.contains(first) {
      format.alignment = first
      rest.removeFirst()
    }
    if rest.first?.scalar == "+" {
      format.plus = true
      rest.removeFirst()
    }
    if rest.first?.scalar == "0" { format.fill = rest.removeFirst() }
    try readWidth(&rest, &format)
    if let type = rest.popFirst()?.scalar { format.type = type }
    if !rest.isEmpty { throw .unsupported("{:\(TemplateText(letters: letters).string)}") }
    if format.alignment == nil { format.alignment = isNumber ? ">" : "<" }
    return format
  }

  private func readWidth(_ rest: inout ArraySlice<TemplateLetter>, _ format: inout TemplateFormat) throws(TemplateFault) {
    func number() throws(TemplateFault) -> Int {
      var number = 0
      while let letter = rest.first, ("0"..."9").contains(letter.scalar) {
        number = number * 10 + Int(letter.code - 0x30)
        if number > Self.widthLimit { throw .argument("> \(Self.widthLimit)") }
        rest.removeFirst()
      }
      return number
    }
    format.width = try number()
    guard rest.first?.scalar == "." else { return }
    rest.removeFirst()
    format.precision = try number()
  }

  // MARK: Values

  private func formatted(_ value: TemplateValue, _ format: TemplateFormat) throws(TemplateFault) -> TemplateText {
    var text: TemplateText
    switch format.type {
    case "s":
      text = try self.text(of: value)
      if let precision = format.precision { text = TemplateText(letters: text.letters.prefix(precision)) }
    case "r":
      var printer = TemplatePrinter(budget: budget, author: try author(of: value))
      try printer.write(value)
      text = printer.text
    case "d", "i":
      // A whole number need not be one of those that a double holds.
      guard let whole = value.wholeNumber ?? value.double.flatMap({ Int(exactly: $0.rounded(.towardZero)) }) else {
        throw .wrongType(expected: "int", found: value.typeName)
      }
      text = TemplateText(String(whole), value.ownAuthor)
    case "f", "F":
      guard let number = value.double else { throw .wrongType(expected: "float", found: value.typeName) }
      text = TemplateText(Self.fixed(number, format.precision ?? 6), value.ownAuthor)
    case "x", "X":
      guard let number = value.wholeNumber else { throw .wrongType(expected: "int", found: value.typeName) }
      text = TemplateText(String(number, radix: 16, uppercase: format.type == "X"), value.ownAuthor)
    default: throw .unsupported("%\(format.type)")
    }
    let isNumber = format.type != "s" && format.type != "r"
    if isNumber, format.plus, text.letters.first?.scalar != "-" { text.letters.insert(TemplateLetter("+", text.author), at: 0) }
    return try padded(text, format, isNumber)
  }

  private func padded(_ text: TemplateText, _ format: TemplateFormat, _ isNumber: Bool) throws(TemplateFault) -> TemplateText {
    let missing = max(0, format.width - text.count)
    try budget.text(text.count + missing)
    let fill = { (count: Int) in Array(repeating: format.fill, count: count) }
    switch format.alignment {
    case "<": return TemplateText(letters: text.letters + fill(missing))
    case "^": return TemplateText(letters: fill(missing / 2) + text.letters + fill(missing - missing / 2))
    default:
      // Zeros stand between the sign and the digits.
      let sign = isNumber && format.fill.scalar == "0" ? text.letters.prefix { $0.scalar == "-" || $0.scalar == "+" } : []
      return TemplateText(letters: sign + fill(missing) + text.letters.dropFirst(sign.count))
    }
  }

  /// Decimal digits, correctly rounded by C's printf.
  static func fixed(_ value: Double, _ precision: Int) -> String {
    var buffer = [CChar](repeating: 0, count: 400 + widthLimit)
    let count = withVaList([Int32(clamping: min(max(precision, 0), widthLimit)), value]) { vsnprintf(&buffer, buffer.count, "%.*f", $0) }
    return String(decoding: buffer.prefix(max(0, Int(count))).map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
