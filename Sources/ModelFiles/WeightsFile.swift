// What every file with tensors offers. Not here: the formats, reading in stretches (TensorReading).
import Languages

/// Where a tensor of a known element type lies.
public struct TensorInfo: Sendable, Hashable {
  public let name: String
  /// Row-major, outermost dimension first (GGUF stores the reverse).
  public let shape: [Int]
  public let type: ElementType
  public let byteCount: Int
  /// In bytes from the start of the file; of its own file, when a model has several.
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
  /// The files that the model lies in, in their order.
  var parts: [String] { get }
  /// The file that a tensor's offset counts in.
  func part(of tensor: String) -> String
  /// In the order of the file.
  var tensors: [TensorInfo] { get }
  var unsupportedTensors: [UnsupportedTensor] { get }
  func tensor(named name: String) -> TensorInfo?
  /// Reads a stretch of a tensor of this file as `type` stores it. What else reads goes through this.
  /// - Parameters:
  ///   - offset: of the first byte, within the tensor; a whole number of blocks.
  ///   - target: whole blocks, not reaching past the tensor's end.
  func readBytes(of tensor: TensorInfo, at offset: Int, into target: UnsafeMutableRawBufferPointer) throws(FileError)
  /// Where a dense tensor of this file (F32, F16, BF16) can be read in place, little-endian and aligned to its elements.
  ///
  /// Nil for files below `Limits.mappedFileBytes`, for unaligned or quantized tensors, and when the system has no room for a map: then the tensor is
  /// read. What it means when the file shrinks under the map is said at `MappedFile`.
  func mappedBytes(of tensor: TensorInfo) throws(FileError) -> MappedBytes?
}

extension WeightsFile {
  public var parts: [String] { [path] }
  public func part(of tensor: String) -> String { path }

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
