// Methods of strings, dicts and lists that templates may call. Those that would change a value are known and refused. Not here: filters.

extension TemplateInterpreter {
  private static let textMethods: Set<String> = [
    "strip", "lstrip", "rstrip", "split", "rsplit", "splitlines", "startswith", "endswith", "replace", "upper", "lower", "title",
    "capitalize",
    "find", "rfind", "index", "count", "join", "format", "removeprefix", "removesuffix", "isdigit", "isalpha", "isspace", "isupper",
    "islower",
    "zfill",
  ]
  private static let dictMethods: Set<String> = ["items", "keys", "values", "get", "copy"]
  private static let listMethods: Set<String> = ["index", "count", "copy"]
  private static let frozen: Set<String> = [
    "append", "extend", "insert", "pop", "remove", "sort", "reverse", "clear", "update", "setdefault", "popitem",
  ]

  static func hasMethod(_ value: TemplateValue, _ name: String) -> Bool {
    switch value {
    case .text: textMethods.contains(name)
    case .dict: dictMethods.contains(name) || ["pop", "clear", "update", "setdefault", "popitem"].contains(name)
    case .list(let list): listMethods.contains(name) || !list.isTuple && frozen.contains(name)
    default: false
    }
  }

  func callMethod(_ receiver: TemplateValue, _ name: String, _ arguments: TemplateArguments) throws(TemplateFault) -> TemplateValue {
    switch receiver {
    case .text(let text): return try textMethod(text, name, arguments)
    case .loop(let number): return try loopMethod(number, name, arguments)
    case .dict(let dict) where Self.dictMethods.contains(name): return try dictMethod(dict, name, arguments)
    case .list(let list) where Self.listMethods.contains(name): return try listMethod(list, name, arguments)
    default: throw .frozen(name)
    }
  }

  // MARK: Dicts, lists, loops

  private func dictMethod(_ dict: TemplateDict, _ name: String, _ arguments: TemplateArguments) throws(TemplateFault) -> TemplateValue {
    switch name {
    case "get":
      let given = try arguments.bound("key", "default")
      guard let key = given[0] else { throw .argument("key") }
      return try member(key, of: dict) ?? given[1] ?? .null
    case "items":
      try arguments.expectNone()
      return try pairs(of: dict)
    case "keys":
      try arguments.expectNone()
      return .list(try TemplateList(dict.keys, budget))
    case "values":
      try arguments.expectNone()
      return .list(try TemplateList(dict.values, budget))
    default:
      try arguments.expectNone()
      return .dict(dict)
    }
  }

  func pairs(of dict: TemplateDict) throws(TemplateFault) -> TemplateValue {
    var pairs: [TemplateValue] = []
    for (key, value) in zip(dict.keys, dict.values) { pairs.append(.list(try TemplateList([key, value], isTuple: true, budget))) }
    return .list(try TemplateList(pairs, budget))
  }

  private func listMethod(_ list: TemplateList, _ name: String, _ arguments: TemplateArguments) throws(TemplateFault) -> TemplateValue {
    if name == "copy" {
      try arguments.expectNone()
      return .list(list)
    }
    guard let value = try arguments.bound("value")[0] else { throw .argument("value") }
    if name == "index" {
      guard let position = try position(of: value, in: list.items) else { throw .argument("value") }
      return .integer(position)
    }
    var count = 0
    for item in list.items where try isEqual(item, value) { count += 1 }
    return .integer(count)
  }

  private func loopMethod(_ number: Int, _ name: String, _ arguments: TemplateArguments) throws(TemplateFault) -> TemplateValue {
    if !arguments.named.isEmpty { throw .argument(arguments.named[0].name) }
    if name == "cycle" {
      if arguments.positional.isEmpty { throw .argument("cycle()") }
      return arguments.positional[loops[number].index % arguments.positional.count]
    }
    let value = TemplateValue.list(try TemplateList(arguments.positional, isTuple: true, budget))
    defer { loops[number].lastChanged = value }
    guard let last = loops[number].lastChanged else { return .bool(true) }
    return .bool(try !isEqual(last, value))
  }

  // MARK: Strings

