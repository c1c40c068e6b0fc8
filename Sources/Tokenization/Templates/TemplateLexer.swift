// The tokens of a template, with the whitespace rules that transformers sets: `trim_blocks` and `lstrip_blocks` (jinja.palletsprojects.com,
// Whitespace Control). Not here: numbers and strings (TemplateLexerLiterals), syntax.

struct TemplateToken: Sendable {
  enum Kind: Sendable, Equatable {
    case text(TemplateText)
    case beginOutput, endOutput, beginBlock, endBlock
    case name(String)
    case string(TemplateText)
    case integer(Int)
    case float(Double)
    case sign(String)
    case end
    /// What cannot be read; nothing follows it.
    case invalid(TemplateFault)
  }

  let kind: Kind
  let offset: TemplateOffset
}

/// Gives one token after the other, so that a parser that gives up has not paid for the rest.
struct TemplateLexer {
  let source: [Unicode.Scalar]
  var position = 0
  /// Read, but not yet given.
  private var pending: [TemplateToken] = []
  /// What ends the code that is being read; nil in text.
  private var closing: [Unicode.Scalar]?
  /// Where that code begins, and its brackets that are open, by what closes them.
  private var opening = 0
  private var brackets: [Unicode.Scalar] = []
  /// Whether what was read last ended a line: only then may `lstrip_blocks` strip from the very start of a text.
  private var isLineStart = true

  /// - Parameter source: normalized.
  init(_ source: [Unicode.Scalar]) { self.source = source }

  /// The source as Jinja sees it: one kind of line break, and none at the end.
  static func normalized(_ source: String) -> [Unicode.Scalar] {
    var scalars: [Unicode.Scalar] = []
    scalars.reserveCapacity(source.utf8.count)
    var wasReturn = false
    for scalar in source.unicodeScalars {
      if !(wasReturn && scalar == "\n") { scalars.append(scalar == "\r" ? "\n" : scalar) }
      wasReturn = scalar == "\r"
    }
    if scalars.last == "\n" { scalars.removeLast() }
    return scalars
  }

  mutating func next() -> TemplateToken {
    do throws(TemplateFault) {
      while pending.isEmpty {
        if let closing { try readCode(until: closing) } else { try readText() }
      }
    } catch {
      return TemplateToken(kind: .invalid(error), offset: position)
    }
    return pending.removeFirst()
  }

  private mutating func append(_ kind: TemplateToken.Kind, _ offset: TemplateOffset) {
    pending.append(TemplateToken(kind: kind, offset: offset))
  }

  /// Reads the text up to the next tag, and what opens the tag.
  private mutating func readText() throws(TemplateFault) {
    let start = position
    while position < source.count, !opens(at: position) { position += 1 }
    guard position < source.count else {
      if position > start { append(.text(text(start..<position)), start) }
      append(.end, position)
      return
    }
    opening = position
    let kind = source[opening + 1]
    position += 2
    let sign = peek() == "-" || peek() == "+" ? peek() : nil
    if sign != nil { position += 1 }
    let end = stripped(start..<opening, sign: sign, isOutput: kind == "{")
    if end > start { append(.text(text(start..<end)), start) }
    switch kind {
    case "#":
      try skipComment()
      isLineStart = source[position - 1] == "\n"
    case "{":
      append(.beginOutput, opening)
      closing = ["}", "}"]
    default:
      if let body = rawBody() {
        try readRaw(from: body)
        isLineStart = source[position - 1] == "\n"
      } else {
        append(.beginBlock, opening)
        closing = ["%", "}"]
      }
    }
  }

  private func text(_ range: Range<Int>) -> TemplateText { TemplateText(letters: source[range].map { TemplateLetter($0, .template) }) }

  func peek(_ ahead: Int = 0) -> Unicode.Scalar? { position + ahead < source.count ? source[position + ahead] : nil }

  func stands(_ scalars: [Unicode.Scalar], at place: Int) -> Bool {
    place + scalars.count <= source.count && source[place..<place + scalars.count].elementsEqual(scalars)
  }

  private func opens(at place: Int) -> Bool {
    guard source[place] == "{", place + 1 < source.count else { return false }
    let next = source[place + 1]
    return next == "{" || next == "%" || next == "#"
  }

  private static func isSpace(_ scalar: Unicode.Scalar) -> Bool { TemplateLetter(scalar, .template).isSpace }

  // MARK: Whitespace around tags

  /// The end of the text before a tag.
  private func stripped(_ range: Range<Int>, sign: Unicode.Scalar?, isOutput: Bool) -> Int {
    var end = range.upperBound
    if sign == "-" {
      while end > range.lowerBound, Self.isSpace(source[end - 1]) { end -= 1 }
      return end
    }
    if sign == "+" || isOutput { return end }
    while end > range.lowerBound, source[end - 1] != "\n", Self.isSpace(source[end - 1]) { end -= 1 }
    let atLineStart = end == range.lowerBound ? isLineStart || range.lowerBound == 0 : source[end - 1] == "\n"
    return atLineStart ? end : range.upperBound
  }

