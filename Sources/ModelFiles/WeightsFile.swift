// What every file with tensors offers. Not here: the formats.
import Languages

/// Where a tensor of a known element type lies.
public struct TensorInfo: Sendable, Hashable {
  public let name: String
  /// Row-major, outermost dimension first (GGUF stores the reverse).
  public let shape: [Int]
  public let type: ElementType
  public let byteCount: Int
  /// In bytes from the start of the file.
  public let offset: Int

  public var elementCount: Int { shape.reduce(1, *) }
}

/// A tensor of a type that the lab lists and does not compute with.
public struct UnsupportedTensor: Sendable, Hashable {
  public let name: String
  /// Row-major, outermost dimension first.
  public let shape: [Int]
  /// As its format calls it: "Q4_K", "I64".
  public let typeName: String
  public let byteCount: Int
  /// In bytes from the start of the file.
  public let offset: Int
}

/// An open file with tensors. All places and sizes were checked against the file when it was opened.
public protocol WeightsFile: Sendable {
  /// As the user gave it.
  var path: String { get }
  /// In the order of the file.
  var tensors: [TensorInfo] { get }
  var unsupportedTensors: [UnsupportedTensor] { get }
  func tensor(named name: String) -> TensorInfo?
  /// Reads a tensor of this file as f32.
  /// - Parameter target: exactly `elementCount` elements.
  func read(_ tensor: TensorInfo, into target: UnsafeMutableBufferPointer<Float>) throws(FileError)
  /// Reads a tensor of this file as it is stored.
  func readBytes(_ tensor: TensorInfo) throws(FileError) -> [UInt8]
}

extension WeightsFile {
  /// Reads a tensor of this file as f32.
  public func floats(_ tensor: TensorInfo) throws(FileError) -> [Float] {
    var floats = [Float](repeating: 0, count: tensor.elementCount)
    try floats.withUnsafeMutableBufferPointer { (buffer) throws(FileError) in try read(tensor, into: buffer) }
    return floats
  }

  /// The tensor `name`, which a model cannot do without.
  /// - Parameter shape: what the model's configuration asks for; nil when any shape will do.
  public func required(_ name: String, shape: [Int]? = nil) throws(FileError) -> TensorInfo {
    guard let tensor = tensor(named: name) else {
      if let other = unsupportedTensors.first(where: { $0.name.utf8.elementsEqual(name.utf8) }) {
        let known = ElementType.allCases.map(\.rawValue).joined(separator: ", ")
        throw .unsupported(
          path, name, zh: "张量类型 \(other.typeName) 暂不支持", en: "the tensor's type \(other.typeName) is not supported",
          mend: Bilingual(zh: "请换用以下类型的文件：\(known)", en: "Use a file with one of the types \(known)"))
      }
      throw missing(name)
    }
    if let shape, shape != tensor.shape {
      throw FileError(
        file: path, place: name,
        problem: Bilingual(zh: "形状应为 \(shape)，实际为 \(tensor.shape)", en: "the shape is \(tensor.shape), expected \(shape)"),
        mend: Bilingual(zh: "请确认权重与配置来自同一个模型", en: "Make sure that weights and configuration belong to the same model"))
    }
    return tensor
  }

  func missing(_ name: String) -> FileError {
    FileError(
      file: path, place: name, problem: Bilingual(zh: "缺少这个张量", en: "this tensor is missing"),
      mend: Bilingual(zh: "请确认文件完整，且与模型结构一致", en: "Make sure that the file is complete and fits the model's architecture"))
  }
}

/// The tensors of one file by name, and reading them.
struct TensorTable: Sendable {
  let file: OpenFile
  let tensors: [TensorInfo]
  private let positions: [ExactString: Int]

  /// - Parameter tensors: names are unique.
  init(file: OpenFile, tensors: [TensorInfo]) {
    self.file = file
    self.tensors = tensors
    positions = Dictionary(uniqueKeysWithValues: tensors.enumerated().map { (ExactString($1.name), $0) })
  }

  func tensor(named name: String) -> TensorInfo? { positions[ExactString(name)].map { tensors[$0] } }

  func readBytes(_ tensor: TensorInfo) throws(FileError) -> [UInt8] { try file.bytes(at: tensor.offset, count: tensor.byteCount) }

  func read(_ tensor: TensorInfo, into target: UnsafeMutableBufferPointer<Float>) throws(FileError) {
    precondition(tensor.type.byteCount(target.count) == tensor.byteCount, "the target does not fit the tensor")
    if tensor.type == .f32 { return try file.read(at: tensor.offset, into: UnsafeMutableRawBufferPointer(target)) }
    // A stretch at a time: decoding a large tensor needs no second copy of it.
    let blocks = tensor.byteCount / tensor.type.blockBytes
    let stretch = 8192
    var start = 0
    while start < blocks {
      let count = min(stretch, blocks - start)
      let bytes = try file.bytes(at: tensor.offset + start * tensor.type.blockBytes, count: count * tensor.type.blockBytes)
      let size = tensor.type.blockSize
      let part = UnsafeMutableBufferPointer(rebasing: target[start * size..<(start + count) * size])
      bytes.withUnsafeBytes { QuantizedBlocks.decode($0, as: tensor.type, into: part) }
      start += count
    }
  }
}