  private func textMethod(_ text: TemplateText, _ name: String, _ arguments: TemplateArguments) throws(TemplateFault) -> TemplateValue {
    switch name {
    case "strip", "lstrip", "rstrip":
      let set = try optionalText(try arguments.bound("chars")[0])
      return .text(try stripped(text, set, start: name != "rstrip", end: name != "lstrip"))
    case "split", "rsplit":
      let given = try arguments.bound("sep", "maxsplit")
      let limit = try given[1].map(integer) ?? -1
      return try texts(try split(text, try optionalText(given[0]), limit: limit, fromEnd: name == "rsplit"))
    case "splitlines": return try texts(try lines(text, keepingEnds: try arguments.bound("keepends")[0]?.isTrue ?? false))
    case "startswith", "endswith": return .bool(try hasAffix(text, name == "startswith", arguments))
    case "replace":
      let given = try arguments.bound("old", "new", "count")
      return .text(
        try replaced(text, try requiredText(given[0]), try requiredText(given[1]), limit: try given[2].map(integer) ?? -1))
    case "removeprefix", "removesuffix":
      let affix = try requiredText(try arguments.bound("affix")[0])
      let atStart = name == "removeprefix"
      try budget.text(text.count)
      guard has(text, affix, atStart: atStart) else { return .text(text) }
      return .text(TemplateText(letters: atStart ? text.letters.dropFirst(affix.count) : text.letters.dropLast(affix.count)))
    case "find", "index", "rfind": return .integer(try place(text, name, arguments))
    case "count": return .integer(try count(of: try requiredText(try arguments.bound("sub")[0]), in: text))
    case "join":
      guard let list = try arguments.bound("iterable")[0] else { throw .argument("iterable") }
      var parts: [TemplateText] = []
      for item in try items(of: list) { parts.append(try requiredText(item)) }
      return .text(try joined(parts, separator: text))
    case "format": return .text(try formatted(text, braces: arguments))
    case "zfill":
      guard let width = try arguments.bound("width")[0] else { throw .argument("width") }
      return .text(try zeroFilled(text, try integer(width)))
    default:
      try arguments.expectNone()
      return try plainTextMethod(text, name)
    }
  }

  /// Methods without arguments.
  private func plainTextMethod(_ text: TemplateText, _ name: String) throws(TemplateFault) -> TemplateValue {
    try budget.text(text.count)
    switch name {
    case "upper": return .text(try cased(text) { _, _ in .upper })
    case "lower": return .text(try cased(text) { _, _ in .lower })
    case "capitalize": return .text(try cased(text) { position, _ in position == 0 ? .title : .lower })
    case "title":
      var afterCased = false
      return .text(
        try cased(text) { _, letter in
          defer { afterCased = letter.scalar.properties.isCased }
          return afterCased ? .lower : .title
        })
    case "isupper": return .bool(isWhole(text, .upper))
    case "islower": return .bool(isWhole(text, .lower))
    case "isdigit":
      return .bool(!text.isEmpty && text.letters.allSatisfy { [.decimal, .digit].contains($0.scalar.properties.numericType) })
    case "isalpha": return .bool(!text.isEmpty && text.letters.allSatisfy { Self.isLetter($0.scalar) })
    default: return .bool(!text.isEmpty && text.letters.allSatisfy(\.isSpace))
    }
  }

  static func isLetter(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: true
    default: false
    }
  }

  private func hasAffix(_ text: TemplateText, _ atStart: Bool, _ arguments: TemplateArguments) throws(TemplateFault) -> Bool {
    let given = try arguments.bound("affix", "start", "end")
    var part = text
    if given[1] != nil || given[2] != nil {
      guard case .text(let sliced) = try slice(.text(text), from: try given[1].map(integer), to: try given[2].map(integer), by: 1) else {
        return false
      }
      part = sliced
    }
    guard case .list(let affixes)? = given[0], affixes.isTuple else { return has(part, try requiredText(given[0]), atStart: atStart) }
    for affix in affixes.items where has(part, try requiredText(affix), atStart: atStart) { return true }
    return false
  }

  private func has(_ text: TemplateText, _ affix: TemplateText, atStart: Bool) -> Bool {
    guard affix.count <= text.count else { return false }
    let part = atStart ? text.letters.prefix(affix.count) : text.letters.suffix(affix.count)
    return part.elementsEqual(affix.letters) { $0.code == $1.code }
  }

  private func place(_ text: TemplateText, _ name: String, _ arguments: TemplateArguments) throws(TemplateFault) -> Int {
    let given = try arguments.bound("sub", "start")
    let part = try requiredText(given[0])
    if name == "rfind" {
      if given[1] != nil { throw .unsupported("rfind(…, …)") }
      let reversed = try find(
        TemplateText(letters: part.letters.reversed()), in: TemplateText(letters: text.letters.reversed()))
      return reversed.map { text.count - $0 - part.count } ?? -1
    }
    var start = try given[1].map(integer) ?? 0
    if start < 0 { start = max(0, start + text.count) }
    guard let place = try find(part, in: text, from: start) else {
      if name == "index" { throw .argument("substring") }
      return -1
    }
    return place
  }

  /// Zeros between the sign and the digits.
  private func zeroFilled(_ text: TemplateText, _ width: Int) throws(TemplateFault) -> TemplateText {
    try budget.text(max(width, text.count))
    let zeros = Array(repeating: TemplateLetter("0", text.author), count: max(0, max(0, width) - text.count))
    let sign = text.letters.prefix { $0.scalar == "-" || $0.scalar == "+" }.prefix(1)
    return TemplateText(letters: sign + zeros + text.letters.dropFirst(sign.count))
  }

  // MARK: Arguments

  func requiredText(_ value: TemplateValue?) throws(TemplateFault) -> TemplateText {
    guard case .text(let text)? = value else { throw .wrongType(expected: "str", found: value?.typeName ?? "—") }
    return text
  }

  func optionalText(_ value: TemplateValue?) throws(TemplateFault) -> TemplateText? {
    if case .null? = value { return nil }
    return try value.map(requiredText)
  }

  func texts(_ texts: [TemplateText]) throws(TemplateFault) -> TemplateValue { .list(try TemplateList(texts.map { .text($0) }, budget)) }
}
