// Filters over text. Not here: other filters.

extension TemplateInterpreter {
  /// Every one first makes text of the value, as Jinja does.
  func textFilter(_ name: String, _ value: TemplateValue, _ arguments: TemplateArguments) throws(TemplateFault) -> TemplateValue {
    if name == "indent", value.isUndefined { throw .undefined(name) }
    let text = try text(of: value)
    switch name {
    case "trim": return .text(try stripped(text, try optionalText(try arguments.bound("chars")[0])))
    case "replace":
      let given = try arguments.bound("old", "new", "count")
      guard let old = given[0], let new = given[1] else { throw .argument("replace") }
      var limit = -1
      if let count = given[2], case .null = count {} else { limit = try given[2].map(integer) ?? -1 }
      return .text(try replaced(text, try self.text(of: old), try self.text(of: new), limit: limit))
    case "indent": return .text(try indented(text, try arguments.bound("width", "first", "blank")))
    case "format":
      if arguments.named.isEmpty {
        return .text(try formatted(text, percent: .list(try TemplateList(arguments.positional, isTuple: true, budget))))
      }
      if !arguments.positional.isEmpty { throw .argument("format") }
      return .text(try formatted(text, percent: try dict(arguments.named.map { (.text($0.name), $0.value) })))
    default:
      try arguments.expectNone()
      return try plainTextFilter(name, text)
    }
  }

  private func plainTextFilter(_ name: String, _ text: TemplateText) throws(TemplateFault) -> TemplateValue {
    switch name {
    case "upper": return .text(try cased(text) { _, _ in .upper })
    case "lower": return .text(try cased(text) { _, _ in .lower })
    case "capitalize": return .text(try cased(text) { position, _ in position == 0 ? .title : .lower })
    case "title":
      // Unlike the method, a word begins after space, a hyphen or an opening bracket only.
      var isStart = true
      return .text(
        try cased(text) { _, letter in
          let breaks = letter.isSpace || ["-", "(", "{", "[", "<"].contains(letter.scalar)
          defer { isStart = breaks }
          return isStart ? .upper : .lower
        })
    case "wordcount":
      try budget.text(text.count)
      var count = 0
      var inWord = false
      for letter in text.letters {
        let isWord = letter.scalar == "_" || Self.isLetter(letter.scalar) || letter.scalar.properties.numericType != nil
        if isWord, !inWord { count += 1 }
        inWord = isWord
      }
      return .integer(count)
    default: return .text(try escaped(text))
    }
  }

  /// Lines behind the first moved to the right, empty ones not.
  private func indented(_ text: TemplateText, _ given: [TemplateValue?]) throws(TemplateFault) -> TemplateText {
    let indent: TemplateText
    if case .text(let own)? = given[0] {
      indent = own
    } else {
      let width = max(0, try given[0].map(integer) ?? 4)
      try budget.text(width)
      indent = TemplateText(letters: Array(repeating: TemplateLetter(" ", .template), count: width))
    }
    let (first, blank) = (given[1]?.isTrue ?? false, given[2]?.isTrue ?? false)
    let lines = try lines(TemplateText(letters: text.letters + [TemplateLetter("\n", .template)]))
    try budget.text(lines.count, times: indent.count)
    var parts: [TemplateText] = []
    for (number, line) in lines.enumerated() {
      let isIndented = number == 0 ? first : blank || !line.isEmpty
      parts.append(isIndented ? TemplateText(letters: indent.letters + line.letters) : line)
    }
    return try joined(parts, separator: TemplateText("\n", text.author))
  }

  /// HTML's five characters as entities by the author of the character.
  private func escaped(_ text: TemplateText) throws(TemplateFault) -> TemplateText {
    try budget.text(text.count, times: 5)
    var letters: [TemplateLetter] = []
    for letter in text.letters {
      let entity: String? =
        switch letter.scalar {
        case "&": "&amp;"
        case "<": "&lt;"
        case ">": "&gt;"
        case "\"": "&#34;"
        case "'": "&#39;"
        default: nil
        }
      if let entity { letters += TemplateText(entity, letter.author).letters } else { letters.append(letter) }
    }
    return TemplateText(letters: letters)
  }
}
