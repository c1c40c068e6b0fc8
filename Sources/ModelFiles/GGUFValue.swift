// The metadata of GGUF as values (https://github.com/ggml-org/ggml/blob/master/docs/gguf.md). Not here: their bytes.

/// The types of metadata, with their numbers in the file.
public enum GGUFType: UInt32, Sendable, CaseIterable {
  case uint8 = 0
  case int8, uint16, int16, uint32, int32, float32, bool, string, array, uint64, int64, float64

  /// Bytes of one value; nil for strings and arrays.
  var byteCount: Int? {
    switch self {
    case .uint8, .int8, .bool: 1
    case .uint16, .int16: 2
    case .uint32, .int32, .float32: 4
    case .uint64, .int64, .float64: 8
    case .string, .array: nil
    }
  }
}

/// A metadata value. Integers carry their stored type, so that a file can be written as it was read. Arrays of arrays are not read: no model uses
/// them, and they are how a small file makes a reader recurse.
public enum GGUFValue: Sendable, Hashable {
  case bool(Bool)
  case string(String)
  /// - Parameter type: one of the eight integer types.
  case integer(Int, GGUFType)
  case float32(Float)
  case float64(Double)
  case bools([Bool])
  case strings([String])
  case integers([Int], GGUFType)
  case float32s([Float])
  case float64s([Double])

  public static func uint32(_ value: Int) -> GGUFValue { .integer(value, .uint32) }
  public static func int32s(_ values: [Int]) -> GGUFValue { .integers(values, .int32) }

  /// The stored type; of an array, its elements' type.
  public var elementType: GGUFType {
    switch self {
    case .bool, .bools: .bool
    case .string, .strings: .string
    case .integer(_, let type), .integers(_, let type): type
    case .float32, .float32s: .float32
    case .float64, .float64s: .float64
    }
  }

  /// The number of elements of an array; nil for a single value.
  public var arrayCount: Int? {
    switch self {
    case .bool, .string, .integer, .float32, .float64: nil
    case .bools(let values): values.count
    case .strings(let values): values.count
    case .integers(let values, _): values.count
    case .float32s(let values): values.count
    case .float64s(let values): values.count
    }
  }
}

/// Metadata in the order of the file, with unique keys.
public struct GGUFMetadata: Sendable {
  public private(set) var entries: [(key: String, value: GGUFValue)] = []
  private var positions: [ExactString: Int] = [:]

  public init() {}

  public var count: Int { entries.count }
  public subscript(key: String) -> GGUFValue? { positions[ExactString(key)].map { entries[$0].value } }

  /// Appends unless the key is there already; says whether it did.
  mutating func appendUnique(_ key: String, _ value: GGUFValue) -> Bool {
    guard positions.updateValue(entries.count, forKey: ExactString(key)) == nil else { return false }
    entries.append((key, value))
    return true
  }
}
