// Writes GGUF version 3, little-endian (https://github.com/ggml-org/ggml/blob/master/docs/gguf.md). Not here: which keys a model needs.

public enum GGUFWriter {
  /// Writes atomically, metadata and tensors in the given order. The alignment is `general.alignment` where given, else 32.
  public static func write(
    metadata: [(key: String, value: GGUFValue)], tensors: [TensorToWrite], to path: String
  ) throws(FileError) {
    try TensorToWrite.checkUnique(tensors, file: path)
    var unique = GGUFMetadata()
    var header: [UInt8] = Array("GGUF".utf8)
    header.append(integer: UInt32(3))
    header.append(integer: UInt64(tensors.count))
    header.append(integer: UInt64(metadata.count))
    for (key, value) in metadata {
      guard !key.isEmpty, key.utf8.count <= Limits.keyBytes, unique.appendUnique(key, value), header.append(key: key, value: value) else {
        throw .unwritable(
          path, key.isEmpty ? "metadata key" : key, zh: "元数据键名为空、过长或重复，或数值超出其类型的范围",
          en: "the metadata key is empty, too long or given twice, or its value does not fit its type")
      }
    }
    let alignment = try alignment(unique, file: path)
    var sizes: [Int] = []
    var offset = FileSize(0)
    for tensor in tensors {
      guard (1...Limits.ggufDimensions).contains(tensor.shape.count), !tensor.shape.contains(0) else {
        throw .unwritable(
          path, tensor.name, zh: "GGUF 不能保存形状 \(tensor.shape)", en: "GGUF cannot hold shape \(tensor.shape)")
      }
      let size = try tensor.byteCount(file: path)
      guard let start = offset.atMost(.max) else {
        throw .unwritable(path, tensor.name, zh: "总大小溢出", en: "the total size overflows")
      }
      header.append(string: tensor.name)
      header.append(integer: UInt32(tensor.shape.count))
      for dimension in tensor.shape.reversed() { header.append(integer: UInt64(dimension)) }
      header.append(integer: GGMLTensorType.of(tensor.type).number)
      header.append(integer: UInt64(start))
      sizes.append(size)
      offset = (offset + FileSize(size)).roundedUp(to: alignment)
    }
    try AtomicFile.write(to: path) { (output) throws(FileError) in
      try output.append(header)
      try output.pad(to: alignment)
      for (tensor, size) in zip(tensors, sizes) {
        try output.append(try tensor.bytes(count: size, file: path))
        try output.pad(to: alignment)
      }
    }
  }

  private static func alignment(_ metadata: GGUFMetadata, file: String) throws(FileError) -> Int {
    guard let value = metadata["general.alignment"] else { return 32 }
    guard case .integer(let alignment, .uint32) = value, Limits.alignment.contains(alignment), alignment & (alignment - 1) == 0 else {
      throw .unwritable(
        file, "general.alignment", zh: "对齐值应为 uint32 类型的 2 的幂", en: "the alignment must be a uint32 power of two")
    }
    return alignment
  }
}

extension [UInt8] {
  fileprivate mutating func append(integer: some FixedWidthInteger) {
    Swift.withUnsafeBytes(of: integer.littleEndian) { append(contentsOf: $0) }
  }

  fileprivate mutating func append(string: String) {
    append(integer: UInt64(string.utf8.count))
    append(contentsOf: string.utf8)
  }

  /// False when an integer does not fit its type.
  fileprivate mutating func append(key: String, value: GGUFValue) -> Bool {
    append(string: key)
    if let count = value.arrayCount {
      append(integer: GGUFType.array.rawValue)
      append(integer: value.elementType.rawValue)
      append(integer: UInt64(count))
    } else {
      append(integer: value.elementType.rawValue)
    }
    switch value {
    case .bool(let value): append(value ? 1 : 0)
    case .string(let value): append(string: value)
    case .integer(let value, let type): return append(value, as: type)
    case .float32(let value): append(integer: value.bitPattern)
    case .float64(let value): append(integer: value.bitPattern)
    case .bools(let values): append(contentsOf: values.map { $0 ? 1 : 0 })
    case .strings(let values): for value in values { append(string: value) }
    case .integers(let values, let type): return values.allSatisfy { append($0, as: type) }
    case .float32s(let values): for value in values { append(integer: value.bitPattern) }
    case .float64s(let values): for value in values { append(integer: value.bitPattern) }
    }
    return true
  }

  private mutating func append(_ value: Int, as type: GGUFType) -> Bool {
    func exact<T: FixedWidthInteger>(_ value: T?) -> Bool {
      guard let value else { return false }
      append(integer: value)
      return true
    }
    switch type {
    case .uint8: return exact(UInt8(exactly: value))
    case .int8: return exact(Int8(exactly: value))
    case .uint16: return exact(UInt16(exactly: value))
    case .int16: return exact(Int16(exactly: value))
    case .uint32: return exact(UInt32(exactly: value))
    case .int32: return exact(Int32(exactly: value))
    case .uint64: return exact(UInt64(exactly: value))
    case .int64: return exact(Int64(value))
    case .float32, .float64, .bool, .string, .array: return false
    }
  }
}
