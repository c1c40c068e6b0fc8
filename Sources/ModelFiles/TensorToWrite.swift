// A tensor on its way into a file. Not here: the formats.

/// A tensor to write: name, shape, stored type, and its content, which is made when its turn comes.
public struct TensorToWrite: Sendable {
  public let name: String
  /// Row-major, outermost dimension first.
  public let shape: [Int]
  public let type: ElementType
  private let content: @Sendable () throws(FileError) -> [UInt8]

  /// - Parameter floats: makes the elements, row-major; encoded as `type`.
  public init(name: String, shape: [Int], type: ElementType, makeFloats floats: @escaping @Sendable () throws(FileError) -> [Float]) {
    (self.name, self.shape, self.type) = (name, shape, type)
    let elements = shape.reduce(FileSize(1)) { $0 * FileSize($1) }.atMost(.max)
    content = { () throws(FileError) in
      let values = try floats()
      // Encoding needs whole blocks; the wrong count becomes the wrong size, which `bytes` reports.
      return values.count == elements ? QuantizedBlocks.encode(values, as: type) : []
    }
  }

  /// - Parameter floats: row-major; encoded as `type`.
  public init(name: String, shape: [Int], type: ElementType, floats: [Float]) {
    self.init(name: name, shape: shape, type: type, makeFloats: { () throws(FileError) in floats })
  }

  /// - Parameter makeBytes: makes the content as stored.
  public init(name: String, shape: [Int], type: ElementType, makeBytes: @escaping @Sendable () throws(FileError) -> [UInt8]) {
    (self.name, self.shape, self.type, content) = (name, shape, type, makeBytes)
  }

  /// - Parameter bytes: as stored.
  public init(name: String, shape: [Int], type: ElementType, bytes: [UInt8]) {
    (self.name, self.shape, self.type) = (name, shape, type)
    content = { () throws(FileError) in bytes }
  }

  /// A tensor of another file, copied as it is stored.
  public init(copying tensor: TensorInfo, from file: any WeightsFile) {
    (name, shape, type) = (tensor.name, tensor.shape, tensor.type)
    content = { () throws(FileError) in try file.readBytes(tensor) }
  }

  /// Checks name and shape; gives the bytes that the tensor will take.
  func byteCount(file: String) throws(FileError) -> Int {
    try FileError.checkTensorName(name, file: file, place: "tensor name")
    guard shape.allSatisfy({ $0 >= 0 }), (shape.last ?? 1) % type.blockSize == 0,
      let count = type.byteCount(.product(shape.map { FileSize($0) }))
    else {
      throw .unwritable(
        file, name, zh: "形状 \(shape) 不能存为 \(type.rawValue)：每行须为 \(type.blockSize) 个元素的整数倍",
        en: "shape \(shape) cannot be stored as \(type.rawValue): rows must be multiples of \(type.blockSize) elements")
    }
    return count
  }

  /// The stored bytes, as many as `byteCount` promised.
  func bytes(count: Int, file: String) throws(FileError) -> [UInt8] {
    let bytes = try content()
    if bytes.count != count {
      throw .unwritable(
        file, name, zh: "内容与形状 \(shape) 不符：应为 \(count) 字节", en: "the content does not fit shape \(shape): \(count) bytes expected")
    }
    return bytes
  }

  static func checkUnique(_ tensors: [TensorToWrite], file: String) throws(FileError) {
    var names: Set<ExactString> = []
    for tensor in tensors where !names.insert(ExactString(tensor.name)).inserted {
      throw .unwritable(file, tensor.name, zh: "张量名重复", en: "two tensors have this name")
    }
  }
}
