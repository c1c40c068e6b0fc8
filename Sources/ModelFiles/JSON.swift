// JSON as a value (RFC 8259): strict, ordered, integers kept apart from floating point. Not here: the parser, the writer, typed access.

/// A JSON value. Equality is exact: strings by bytes, objects with their order.
public enum JSON: Sendable, Hashable {
  case null
  case bool(Bool)
  /// A number without fraction and exponent that fits.
  case integer(Int)
  /// Every other number; always finite when parsed.
  case number(Double)
  case string(String)
  case array([JSON])
  case object(JSONObject)

  public static func == (a: JSON, b: JSON) -> Bool {
    switch (a, b) {
    case (.null, .null): true
    case (.bool(let x), .bool(let y)): x == y
    case (.integer(let x), .integer(let y)): x == y
    case (.number(let x), .number(let y)): x == y
    case (.string(let x), .string(let y)): ExactString(x) == ExactString(y)
    case (.array(let x), .array(let y)): x == y
    case (.object(let x), .object(let y)): x == y
    default: false
    }
  }

  public func hash(into hasher: inout Hasher) {
    switch self {
    case .null: hasher.combine(0)
    case .bool(let value): hasher.combine(value)
    case .integer(let value): hasher.combine(value)
    case .number(let value): hasher.combine(value)
    case .string(let value): hasher.combine(ExactString(value))
    case .array(let value): hasher.combine(value)
    case .object(let value): hasher.combine(value)
    }
  }

  /// The member of an object; nil for other values and absent keys.
  public subscript(key: String) -> JSON? {
    guard case .object(let object) = self else { return nil }
    return object[key]
  }
}

// No nil literal: `json == nil` would then compare an optional with null.
extension JSON: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral, ExpressibleByBooleanLiteral,
  ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
  public init(stringLiteral value: String) { self = .string(value) }
  public init(integerLiteral value: Int) { self = .integer(value) }
  public init(floatLiteral value: Double) { self = .number(value) }
  public init(booleanLiteral value: Bool) { self = .bool(value) }
  public init(arrayLiteral elements: JSON...) { self = .array(elements) }
  public init(dictionaryLiteral elements: (String, JSON)...) {
    var object = JSONObject()
    for (key, value) in elements { object[key] = value }
    self = .object(object)
  }
}

/// An object that keeps the order of its keys. Keys are unique and compared by bytes.
public struct JSONObject: Sendable, Hashable {
  struct Member: Sendable, Hashable {
    let key: String
    var value: JSON
  }

  private var members: [Member] = []
  /// Position by key; empty while a linear search is faster.
  private var positions: [ExactString: Int] = [:]
  private static let linear = 8

  public init() {}

  public var count: Int { members.count }
  public var isEmpty: Bool { members.isEmpty }
  public var keys: [String] { members.map(\.key) }
  /// Members in the order of the document.
  public var entries: some Sequence<(key: String, value: JSON)> { members.lazy.map { (key: $0.key, value: $0.value) } }

  /// The value of `key`, or nil. Setting appends or replaces.
  public subscript(key: String) -> JSON? {
    get { position(key).map { members[$0].value } }
    set {
      guard let newValue else { return remove(key) }
      if let position = position(key) { members[position].value = newValue } else { append(key, newValue) }
    }
  }

  /// Appends unless the key is there already; says whether it did.
  mutating func appendUnique(_ key: String, _ value: JSON) -> Bool {
    guard position(key) == nil else { return false }
    append(key, value)
    return true
  }

  private func position(_ key: String) -> Int? {
    if positions.isEmpty { return members.firstIndex { $0.key.utf8.elementsEqual(key.utf8) } }
    return positions[ExactString(key)]
  }

  private mutating func append(_ key: String, _ value: JSON) {
    members.append(Member(key: key, value: value))
    if members.count > Self.linear { index(from: positions.count) }
  }

  private mutating func remove(_ key: String) {
    guard let position = position(key) else { return }
    members.remove(at: position)
    positions = [:]
    if members.count > Self.linear { index(from: 0) }
  }

  private mutating func index(from start: Int) {
    for position in start..<members.count { positions[ExactString(members[position].key)] = position }
  }

  public static func == (a: JSONObject, b: JSONObject) -> Bool {
    a.count == b.count && zip(a.members, b.members).allSatisfy { $0.key.utf8.elementsEqual($1.key.utf8) && $0.value == $1.value }
  }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(members.count)
    for member in members {
      hasher.combine(ExactString(member.key))
      hasher.combine(member.value)
    }
  }
}
