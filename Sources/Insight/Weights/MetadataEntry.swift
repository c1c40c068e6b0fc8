// One key of a file's metadata with its type; long arrays by their count and first elements. Not here: what the keys mean.
import ModelFiles

/// A key and its value.
public struct MetadataEntry: Sendable, Hashable {
  public let key: String
  /// GGUF's word, "uint32"; of an array "[string]". Of JSON "string", "integer", "number", "boolean", "array", "object", "null".
  public let typeName: String
  /// Elements of an array.
  public let count: Int?
  /// The value; of an array whose elements were not kept, the first of them.
  public let value: JSON
  /// Whether `value` is all there is.
  public let isWhole: Bool

  /// Elements of an array that are kept when it is not kept whole.
  static let kept = 16

  init(key: String, _ value: JSON) {
    self.key = key
    self.value = value
    isWhole = true
    if case .array(let elements) = value { count = elements.count } else { count = nil }
    typeName =
      switch value {
      case .null: "null"
      case .bool: "boolean"
      case .integer: "integer"
      case .number: "number"
      case .string: "string"
      case .array: "array"
      case .object: "object"
      }
  }

  init(key: String, _ value: GGUFValue, keepsArrays: Bool) {
    self.key = key
    count = value.arrayCount
    typeName = count == nil ? "\(value.elementType)" : "[\(value.elementType)]"
    isWhole = keepsArrays || (count ?? 0) <= Self.kept
    let limit = keepsArrays ? Int.max : Self.kept
    self.value =
      switch value {
      case .bool(let value): .bool(value)
      case .string(let value): .string(value)
      case .integer(let value, _): .integer(value)
      case .float32(let value): .decimal(value)
      case .float64(let value): .number(value)
      case .bools(let values): .array(values.prefix(limit).map { .bool($0) })
      case .strings(let values): .array(values.prefix(limit).map { .string($0) })
      case .integers(let values, _): .array(values.prefix(limit).map { .integer($0) })
      case .float32s(let values): .array(values.prefix(limit).map { .decimal($0) })
      case .float64s(let values): .array(values.prefix(limit).map { .number($0) })
      }
  }

  /// The members of a configuration.
  static func entries(_ config: JSON) -> [MetadataEntry] {
    guard case .object(let object) = config else { return [] }
    return object.entries.map { MetadataEntry(key: $0.key, $0.value) }
  }

  /// The value on one line, at most about `limit` characters of each text. Not sanitized: that is `DisplayText`'s work.
  public func text(limit: Int = 200) -> String {
    if case .array(let elements) = value {
      var text = ""
      for (index, element) in elements.enumerated() {
        if index > 0 { text += ", " }
        if text.count > limit { return text + "…" }
        text += Self.text(element, limit: 40)
      }
      return text + (isWhole ? "" : ", …")
    }
    if case .string(let string) = value { return string.count > limit ? String(string.prefix(limit)) + "…" : string }
    return Self.text(value, limit: limit)
  }

  private static func text(_ value: JSON, limit: Int) -> String {
    // JSON has no word for these, and a file may hold them.
    if case .number(let number) = value, !number.isFinite { return number.isNaN ? "NaN" : number < 0 ? "-∞" : "∞" }
    let text = value.serialized()
    return text.count > limit ? String(text.prefix(limit)) + "…" : text
  }
}
