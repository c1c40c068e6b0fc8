// The strict JSON parser (RFC 8259). Not here: reading the file from disk.
//
// Stricter than Foundation's on purpose: duplicate keys, lone surrogates, overflowing numbers and deep nesting are errors, because a file that
// two programs read differently is how a checked value becomes another one.

extension JSON {
  /// Parses a whole document.
  /// - Parameter file: the name that errors show.
  public static func parse(_ bytes: [UInt8], file: String) throws(FileError) -> JSON {
    try bytes.withUnsafeBufferPointer { (buffer) throws(FileError) in try parse(UnsafeRawBufferPointer(buffer), file: file) }
  }

  /// Parses a whole document from memory that stays valid during the call.
  /// - Parameters:
  ///   - file: the name that errors show.
  ///   - part: what part of the file this is, when it is not the whole; shown before line:column.
  public static func parse(_ bytes: UnsafeRawBufferPointer, file: String, part: String = "") throws(FileError) -> JSON {
    guard let base = bytes.bindMemory(to: UInt8.self).baseAddress else {
      throw JSONFault.truncated.error(file: file, part: part, line: 1, column: 1)
    }
    var parser = JSONParser(bytes: base, count: bytes.count, file: file, part: part)
    return try parser.document()
  }
}

private struct JSONParser {
  /// A plain pointer, guarded by `position < count` in every loop: buffers cost a call per byte in debug builds, which the tests feel.
  let bytes: UnsafePointer<UInt8>
  let count: Int
  let file: String
  let part: String
  var position = 0
  var values = 0

  init(bytes: UnsafePointer<UInt8>, count: Int, file: String, part: String) {
    self.bytes = bytes
    self.count = count
    self.file = file
    self.part = part
  }

  mutating func document() throws(FileError) -> JSON {
    skipSpace()
    let value = try value(depth: 1)
    skipSpace()
    if position < count { throw error(.trailing) }
    return value
  }

  private mutating func value(depth: Int) throws(FileError) -> JSON {
    values += 1
    if values > Limits.jsonValues { throw error(.tooMany) }
    guard let byte = peek() else { throw error(.truncated) }
    switch byte {
    case UInt8(ascii: "{"): return try object(depth: depth)
    case UInt8(ascii: "["): return try array(depth: depth)
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    default: throw error(.unexpected)
    }
  }

  private mutating func object(depth: Int) throws(FileError) -> JSON {
    if depth > Limits.jsonDepth { throw error(.tooDeep) }
    position += 1
    var object = JSONObject()
    skipSpace()
    if take(UInt8(ascii: "}")) { return .object(object) }
    while true {
      skipSpace()
      let start = position
      guard peek() == UInt8(ascii: "\"") else { throw error(peek() == nil ? .truncated : .expectedKey) }
      let key = try string()
      skipSpace()
      guard take(UInt8(ascii: ":")) else { throw error(peek() == nil ? .truncated : .unexpected) }
      skipSpace()
      let value = try value(depth: depth + 1)
      guard object.appendUnique(key, value) else {
        position = start
        throw error(.duplicate)
      }
      skipSpace()
      if take(UInt8(ascii: ",")) { continue }
      if take(UInt8(ascii: "}")) { return .object(object) }
      throw error(peek() == nil ? .truncated : .unexpected)
    }
  }

  private mutating func array(depth: Int) throws(FileError) -> JSON {
    if depth > Limits.jsonDepth { throw error(.tooDeep) }
    position += 1
    var elements: [JSON] = []
    skipSpace()
    if take(UInt8(ascii: "]")) { return .array(elements) }
    while true {
      skipSpace()
      elements.append(try value(depth: depth + 1))
      skipSpace()
      if take(UInt8(ascii: ",")) { continue }
      if take(UInt8(ascii: "]")) { return .array(elements) }
      throw error(peek() == nil ? .truncated : .unexpected)
    }
  }

  private mutating func word(_ text: StaticString, _ value: JSON) throws(FileError) -> JSON {
    for i in 0..<text.utf8CodeUnitCount {
      guard let byte = peek() else { throw error(.truncated) }
      guard byte == text.utf8Start[i] else { throw error(.unexpected) }
      position += 1
    }
    return value
  }

