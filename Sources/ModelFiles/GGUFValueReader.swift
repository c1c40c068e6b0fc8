// The bytes of GGUF metadata values → `GGUFValue`. Not here: keys and their order.

extension HeaderReader {
  /// u32 type, then the value.
  /// - Parameter elementsLeft: how many array elements the file may still hold; what this value takes is subtracted.
  mutating func value(key: String, elementsLeft: inout Int) throws(FileError) -> GGUFValue {
    let type = try valueType(key)
    switch type {
    case .bool: return .bool(try bool())
    case .string: return .string(try string(limit: Limits.stringBytes))
    case .float32: return .float32(try float32())
    case .float64: return .float64(try float64())
    case .array: return try array(key: key, elementsLeft: &elementsLeft)
    default: return .integer(try integer(of: type, key), type)
    }
  }

  private mutating func array(key: String, elementsLeft: inout Int) throws(FileError) -> GGUFValue {
    let type = try valueType(key)
    if type == .array { throw .damaged(file.path, key, zh: "不允许数组嵌套", en: "arrays inside arrays are not allowed") }
    let start = position
    // A string has at least its length.
    let count = try checked(try integer(UInt64.self), unitBytes: type.byteCount ?? 8, limit: elementsLeft, at: start)
    elementsLeft -= count
    switch type {
    case .bool: return .bools(try elements(count) { (reader) throws(FileError) in try reader.bool() })
    case .string: return .strings(try elements(count) { (reader) throws(FileError) in try reader.string(limit: Limits.stringBytes) })
    case .float32: return .float32s(try elements(count) { (reader) throws(FileError) in try reader.float32() })
    case .float64: return .float64s(try elements(count) { (reader) throws(FileError) in try reader.float64() })
    default: return .integers(try elements(count) { (reader) throws(FileError) in try reader.integer(of: type, key) }, type)
    }
  }

  private mutating func elements<T>(
    _ count: Int, _ read: (inout HeaderReader) throws(FileError) -> T
  ) throws(FileError) -> [T] {
    var elements: [T] = []
    // `count` was checked against the bytes left, so this is bounded by the file.
    elements.reserveCapacity(count)
    for _ in 0..<count { elements.append(try read(&self)) }
    return elements
  }

  private mutating func valueType(_ key: String) throws(FileError) -> GGUFType {
    let number = try integer(UInt32.self)
    guard let type = GGUFType(rawValue: number) else {
      throw .damaged(file.path, key, zh: "未知的元数据类型编号 \(number)", en: "unknown metadata type number \(number)")
    }
    return type
  }

  private mutating func integer(of type: GGUFType, _ key: String) throws(FileError) -> Int {
    switch type {
    case .uint8: return Int(try integer(UInt8.self))
    case .int8: return Int(try integer(Int8.self))
    case .uint16: return Int(try integer(UInt16.self))
    case .int16: return Int(try integer(Int16.self))
    case .uint32: return Int(try integer(UInt32.self))
    case .int32: return Int(try integer(Int32.self))
    case .int64: return Int(try integer(Int64.self))
    default:
      let value = try integer(UInt64.self)
      guard let value = Int(exactly: value) else {
        throw .tooLarge(file.path, key, zh: "整数 \(value) 过大", en: "the integer \(value) is too large")
      }
      return value
    }
  }
}