  /// Reads `-%}` with the space after it, `+%}`, or `%}` with the line break after it; false where none stands here.
  private mutating func takeEnd(_ closing: [Unicode.Scalar]) -> Bool {
    let signed = peek() == "-" || (peek() == "+" && closing != ["}", "}"])
    guard stands(closing, at: position + (signed ? 1 : 0)) else { return false }
    let sign = signed ? peek() : nil
    position += closing.count + (signed ? 1 : 0)
    if sign == "-" {
      while let next = peek(), Self.isSpace(next) { position += 1 }
    } else if sign == nil, closing != ["}", "}"], peek() == "\n" {
      position += 1
    }
    return true
  }

  private mutating func skipSpace() {
    while let next = peek(), Self.isSpace(next) { position += 1 }
  }

  // MARK: Comments and raw text

  private mutating func skipComment() throws(TemplateFault) {
    while position < source.count {
      if takeEnd(["#", "}"]) { return }
      position += 1
    }
    position = opening
    throw .unterminated("{#")
  }

  /// After `{%`: where the text after `raw %}` begins, if this is that tag.
  private func rawBody() -> Int? {
    var reader = self
    reader.skipSpace()
    guard reader.stands(["r", "a", "w"], at: reader.position) else { return nil }
    reader.position += 3
    reader.skipSpace()
    let isTrimmed = reader.peek() == "-"
    if isTrimmed { reader.position += 1 }
    guard reader.stands(["%", "}"], at: reader.position) else { return nil }
    reader.position += 2
    if isTrimmed { reader.skipSpace() }
    return reader.position
  }

  private mutating func readRaw(from body: Int) throws(TemplateFault) {
    position = body
    isLineStart = source[body - 1] == "\n"
    while position < source.count {
      let end = position
      position += 1
      guard stands(["{", "%"], at: end) else { continue }
      position += 1
      let sign = peek() == "-" || peek() == "+" ? peek() : nil
      if sign != nil { position += 1 }
      skipSpace()
      if stands(Array("endraw".unicodeScalars), at: position) {
        position += 6
        skipSpace()
        if takeEnd(["%", "}"]) {
          append(.text(text(body..<stripped(body..<end, sign: sign, isOutput: false))), body)
          return
        }
      }
      position = end + 1
    }
    position = opening
    throw .unterminated("{% raw %}")
  }

  // MARK: Code

  /// Reads one token of code.
  private mutating func readCode(until closing: [Unicode.Scalar]) throws(TemplateFault) {
    skipSpace()
    let start = position
    if brackets.isEmpty, takeEnd(closing) {
      append(closing == ["}", "}"] ? .endOutput : .endBlock, start)
      self.closing = nil
      isLineStart = source[position - 1] == "\n"
      return
    }
    guard let scalar = peek() else {
      position = opening
      throw .unterminated(closing == ["}", "}"] ? "{{" : "{%")
    }
    switch scalar {
    case "0"..."9": append(try number(), start)
    case "\"", "'": append(.string(try string(scalar)), start)
    case "_", "a"..."z", "A"..."Z", "\u{80}"...: append(.name(try name()), start)
    default:
      switch scalar {
      case "(": brackets.append(")")
      case "[": brackets.append("]")
      case "{": brackets.append("}")
      case ")", "]", "}": if brackets.popLast() != scalar { throw .character(String(scalar)) }
      default: break
      }
      append(.sign(try sign(scalar)), start)
    }
  }

  private mutating func name() throws(TemplateFault) -> String {
    let start = position
    while let next = peek(), next == "_" || (next.isASCII ? next.properties.isASCIIWord : next.properties.isXIDContinue) { position += 1 }
    if position == start { throw .character(String(source[position])) }
    var name = String.UnicodeScalarView()
    name.append(contentsOf: source[start..<position])
    return String(name)
  }

  private mutating func sign(_ scalar: Unicode.Scalar) throws(TemplateFault) -> String {
    switch (scalar, peek(1)) {
    case ("/", "/"?), ("*", "*"?), ("=", "="?), ("!", "="?), (">", "="?), ("<", "="?):
      position += 2
      return scalar == "/" ? "//" : scalar == "*" ? "**" : String(scalar) + "="
    case ("+", _), ("-", _), ("/", _), ("*", _), ("%", _), ("~", _), ("(", _), (")", _), ("[", _), ("]", _), ("{", _), ("}", _), (">", _),
      ("<", _), ("=", _), (".", _), (":", _), ("|", _), (",", _), (";", _):
      position += 1
      return String(scalar)
    default: throw .character(String(scalar))
    }
  }
}

extension Unicode.Scalar.Properties {
  fileprivate var isASCIIWord: Bool { isAlphabetic || numericType == .decimal }
}

/// A fault with its place.
struct LocatedFault: Error {
  let fault: TemplateFault
  let offset: TemplateOffset
}
