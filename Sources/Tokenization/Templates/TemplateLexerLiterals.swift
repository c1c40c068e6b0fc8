// Numbers and strings in templates, by Python's rules. Not here: the other tokens.

extension TemplateLexer {
  /// An integer (decimal, 0x, 0o, 0b, with underscores between digits) or a float.
  mutating func number() throws(TemplateFault) -> TemplateToken.Kind {
    let start = position
    // `a.0.1` is two subscripts, not a fraction.
    let afterDot = start > 0 && source[start - 1] == "."
    if peek() == "0", let mark = peek(1), let radix = ["x": 16, "o": 8, "b": 2][String(mark).lowercased()] {
      position += 2
      guard let value = Int(digits(radix), radix: radix) else { throw .badNumber }
      return .integer(value)
    }
    var spelling = digits(10)
    var isFloat = false
    if !afterDot, peek() == ".", let next = peek(1), ("0"..."9").contains(next) {
      isFloat = true
      position += 1
      spelling += "." + digits(10)
    }
    let signed = peek(1) == "+" || peek(1) == "-"
    if !afterDot, peek() == "e" || peek() == "E", let first = peek(signed ? 2 : 1), ("0"..."9").contains(first) {
      isFloat = true
      position += 1
      spelling += "e"
      if signed, let sign = peek() {
        spelling.unicodeScalars.append(sign)
        position += 1
      }
      spelling += digits(10)
    }
    if isFloat {
      guard let value = Double(spelling) else { throw .badNumber }
      return .float(value)
    }
    guard let value = Int(spelling), spelling.first != "0" || value == 0 else { throw .badNumber }
    return .integer(value)
  }

  /// Digits without their underscores.
  private mutating func digits(_ radix: Int) -> String {
    var digits = ""
    while let next = peek(), next.isASCII {
      if let digit = Character(next).hexDigitValue, digit < radix {
        digits.unicodeScalars.append(next)
      } else if next != "_" || peek(1).flatMap({ Character($0).hexDigitValue }) == nil {
        break
      }
      position += 1
    }
    return digits
  }

  /// A string in quotes with Python's escapes; unknown ones stay as they are.
  mutating func string(_ quote: Unicode.Scalar) throws(TemplateFault) -> TemplateText {
    let start = position
    var letters: [TemplateLetter] = []
    position += 1
    while let scalar = peek() {
      position += 1
      if scalar == quote { return TemplateText(letters: letters) }
      if scalar != "\\" {
        letters.append(TemplateLetter(scalar, .template))
      } else if let escaped = peek() {
        position += 1
        for scalar in try escape(escaped) { letters.append(TemplateLetter(scalar, .template)) }
      }
    }
    position = start
    throw .unterminated(String(quote))
  }

  /// What a backslash and `scalar` stand for; the position is behind both.
  private mutating func escape(_ scalar: Unicode.Scalar) throws(TemplateFault) -> [Unicode.Scalar] {
    switch scalar {
    case "\n": return []
    case "\\", "'", "\"": return [scalar]
    case "n": return ["\n"]
    case "t": return ["\t"]
    case "r": return ["\r"]
    case "a": return ["\u{7}"]
    case "b": return ["\u{8}"]
    case "f": return ["\u{C}"]
    case "v": return ["\u{B}"]
    case "x": return [try hex(2)]
    case "u": return [try hex(4)]
    case "U": return [try hex(8)]
    case "N": throw .badEscape
    case "0"..."7":
      var value = scalar.value - 0x30
      var count = 1
      while count < 3, let digit = peek(), ("0"..."7").contains(digit) {
        value = value * 8 + digit.value - 0x30
        position += 1
        count += 1
      }
      return [Unicode.Scalar(value) ?? "\u{FFFD}"]
    default: return ["\\", scalar]
    }
  }

  private mutating func hex(_ count: Int) throws(TemplateFault) -> Unicode.Scalar {
    var value: UInt32 = 0
    for _ in 0..<count {
      guard let next = peek(), let digit = Character(next).hexDigitValue, next.isASCII else { throw .badEscape }
      value = value << 4 | UInt32(digit)
      position += 1
    }
    guard let scalar = Unicode.Scalar(value) else { throw .badEscape }
    return scalar
  }
}
