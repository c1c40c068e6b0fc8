// Typed access to JSON from outside: every mismatch is a `FileError` that names the key path. Not here: parsing.
import Languages

extension JSON {
  /// The value as a place in `file`, for typed access with errors.
  public func cursor(file: String) -> JSONCursor { JSONCursor(value: self, file: file, path: .root) }
}

/// A value together with where it stands: `config.json (rope_scaling.factor): …`.
public struct JSONCursor: Sendable {
  public let value: JSON
  public let file: String
  private let route: Path

  /// Linked, not text: building text for every element of a vocabulary would cost more than reading it.
  fileprivate indirect enum Path: Sendable {
    case root
    case key(Path, String)
    case index(Path, Int)

    var text: String {
      switch self {
      case .root: ""
      case .key(.root, let key): key
      case .key(let parent, let key): "\(parent.text).\(key)"
      case .index(let parent, let index): "\(parent.text)[\(index)]"
      }
    }
  }

  fileprivate init(value: JSON, file: String, path: Path) {
    self.value = value
    self.file = file
    self.route = path
  }

  /// The key path from the root: `model.vocab`, `merges[12]`; the root itself is "document".
  public var path: String {
    if case .root = route { return "document" }
    return route.text
  }

  /// The member `key`, which must be there (null counts as there).
  public func member(_ key: String) throws(FileError) -> JSONCursor {
    let object = try object()
    guard let value = object[key] else {
      throw JSONCursor(value: .null, file: file, path: .key(route, key)).error(
        Bilingual(zh: "缺少这个必需的键", en: "this key is required and missing"),
        Bilingual(zh: "请补上该键，或换用完整的文件", en: "Add the key, or use a complete file"))
    }
    return JSONCursor(value: value, file: file, path: .key(route, key))
  }

  /// The member `key`; nil when it is absent or null, or when this is not an object.
  public func optional(_ key: String) -> JSONCursor? {
    guard let value = value[key], value != .null else { return nil }
    return JSONCursor(value: value, file: file, path: .key(route, key))
  }

  public func object() throws(FileError) -> JSONObject {
    guard case .object(let object) = value else { throw wrongType(Bilingual(zh: "对象", en: "an object")) }
    return object
  }

  /// The members as cursors, in the order of the document.
  public func members() throws(FileError) -> [(key: String, value: JSONCursor)] {
    try object().entries.map { ($0.key, JSONCursor(value: $0.value, file: file, path: .key(route, $0.key))) }
  }

  public func elements() throws(FileError) -> [JSONCursor] {
    guard case .array(let elements) = value else { throw wrongType(Bilingual(zh: "数组", en: "an array")) }
    return elements.enumerated().map { JSONCursor(value: $1, file: file, path: .index(route, $0)) }
  }

  public func string() throws(FileError) -> String {
    guard case .string(let string) = value else { throw wrongType(Bilingual(zh: "字符串", en: "a string")) }
    return string
  }

  public func bool() throws(FileError) -> Bool {
    guard case .bool(let bool) = value else { throw wrongType(Bilingual(zh: "布尔值", en: "true or false")) }
    return bool
  }

  /// An integer in `range`; 32.0 does not count as one.
  public func integer(in range: ClosedRange<Int>) throws(FileError) -> Int {
    guard case .integer(let integer) = value else { throw wrongType(Bilingual(zh: "整数", en: "an integer")) }
    guard range.contains(integer) else { throw outside("\(integer)", "\(range.lowerBound)…\(range.upperBound)") }
    return integer
  }

  /// A number in `range`, written with or without a fraction.
  public func number(in range: ClosedRange<Double> = -.greatestFiniteMagnitude ... .greatestFiniteMagnitude) throws(FileError) -> Double {
    let number: Double
    switch value {
    case .integer(let integer): number = Double(integer)
    case .number(let double): number = double
    default: throw wrongType(Bilingual(zh: "数值", en: "a number"))
    }
    guard range.contains(number) else { throw outside("\(number)", "\(range.lowerBound)…\(range.upperBound)") }
    return number
  }

  /// An error at this place, for rules that only the caller knows.
  public func error(_ problem: Bilingual, _ mend: Bilingual) -> FileError {
    FileError(file: file, place: path, problem: problem, mend: mend)
  }

  private func wrongType(_ expected: Bilingual) -> FileError {
    let found = value.typeName
    return error(
      Bilingual(zh: "类型不对：应为\(expected.zh)，实际是\(found.zh)", en: "wrong type: expected \(expected.en), found \(found.en)"),
      Bilingual(zh: "请改正该键的值，或重新下载文件", en: "Correct the value, or download the file again"))
  }

  private func outside(_ number: String, _ range: String) -> FileError {
    error(
      Bilingual(zh: "数值 \(number) 超出允许范围 \(range)", en: "\(number) is outside the allowed range \(range)"),
      Bilingual(zh: "请把数值改到允许范围内，或换用其他模型", en: "Bring the value into the range, or use another model"))
  }
}

extension JSON {
  fileprivate var typeName: Bilingual {
    switch self {
    case .null: Bilingual(same: "null")
    case .bool: Bilingual(zh: "布尔值", en: "a boolean")
    case .integer: Bilingual(zh: "整数", en: "an integer")
    case .number: Bilingual(zh: "小数", en: "a floating-point number")
    case .string: Bilingual(zh: "字符串", en: "a string")
    case .array: Bilingual(zh: "数组", en: "an array")
    case .object: Bilingual(zh: "对象", en: "an object")
    }
  }
}