  private mutating func number() throws(FileError) -> JSON {
    let start = position
    let negative = take(UInt8(ascii: "-"))
    // The integer so far, negative because Int.min has no positive twin; nil after an overflow.
    var integer: Int? = 0
    if !take(UInt8(ascii: "0")) {
      let first = position
      try digits()
      for byte in slice(first) {
        guard let value = integer else { break }
        let (high, overflow) = value.multipliedReportingOverflow(by: 10)
        let (sum, borrow) = high.subtractingReportingOverflow(Int(byte - UInt8(ascii: "0")))
        integer = overflow || borrow ? nil : sum
      }
    }
    if take(UInt8(ascii: ".")) {
      integer = nil
      try digits()
    }
    if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
      integer = nil
      if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
      try digits()
    }
    // -0 is a Double, or its sign would be lost.
    if let integer, negative ? integer != 0 : integer != .min { return .integer(negative ? integer : -integer) }
    guard let number = Double(String(decoding: slice(start), as: UTF8.self)), number.isFinite else {
      position = start
      throw error(.overflow)
    }
    return .number(number)
  }

  private mutating func digits() throws(FileError) {
    let start = position
    while position < count, bytes[position] >= UInt8(ascii: "0"), bytes[position] <= UInt8(ascii: "9") { position += 1 }
    if position == start { throw error(peek() == nil ? .truncated : .unexpected) }
  }

  // MARK: Strings

  private mutating func string() throws(FileError) -> String {
    position += 1
    let start = position
    while position < count {
      let byte = bytes[position]
      if byte == UInt8(ascii: "\"") {
        let text = try validated(slice(start), at: start)
        position += 1
        return text
      }
      if byte == UInt8(ascii: "\\") { return try escapedString(from: start) }
      if byte < 0x20 { throw error(.control) }
      position += 1
    }
    throw error(.truncated)
  }

  /// The slow path: the bytes from `start` to `position` are plain, at `position` is the first backslash.
  private mutating func escapedString(from start: Int) throws(FileError) -> String {
    var buffer = [UInt8](slice(start))
    while position < count {
      let byte = bytes[position]
      if byte == UInt8(ascii: "\"") {
        let text = try buffer.withUnsafeBufferPointer { (part) throws(FileError) in try validated(part, at: start) }
        position += 1
        return text
      }
      if byte < 0x20 { throw error(.control) }
      position += 1
      if byte == UInt8(ascii: "\\") { try escape(into: &buffer) } else { buffer.append(byte) }
    }
    throw error(.truncated)
  }

  private mutating func escape(into buffer: inout [UInt8]) throws(FileError) {
    guard let byte = peek() else { throw error(.truncated) }
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): buffer.append(byte)
    case UInt8(ascii: "b"): buffer.append(0x08)
    case UInt8(ascii: "f"): buffer.append(0x0C)
    case UInt8(ascii: "n"): buffer.append(0x0A)
    case UInt8(ascii: "r"): buffer.append(0x0D)
    case UInt8(ascii: "t"): buffer.append(0x09)
    case UInt8(ascii: "u"):
      position += 1
      buffer.append(contentsOf: Unicode.UTF8.encode(try escapedScalar())!)
      return
    default: throw error(.escape)
    }
    position += 1
  }

  /// After `\u`: four hex digits, and the second half when they are the first of a surrogate pair.
  private mutating func escapedScalar() throws(FileError) -> Unicode.Scalar {
    let start = position
    let high = try hexDigits()
    if let scalar = Unicode.Scalar(high) { return scalar }
    if high < 0xDC00, take(UInt8(ascii: "\\")), take(UInt8(ascii: "u")) {
      let low = try hexDigits()
      if (0xDC00...0xDFFF).contains(low), let scalar = Unicode.Scalar(0x10000 + (high - 0xD800) << 10 + (low - 0xDC00)) { return scalar }
    }
    position = start
    throw error(.surrogate)
  }

  private mutating func hexDigits() throws(FileError) -> UInt32 {
    var value: UInt32 = 0
    for _ in 0..<4 {
      guard let byte = peek() else { throw error(.truncated) }
      guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue else { throw error(.escape) }
      value = value << 4 | UInt32(digit)
      position += 1
    }
    return value
  }

  private mutating func validated(_ part: UnsafeBufferPointer<UInt8>, at start: Int) throws(FileError) -> String {
    if part.count > Limits.stringBytes {
      position = start
      throw error(.longString)
    }
    guard let text = String(validating: part, as: UTF8.self) else {
      position = start
      throw error(.encoding)
    }
    return text
  }

  // MARK: Bytes

  /// The bytes from `start` to the position.
  private func slice(_ start: Int) -> UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(start: bytes + start, count: position - start) }

  private func peek() -> UInt8? { position < count ? bytes[position] : nil }

  private mutating func take(_ byte: UInt8) -> Bool {
    guard position < count, bytes[position] == byte else { return false }
    position += 1
    return true
  }

  private mutating func skipSpace() {
    while position < count {
      switch bytes[position] {
      case 0x20, 0x0A, 0x0D, 0x09: position += 1
      default: return
      }
    }
  }

  private func error(_ fault: JSONFault) -> FileError {
    var line = 1
    var column = 1
    for i in 0..<position {
      let byte = bytes[i]
      // Continuation bytes share the column of their character.
      if byte == 0x0A { (line, column) = (line + 1, 1) } else if byte & 0xC0 != 0x80 { column += 1 }
    }
    return fault.error(file: file, part: part, line: line, column: column)
  }
}
