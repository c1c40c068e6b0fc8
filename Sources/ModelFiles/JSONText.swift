// JSON values as text. Not here: parsing.

extension JSON {
  /// The shortest decimal that reads back as this f32: 1e-05, not 9.999999747378752e-06.
  public static func decimal(_ value: Float) -> JSON { .number(Double("\(value)") ?? Double(value)) }

  /// The document as text that `parse` reads back as an equal value. NaN and infinities, which JSON lacks, become null.
  /// - Parameter pretty: one member per line, indented by two spaces.
  public func serialized(pretty: Bool = false) -> String {
    var text = ""
    write(to: &text, indent: pretty ? 0 : nil)
    return text
  }

  /// - Parameter indent: the current depth, or nil for one line.
  private func write(to text: inout String, indent: Int?) {
    switch self {
    case .null: text += "null"
    case .bool(let value): text += value ? "true" : "false"
    case .integer(let value): text += String(value)
    case .number(let value): text += value.isFinite ? value.description : "null"
    case .string(let value): Self.write(value, to: &text)
    case .array(let elements):
      Self.write(elements, "[", "]", to: &text, indent: indent) { element, text, inner in element.write(to: &text, indent: inner) }
    case .object(let object):
      Self.write(object.entries, "{", "}", to: &text, indent: indent) { entry, text, inner in
        Self.write(entry.key, to: &text)
        text += inner == nil ? ":" : ": "
        entry.value.write(to: &text, indent: inner)
      }
    }
  }

  private static func write<Items: Sequence>(
    _ items: Items, _ open: String, _ close: String, to text: inout String, indent: Int?,
    item writeItem: (Items.Element, inout String, Int?) -> Void
  ) {
    func newLine(_ depth: Int) { text += "\n" + String(repeating: "  ", count: depth) }
    text += open
    var isFirst = true
    for item in items {
      if !isFirst { text += "," }
      isFirst = false
      if let indent { newLine(indent + 1) }
      writeItem(item, &text, indent.map { $0 + 1 })
    }
    if let indent, !isFirst { newLine(indent) }
    text += close
  }

  private static func write(_ string: String, to text: inout String) {
    text += "\""
    for scalar in string.unicodeScalars {
      switch scalar {
      case "\"": text += "\\\""
      case "\\": text += "\\\\"
      case "\n": text += "\\n"
      case "\r": text += "\\r"
      case "\t": text += "\\t"
      case "\u{0}"..."\u{1F}":
        let hex = String(scalar.value, radix: 16)
        text += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
      default: text.unicodeScalars.append(scalar)
      }
    }
    text += "\""
  }
}
